"""Their medicines and allergies as told, and which medicine here is meant. Pure."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from companion.devices.uploads.json_values import list_in, mapping_in, text_of
from companion.imported.resources import codes_of, words_of
from companion.imported.told import AllergyTold, MedicineTold, Refused

UNITS: Mapping[str, tuple[str, Decimal]] = {
    "[iu]": ("U", Decimal(1)), "u": ("U", Decimal(1)), "unit": ("U", Decimal(1)), "units": ("U", Decimal(1)),
    "iu": ("U", Decimal(1)), "mg": ("mg", Decimal(1)), "g": ("mg", Decimal(1000)), "ml": ("ml", Decimal(1)),
    "{tablet}": ("tablet", Decimal(1)), "tablet": ("tablet", Decimal(1)), "{tbl}": ("tablet", Decimal(1)),
    "tbl": ("tablet", Decimal(1)), "{puff}": ("puff", Decimal(1)), "[drp]": ("drop", Decimal(1)),
}  # fmt: skip
"""Units of a dose in small letters → ours, and how many of ours."""
PRESCRIBED = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
ENDED_ALLERGY = frozenset({"inactive", "resolved"})
DOUBTED = frozenset({"refuted", "entered-in-error", "unconfirmed"})
_WORD = re.compile(r"[^\W\d_]{3,}")
SALTS = frozenset({"sodium", "hydrochloride", "hcl", "besilate", "besylate", "maleate", "tablet", "tablets", "oral"})


def medicine(resource: Mapping[str, Any]) -> MedicineTold | Refused:
    """An active medicine of a MedicationRequest or a MedicationStatement; or why it is none."""
    status, intent = text_of(resource.get("status")), text_of(resource.get("intent"))
    if status != "active":
        return Refused(f"it is not taken now: {status or 'no status'}")
    if text_of(resource.get("resourceType")) == "MedicationRequest" and intent not in PRESCRIBED:
        return Refused(f"it is no prescription: {intent or 'no intent'}")
    if resource.get("doNotPerform") is True:
        return Refused("it says not to take it")
    name = words_of(resource.get("medicationCodeableConcept")) or _referred(resource)
    if not name:
        return Refused("it names no medicine")
    doses = list_in(resource, "dosageInstruction") or list_in(resource, "dosage")
    return _with_dose(name, mapping_in(doses[0])) if len(doses) == 1 else MedicineTold(name)


def _referred(resource: Mapping[str, Any]) -> str:
    return text_of(mapping_in(resource, "medicationReference").get("display"))[:120]


def _with_dose(name: str, dosage: Mapping[str, Any]) -> MedicineTold:
    rates = list_in(dosage, "doseAndRate")
    quantity = mapping_in(rates[0], "doseQuantity") if len(rates) == 1 else {}
    known = UNITS.get((text_of(quantity.get("code")) or text_of(quantity.get("unit"))).casefold())
    try:
        amount = Decimal(text_of(quantity.get("value")))
    except InvalidOperation:
        known = None
    times = _times_a_day(mapping_in(dosage, "timing", "repeat"))
    return MedicineTold(name, amount * known[1], known[0], times) if known else MedicineTold(name, times_a_day=times)


def _times_a_day(repeat: Mapping[str, Any]) -> int | None:
    """Of what is taken alike every day; None for another rhythm, or none told."""
    every_day = text_of(repeat.get("periodUnit")) == "d" and text_of(repeat.get("period")) == "1"
    frequency = text_of(repeat.get("frequency"))
    return int(frequency) if every_day and frequency.isdecimal() else None


def allergy(resource: Mapping[str, Any]) -> AllergyTold | Refused:
    """What must not be given; or why it does not count."""
    statuses = {code for name in ("clinicalStatus", "verificationStatus") for _, code in codes_of(resource.get(name))}
    if ended := statuses & (ENDED_ALLERGY | DOUBTED):
        return Refused(f"it is {', '.join(sorted(ended))}")
    name = words_of(resource.get("code"))
    return AllergyTold(name) if name else Refused("it names no substance")


def is_same_drug(ours: str, theirs: str) -> bool:
    """Whether every word of one name stands in the other: Glargine, and Insulin glargine 100 unit/ml [Lantus]."""
    one, other = _words(ours), _words(theirs)
    return bool(one and other) and (one <= other or other <= one)


def _words(name: str) -> set[str]:
    return {word for word in _WORD.findall(name.casefold()) if word not in SALTS}


def of_same_drug(name: str, theirs: Sequence[MedicineTold]) -> list[MedicineTold]:
    """Those of their list that are the medicine of that name."""
    return [each for each in theirs if is_same_drug(name, each.name)]
