"""What a doctor reads before prescribing: the rule in words, what it changes, and its next times."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from companion.care.people import LANGUAGES
from companion.care.regimens import (
    DEFAULT_NAG_MINUTES,
    FOOD,
    UNITS,
    Regimen,
    RegimenRevision,
    in_force,
)
from companion.errors import BadInput
from companion.reminders.schedules.plain_words import describe
from companion.reminders.schedules.prescribing import Prescribable, check, check_link, next_times
from companion.reminders.schedules.rule import Schedule
from companion.web.context import look, now, subject
from companion.web.for_doctors.differences import Difference, differences
from companion.web.for_doctors.rule_forms import rule_of
from companion.web.for_patients.medicines import said_of
from companion.web.in_words.prescription_words import dose_lines
from companion.web.language import language


@dataclass(frozen=True)
class Typed:
    """A rule as typed, held against everything. `other`: the name of the medicine it is linked to."""

    checked: Prescribable
    other: str | None


@dataclass(frozen=True)
class Preview:
    """What the doctor reads before prescribing: the rule in both languages, what changes, and its next times."""

    words: tuple[tuple[str, str], ...]
    changes: list[Difference]
    times: list[datetime]


def typed_rule(data: dict[str, Any], regimen: Regimen | None) -> Typed:
    """Raises BadInput naming the field."""
    patient = subject()
    checked = check(rule_of(data, patient.zone), data["amount"])
    with look() as db:
        other = check_link(db, checked.rule, patient.id, regimen, now())
    return Typed(checked, other.drug if other else None)


def previewed(typed: Typed, data: dict[str, Any], regimen: Regimen | None) -> Preview:
    """Raises BadInput when no dose would ever be due."""
    unit = regimen.unit if regimen else data["unit"]
    food = regimen.food if regimen else data["food"]
    for value, known, field in ((unit, UNITS, "unit"), (food, FOOD, "food")):
        if value not in known:
            raise BadInput(f"{value!r} is not known", where=field, advice="choose one of the list")
    checked = typed.checked
    said = {name: describe(name, checked.rule, checked.amount, unit, food, other=typed.other) for name in LANGUAGES}
    schedule = Schedule(ZoneInfo(subject().zone), data["start_on"], data["end_on"], checked.rule)
    after = dose_lines(said[language()], data["start_on"], data["end_on"], *nagging(data, regimen))
    return Preview(tuple(said.items()), _changes(regimen, after), next_times(schedule, now()))


def _changes(regimen: Regimen | None, after: dict[str, str]) -> list[Difference]:
    """Beside what holds; of a new medicine there is nothing to compare."""
    held = in_force(regimen, now()) if regimen else None
    return differences(lines_held(regimen, held), after) if regimen and held else []


def lines_held(regimen: Regimen, held: RegimenRevision) -> dict[str, str]:
    """What holds, line by line."""
    with look() as db:
        said = said_of(db, regimen, held, language())
    return dose_lines(said, held.start_on, held.end_on, regimen.nag_minutes, regimen.nag_times)


def nagging(data: dict[str, Any], regimen: Regimen | None) -> tuple[int, int]:
    """How far apart and how often reminders are repeated: as typed, otherwise as it was."""
    minutes, times = (regimen.nag_minutes, regimen.nag_times) if regimen else (DEFAULT_NAG_MINUTES, 0)
    typed = data["nag_minutes"], data["nag_times"]
    return minutes if typed[0] is None else typed[0], times if typed[1] is None else typed[1]
