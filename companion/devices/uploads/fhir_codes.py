"""LOINC's codes of what is read from FHIR, and UCUM's of their units.

A code of glucose says whether it counts mass or moles; a value in a unit of the other kind is a contradiction
(an old example of HL7 has 6.3 mmol/l under the code for mass).
"""

from typing import NamedTuple

from companion.readings.reading import Kind, Meal

LOINC = "http://loinc.org"

MASS, MOLES = "mass", "moles"
UNITS_OF = {MASS: "mg/dL", MOLES: "mmol/L"}


class GlucoseCode(NamedTuple):
    """What a code says of a value beside that it is glucose."""

    counts: str
    kind: Kind = Kind.METER
    meal: Meal | None = None


GLUCOSE = {
    "2339-0": GlucoseCode(MASS),  # in blood
    "15074-8": GlucoseCode(MOLES),  # in blood
    "2345-7": GlucoseCode(MASS),  # in serum or plasma
    "14749-6": GlucoseCode(MOLES),  # in serum or plasma
    "41653-7": GlucoseCode(MASS),  # in capillary blood by glucometer
    "14743-9": GlucoseCode(MOLES),  # in capillary blood by glucometer
    "32016-8": GlucoseCode(MASS),  # in capillary blood
    "2340-8": GlucoseCode(MASS),  # in blood by automated test strip
    "2341-6": GlucoseCode(MASS),  # in blood by test strip, read by eye
    "1558-6": GlucoseCode(MASS, meal=Meal.FASTING),  # fasting, in serum or plasma
    "14771-0": GlucoseCode(MOLES, meal=Meal.FASTING),  # fasting, in serum or plasma
    "14770-2": GlucoseCode(MOLES, meal=Meal.FASTING),  # fasting, in capillary blood by glucometer
    "99504-3": GlucoseCode(MASS, Kind.CGM),  # in interstitial fluid
    "105272-9": GlucoseCode(MOLES, Kind.CGM),  # in interstitial fluid
}
SUMMARIES = {"97507-8": "average glucose"}
"""No value of a moment."""

PRESSURES = {"85354-9", "55284-4"}
"""The panel of systolic and diastolic pressure, and its predecessor."""
SYSTOLIC, DIASTOLIC, PULSE = "8480-6", "8462-4", "8867-4"

KETONES = {"53060-9"}
"""Beta-hydroxybutyrate in blood, in moles."""

UCUM_UNITS = {
    "mg/dl": "mg/dL", "mmol/l": "mmol/L", "mm[hg]": "mmHg", "mmhg": "mmHg", "kpa": "kPa",
}  # fmt: skip
"""By their code or name in small letters: exports write both."""
