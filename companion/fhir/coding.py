"""What our metrics and units are called in LOINC and UCUM: the codes that the importer of FHIR reads, too."""

from typing import Any

from companion.devices.uploads.fhir_codes import DIASTOLIC, LOINC, MASS, MOLES, PULSE, SYSTOLIC
from companion.readings.reading import Kind, Limit, Meal, Metric
from companion.readings.same import SENSOR
from companion.readings.units import GlucoseUnit

Json = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"

IN_BLOOD = {MASS: ("2339-0", "Glucose [Mass/volume] in Blood"), MOLES: ("15074-8", "Glucose [Moles/volume] in Blood")}
CAPILLARY = {
    MASS: ("41653-7", "Glucose [Mass/volume] in Capillary blood by Glucometer"),
    MOLES: ("14743-9", "Glucose [Moles/volume] in Capillary blood by Glucometer"),
}
INTERSTITIAL = {
    MASS: ("99504-3", "Glucose [Mass/volume] in Interstitial fluid"),
    MOLES: ("105272-9", "Glucose [Moles/volume] in Interstitial fluid"),
}
"""LOINC by what is counted: the unit decides which of the two a value may stand under."""

PRESSURE_PANEL = ("85354-9", "Blood pressure panel with all children optional")
PRESSURE_PARTS = {
    SYSTOLIC: "Systolic blood pressure",
    DIASTOLIC: "Diastolic blood pressure",
    PULSE: "Heart rate",
}
KETONE = ("53060-9", "Beta hydroxybutyrate [Moles/volume] in Blood")

COUNTS = {GlucoseUnit.MG_DL.value: MASS, GlucoseUnit.MMOL_L.value: MOLES}
OFF_SCALE = {Limit.LOW: ("<", "Off scale low"), Limit.HIGH: (">", "Off scale high")}
"""HL7's v3 ObservationInterpretation: the device could show no number."""

MEAL_QUESTION = "meal"
MEAL_TEXTS = {meal: meal.value.replace("_", " ") for meal in Meal}


def coding(system: str, code: str, display: str) -> Json:
    """One code of a code system."""
    return {"system": system, "code": code, "display": display}


def loinc(*codes: tuple[str, str]) -> list[Json]:
    """Codes of LOINC, the closest first."""
    return [coding(LOINC, *code) for code in codes]


def codes_of(metric: Metric, kind: Kind, unit: str) -> list[Json]:
    """What was measured. A finger-stick is capillary blood and blood; what somebody typed is only known as blood.

    Empty where LOINC's code counts something else (a ketone in mg/dL): no code is better than a wrong one.
    """
    if metric is Metric.BLOOD_PRESSURE:
        return loinc(PRESSURE_PANEL)
    counts = COUNTS[unit]
    if metric is Metric.KETONE:
        return loinc(KETONE) if counts == MOLES else []
    if kind in SENSOR:
        return loinc(INTERSTITIAL[counts])
    return loinc(IN_BLOOD[counts]) if kind is Kind.TYPED else loinc(CAPILLARY[counts], IN_BLOOD[counts])
