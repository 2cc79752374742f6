"""What a medicine asks for over a stretch of time: every revision while it is in force, and the days on which the
medicine rests."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.care.regimens import Regimen, RegimenRevision, in_force
from companion.reminders.schedules.rule import Rule, Schedule, later_start
from companion.reminders.schedules.rule_json import parse_rule
from companion.reminders.schedules.schedule_models import RegimenPause
from companion.reminders.schedules.spacing import Apart, keep_apart, min_gap
from companion.reminders.schedules.timetable import PlannedDose, plan

IN_MIND = 512
"""Rules, and their doses over some days: of very many medicines planned together most are like another one."""
SOME_DAYS = timedelta(days=8)
"""The doses of a longer time are not kept in mind."""
BEFORE = timedelta(days=3)
"""No local day is further than two days from the UTC day of its instants."""


class Term(NamedTuple):
    """One revision while it is in force: from_ <= instant < to."""

    revision: RegimenRevision
    schedule: Schedule
    from_: datetime
    to: datetime

    def doses(self) -> Sequence[PlannedDose]:
        """What it asks for, by its rule; nothing where a rule has no due doses of its own."""
        if self._is_long():
            return tuple(plan(self.schedule, self.from_, self.to))
        return _doses(self._like_others(), self.from_, self.to)

    def apart(self) -> Apart:
        """Its doses where nobody was told of any: those to be reminded of, and those too near to one another."""
        if self._is_long():
            return keep_apart(self.doses(), (), min_gap(self.schedule.rule))
        return _doses_apart(self._like_others(), self.from_, self.to)

    def _is_long(self) -> bool:
        return self.to - self.from_ > SOME_DAYS

    def _like_others(self) -> Schedule:
        """The schedule, alike for all who started on another day and are at the same point of the rule."""
        start = later_start(self.schedule.rule, self.schedule.start, self.from_.date() - BEFORE)
        return Schedule(self.schedule.zone, start, self.schedule.end, self.schedule.rule)

    def amount_of(self, dose: PlannedDose) -> Decimal:
        """What its rule says for that time, else what the revision says for every time."""
        return self.revision.amount if dose.amount is None else Decimal(dose.amount)


@lru_cache(maxsize=IN_MIND)
def _doses(schedule: Schedule, from_: datetime, to: datetime) -> tuple[PlannedDose, ...]:
    return tuple(plan(schedule, from_, to))


@lru_cache(maxsize=IN_MIND)
def _doses_apart(schedule: Schedule, from_: datetime, to: datetime) -> Apart:
    return keep_apart(_doses(schedule, from_, to), (), min_gap(schedule.rule))


def rule_of(revision: RegimenRevision) -> Rule:
    """The revision's rule. Raises BadInput for one that this version cannot read."""
    return _parsed(json.dumps(revision.rule))


@lru_cache(maxsize=IN_MIND)
def _parsed(rule: str) -> Rule:
    return parse_rule(json.loads(rule))


def schedule_of(revision: RegimenRevision, zone: str) -> Schedule:
    """The revision's rule on the patient's wall."""
    return Schedule(ZoneInfo(zone), revision.start_on, revision.end_on, rule_of(revision))


def terms_between(regimen: Regimen, zone: str, from_: datetime, to: datetime) -> list[Term]:
    """The revisions in force one after the other, as far as they reach into from_ <= instant < to.

    Nothing is left out, however long nobody looked: a revision that held for a day a month ago has its term.
    """
    if regimen.stopped_at is not None:
        to = min(to, regimen.stopped_at)
    if to <= from_:
        return []
    changes = {r.effective_at for r in regimen.revisions if r.effective_at and from_ < r.effective_at < to}
    held = [(in_force(regimen, begin), begin, end) for begin, end in pairwise(sorted({from_, *changes, to}))]
    return [Term(revision, schedule_of(revision, zone), begin, end) for revision, begin, end in held if revision]


def next_change_at(regimen: Regimen, now: datetime) -> datetime | None:
    """When the next revision that is already written down begins to hold."""
    return min((r.effective_at for r in regimen.revisions if r.effective_at and r.effective_at > now), default=None)


def rests(pauses: Sequence[RegimenPause], day: date, at: datetime) -> bool:
    """Whether the medicine rests on that local day at that instant."""
    return any(
        pause.from_on <= day
        and (pause.to_on is None or day <= pause.to_on)
        and (pause.ended_at is None or at < pause.ended_at)
        for pause in pauses
    )
