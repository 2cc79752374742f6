"""What a medicine will need, dose by dose: the timetable of the coming days, as revised and paused."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from companion.care.regimens import Regimen, RegimenRevision
from companion.reminders.schedules.course import Term, rests, schedule_of, terms_between
from companion.reminders.schedules.schedule_models import RegimenPause
from companion.reminders.schedules.timetable import plan
from companion.reminders.supply.stock import HORIZON_DAYS, Need

WITHOUT_TIMETABLE = frozenset({"prn", "after_taken", "linked"})
"""Rules that no calendar can tell ahead: what they need is known from actual use only."""


def has_timetable(revision: RegimenRevision) -> bool:
    return revision.rule["kind"] not in WITHOUT_TIMETABLE


def needs(
    regimen: Regimen, pauses: Sequence[RegimenPause], zone: str, now: datetime, days: int = HORIZON_DAYS
) -> Iterator[Need]:
    """The doses due from now on for so many days, one by one; none while the medicine rests, or is stopped."""
    for term in terms_between(regimen, zone, now, now + timedelta(days=days)):
        yield from _of_term(term, pauses)


def _of_term(term: Term, pauses: Sequence[RegimenPause]) -> Iterator[Need]:
    for dose in plan(term.schedule, term.from_, term.to):
        if not rests(pauses, dose.local.date(), dose.due_at):
            yield Need(dose.local.date(), term.amount_of(dose))


def lasts_days(revision: RegimenRevision, zone: str, amount: Decimal, at: datetime) -> int | None:
    """For how many local days the amount is enough as prescribed then; None where no timetable says.

    A pack that outlasts the prescription covers the days until its end, and at most a year.
    """
    if not has_timetable(revision):
        return None
    first = last = at.astimezone(ZoneInfo(zone)).date()
    # Whole days: whoever fetches thirty tablets at noon has thirty days of them, whatever was taken that morning.
    begin = datetime.combine(first, time.min, ZoneInfo(zone)).astimezone(UTC)
    for need in _of_term(Term(revision, schedule_of(revision, zone), begin, begin + timedelta(days=HORIZON_DAYS)), ()):
        amount -= need.amount
        if amount < 0:
            return (need.on - first).days
        last = need.on
    return (last - first).days + 1
