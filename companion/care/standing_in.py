"""Who stands in for whom while doctors are away. Pure.

A cover who is away hands on to their own cover. Nobody stands in for themselves, however long the way there.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Span(NamedTuple):
    """From `starts_at` until `ends_at` one person stands in for another; both by the ids of their rows."""

    clinician_id: int
    cover_id: int
    starts_at: datetime
    ends_at: datetime


def last_cover(away: Mapping[int, int], clinician_id: int) -> int | None:
    """Who stands in in the end. `away`: the cover of each who is away at that instant. None for somebody who is here,
    and where the covers go in a circle."""
    seen, last = {clinician_id}, clinician_id
    while last in away:
        last = away[last]
        if last in seen:
            return None
        seen.add(last)
    return last if last != clinician_id else None


def at_work(doctors: Sequence[int], away: Mapping[int, int], closed_to: Collection[int]) -> list[int]:
    """Who is to hear of a patient's matters, in the order of their doctors, each once.

    For a doctor who is away (`away`: whom they named) it is the cover, unless the patient is `closed_to` that one.
    Where nobody stands in, who is away hears all the same: somebody has to.
    """
    covers = [last_cover(away, doctor) for doctor in doctors]
    found = [
        doctor if cover is None or cover in closed_to else cover for doctor, cover in zip(doctors, covers, strict=True)
    ]
    return list(dict.fromkeys(found))


def goes_in_a_circle(wanted: Span, others: Collection[Span], seen: frozenset[int] = frozenset()) -> bool:
    """Whether at any instant of the wanted span standing in would lead back to the one who is away."""
    if wanted.cover_id == wanted.clinician_id:
        return True
    if wanted.cover_id in seen:
        return False
    further = [
        Span(
            wanted.clinician_id,
            other.cover_id,
            max(wanted.starts_at, other.starts_at),
            min(wanted.ends_at, other.ends_at),
        )
        for other in others
        if other.clinician_id == wanted.cover_id
    ]
    return any(
        goes_in_a_circle(span, others, seen | {wanted.cover_id}) for span in further if span.starts_at < span.ends_at
    )


def whole_days(first_on: date, last_on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first instant of the first day until the first instant after the last one, on that wall."""
    begins, ends = (datetime.combine(day, time(0), zone) for day in (first_on, last_on + timedelta(days=1)))
    return begins.astimezone(UTC), ends.astimezone(UTC)
