"""Conditions that become facts: the type of diabetes, pregnancy, and what the protocols' gates ask about. Pure.

By codes of ICD-10 (by their beginning) and SNOMED CT. What is not in these tables is refused, never guessed at.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from companion.care.facts import FactKind
from companion.imported.moments import day_of
from companion.imported.resources import codes_of, words_of
from companion.imported.told import FactTold, Refused

Meaning = tuple[FactKind, str]

SNOMED = "http://snomed.info/sct"
BY_SNOMED: dict[str, Meaning] = {
    "46635009": (FactKind.DIABETES_TYPE, "type1"),
    "44054006": (FactKind.DIABETES_TYPE, "type2"),
    "11687002": (FactKind.DIABETES_TYPE, "gestational"),
    "77386006": (FactKind.PREGNANT, "yes"),
    "105502003": (FactKind.CONDITION, "dialysis"),
    "28651003": (FactKind.CONDITION, "postural_hypotension"),
    "38341003": (FactKind.CONDITION, "hypertension"),
    "59621000": (FactKind.CONDITION, "hypertension"),
}
BY_ICD10: dict[str, Meaning] = {
    "E10": (FactKind.DIABETES_TYPE, "type1"),
    "E11": (FactKind.DIABETES_TYPE, "type2"),
    "O24.4": (FactKind.DIABETES_TYPE, "gestational"),
    "Z33": (FactKind.PREGNANT, "yes"),
    "Z34": (FactKind.PREGNANT, "yes"),
    "Z39.1": (FactKind.CONDITION, "breastfeeding"),
    "Z99.2": (FactKind.CONDITION, "dialysis"),
    "I95.1": (FactKind.CONDITION, "postural_hypotension"),
    "I10": (FactKind.CONDITION, "hypertension"),
    "I15": (FactKind.CONDITION, "hypertension"),
}
PRESENT, OVER = frozenset({"active", "recurrence", "relapse"}), frozenset({"inactive", "remission", "resolved"})
STOOD_FOR = frozenset({"confirmed", ""})
"""Verification statuses; one that says nothing is taken at its word."""


def condition(resource: Mapping[str, Any], today: date, zone: str) -> FactTold | Refused:
    """The fact, on the day it was recorded or began; or why it is none."""
    verified, clinical = (_status(resource, name) for name in ("verificationStatus", "clinicalStatus"))
    if verified not in STOOD_FOR:
        return Refused(f"it is {verified}, not confirmed")
    if clinical not in PRESENT | OVER:
        return Refused("it says neither that it is present nor that it is over")
    meanings = {meaning for each in codes_of(resource.get("code")) if (meaning := _meaning(*each))}
    if len(meanings) != 1:
        return Refused("codes of different conditions" if meanings else _unknown(resource))
    kind, value = meanings.pop()
    if kind is not FactKind.CONDITION and clinical in OVER:
        return Refused("that it is over says nothing of what holds now")
    day = _day(resource, zone, is_over=clinical in OVER)
    if day is None or day > today:
        return Refused("no day" if day is None else "its day lies in the future")
    if kind is FactKind.CONDITION:
        return FactTold(kind, "present" if clinical in PRESENT else "over", day, value)
    return FactTold(kind, value, day)


def _unknown(resource: Mapping[str, Any]) -> str:
    return f"no condition that is asked about here: {words_of(resource.get('code')) or 'without a name'}"


def _status(resource: Mapping[str, Any], name: str) -> str:
    return next((code for _, code in sorted(codes_of(resource.get(name)))), "")


def _meaning(system: str, code: str) -> Meaning | None:
    if system == SNOMED:
        return BY_SNOMED.get(code)
    if "icd-10" in system.lower():
        return next((meaning for begins, meaning in BY_ICD10.items() if code.upper().startswith(begins)), None)
    return None


def _day(resource: Mapping[str, Any], zone: str, *, is_over: bool) -> date | None:
    names = ("abatementDateTime", "recordedDate") if is_over else ("recordedDate", "onsetDateTime")
    return next(filter(None, (day_of(resource.get(name), zone) for name in names)), None)
