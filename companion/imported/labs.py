"""Observations that become facts: which code counts what, in which unit of UCUM. Pure.

LOINC's codes and their properties are of loinc.org. UCUM's codes are case-sensitive, and exports are not always: units
are compared in small letters, which confuses none of these.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from companion.care.facts import FactKind
from companion.care.lab_units import AT_ZERO, PER_MMOL_MOL
from companion.devices.uploads.fhir_codes import DIASTOLIC, GLUCOSE, KETONES, LOINC, PRESSURES, SYSTOLIC
from companion.devices.uploads.json_values import list_in, mapping_in, text_of
from companion.imported.moments import day_of
from companion.imported.resources import codes_of
from companion.imported.told import FactTold, ReadingTold, Refused

READ_BY_UPLOADS = frozenset({*GLUCOSE, *PRESSURES, *KETONES, SYSTOLIC, DIASTOLIC})
HOLDS = frozenset({"final", "amended", "corrected"})
"""Statuses of an Observation that somebody stands for."""

ONE = Decimal(1)
MOST_MAGNITUDE = 9
EGFR_UNITS = {
    unit: (ONE, Decimal(0))
    for unit in ("ml/min/{1.73_m2}", "ml/min/1.73.m2", "ml/min/{1.73m2}", "ml/min/1.73m2", "ml/min/1.73m²")
}
POTASSIUM_UNITS = {"mmol/l": (ONE, Decimal(0)), "meq/l": (ONE, Decimal(0))}
"""K⁺ carries one charge: a milliequivalent is a millimole."""
WEIGHT_UNITS = {
    "kg": (ONE, Decimal(0)),
    "g": (Decimal("0.001"), Decimal(0)),
    "[lb_av]": (Decimal("0.45359237"), Decimal(0)),
}
"""The avoirdupois pound is exactly so many kilograms since 1959."""
PERCENT = {"%": (ONE, Decimal(0))}
IFCC = {"mmol/mol": (PER_MMOL_MOL, AT_ZERO)}
"""HbA1c of IFCC in mmol/mol → NGSP in %."""
MICROMOLES = {unit: (ONE, Decimal(0)) for unit in ("umol/l", "µmol/l".casefold())}
MILLIGRAMS_OF_CREATININE = {"mg/dl": (Decimal("88.4"), Decimal(0))}
"""Its molar mass is 113.12 g/mol; laboratories' tables of SI units say 88.4."""
ENZYME_UNITS = {unit: (ONE, Decimal(0)) for unit in ("u/l", "[iu]/l", "iu/l")}

Units = Mapping[str, tuple[Decimal, Decimal]]


class Lab(NamedTuple):
    """What a code becomes, and unit → factor and summand of what is kept."""

    kind: FactKind
    units: Units
    digits: Decimal


EGFR = Lab(FactKind.EGFR, EGFR_UNITS, Decimal("0.1"))
POTASSIUM = Lab(FactKind.POTASSIUM, POTASSIUM_UNITS, Decimal("0.01"))
WEIGHT = Lab(FactKind.WEIGHT_KG, WEIGHT_UNITS, Decimal("0.1"))
HBA1C = Lab(FactKind.HBA1C, PERCENT, Decimal("0.1"))
CREATININE = Lab(FactKind.CREATININE, MICROMOLES, ONE)
ALT = Lab(FactKind.ALT, ENZYME_UNITS, ONE)

LABS: dict[str, Lab] = {
    "33914-3": EGFR,  # MDRD
    "48642-3": EGFR,  # MDRD, not Black
    "48643-1": EGFR,  # MDRD, Black
    "62238-1": EGFR,  # CKD-EPI 2009
    "88293-6": EGFR,  # CKD-EPI 2009, Black
    "88294-4": EGFR,  # CKD-EPI 2009, not Black
    "98979-8": EGFR,  # CKD-EPI 2021
    "69405-9": EGFR,
    "2823-3": POTASSIUM,  # serum or plasma
    "6298-4": POTASSIUM,  # blood
    "29463-7": WEIGHT,
    "3141-9": WEIGHT,  # measured
    "4548-4": HBA1C,  # % by NGSP
    "17856-6": HBA1C,  # % by HPLC
    "59261-8": HBA1C._replace(units=IFCC),  # mmol/mol by IFCC
}
ON_REPORTS = LABS | {
    "14682-9": CREATININE,  # moles in serum or plasma
    "2160-0": CREATININE._replace(units=MILLIGRAMS_OF_CREATININE),  # mass in serum or plasma
    "1742-6": ALT,  # serum or plasma
}
"""What is read of a report whose every value a clinician confirms; more than what a record system's import notes by
itself."""


def observation(
    resource: Mapping[str, Any], today: date, zone: str, known: Mapping[str, Lab] = LABS
) -> FactTold | ReadingTold | Refused:
    """A reading, a fact, or why it is neither. `known`: the codes that are asked about."""
    status = text_of(resource.get("status"))
    if status not in HOLDS:
        return Refused(f"its status is {status or 'not told'}")
    codes = {code for system, code in codes_of(resource.get("code")) if system in (LOINC, "")}
    if codes & READ_BY_UPLOADS:
        return ReadingTold()
    labs = {code: known[code] for code in codes & known.keys()}
    if not labs:
        return Refused("no code of LOINC that is asked about here")
    if len({lab.kind for lab in labs.values()}) > 1:
        return Refused("codes of different things")
    return _fact(resource, labs, today, zone)


def reading_said(resource: Mapping[str, Any]) -> str:
    """A reading in a few words: its values, their unit, its time."""
    parts = [resource, *map(mapping_in, list_in(resource, "component"))]
    quantities = [mapping_in(part, "valueQuantity") for part in parts]
    values = "/".join(filter(None, (text_of(each.get("value")) for each in quantities)))
    unit = next(filter(None, (text_of(each.get("unit")) for each in quantities)), "")
    return f"{values} {unit}, {text_of(resource.get('effectiveDateTime'))}"


def _fact(resource: Mapping[str, Any], labs: Mapping[str, Lab], today: date, zone: str) -> FactTold | Refused:
    quantity = mapping_in(resource, "valueQuantity")
    unit = text_of(quantity.get("code")) or text_of(quantity.get("unit"))
    for code, lab in sorted(labs.items()):
        if unit.casefold() not in lab.units:
            return Refused(f"code {code} is of {lab.kind.value} in {', '.join(lab.units)}, which {unit[:40]!r} is not")
    if text_of(quantity.get("comparator")):
        return Refused("only a bound is told, no value")
    number = _number(quantity.get("value"))
    day = day_of(resource.get("effectiveDateTime") or resource.get("effectiveInstant"), zone)
    if number is None or day is None:
        return Refused("no value" if number is None else "no day")
    if day > today:
        return Refused("its day lies in the future")
    lab = next(iter(labs.values()))
    return FactTold(lab.kind, format(in_kept_unit(lab, unit, number), "f"), day)


def in_kept_unit(lab: Lab, unit: str, number: Decimal) -> Decimal:
    """The value in the unit in which it is kept; with the digits it came with where that is the same unit. The unit is
    one of the lab's."""
    factor, summand = lab.units[unit.casefold()]
    return number if (factor, summand) == (ONE, Decimal(0)) else (number * factor + summand).quantize(lab.digits)


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(text_of(value))
    except InvalidOperation:
        return None
    return number if is_of_a_size(number) else None


def is_of_a_size(number: Decimal) -> bool:
    """Whether it can be a measurement at all: 1E+999999999 is a number, too, and a gigabyte of digits."""
    return number.is_finite() and (number.is_zero() or abs(number.adjusted()) <= MOST_MAGNITUDE)
