"""What a medicine will need, dose by dose: the timetable of the coming days, as revised and paused."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from companion.care.regimens import Regimen, RegimenRevision, in_force
from companion.reminders.course import schedule_of
from companion.reminders.schedule_models import RegimenPause
from companion.reminders.stock import HORIZON_DAYS, Need
from companion.reminders.timetable import plan

WITHOUT_TIMETABLE = frozenset({"prn", "after_taken", "linked"})
"""Rules that no calendar can tell ahead: what they need is known from actual use only."""


def has_timetable(revision: RegimenRevision) -> bool:
    return revision.rule["kind"] not in WITHOUT_TIMETABLE


def needs(
    regimen: Regimen, pauses: Sequence[RegimenPause], zone: str, now: datetime, days: int = HORIZON_DAYS
) -> Iterator[Need]:
    """The doses due from now on for so many days, by whatever revision is in force then; none in a pause."""
    if regimen.stopped_at is not None:
        return
    changes = [r.effective_at for r in regimen.revisions if r.effective_at is not None and r.effective_at > now]
    end = now + timedelta(days=days)
    for begins, ends in pairwise([now, *sorted(change for change in changes if change < end), end]):
        revision = in_force(regimen, begins)
        if revision is not None:
            yield from (need for need in needs_of(revision, zone, begins, ends) if not _rests(pauses, need.on))


def needs_of(revision: RegimenRevision, zone: str, begins: datetime, ends: datetime) -> Iterator[Need]:
    """What that revision alone asks for with begins <= due < ends."""
    if begins < ends:
        for dose in plan(schedule_of(revision, zone), begins, ends):
            yield Need(dose.local.date(), revision.amount if dose.amount is None else Decimal(dose.amount))


def lasts_days(revision: RegimenRevision, zone: str, amount: Decimal, at: datetime) -> int | None:
    """For how many local days the amount is enough as prescribed then; None where no timetable says.

    A pack that outlasts the prescription covers the days until its end, and at most a year.
    """
    if not has_timetable(revision):
        return None
    first = at.astimezone(ZoneInfo(zone)).date()
    last = first
    for need in needs_of(revision, zone, at, at + timedelta(days=HORIZON_DAYS)):
        amount -= need.amount
        if amount < 0:
            return (need.on - first).days
        last = need.on
    return (last - first).days + 1


def _rests(pauses: Sequence[RegimenPause], day: date) -> bool:
    return any(
        pause.ended_at is None and pause.from_on <= day and (pause.to_on is None or day <= pause.to_on)
        for pause in pauses
    )
