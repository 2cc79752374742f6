"""Local times of one device, in the order of the file → instants. The two nights of the year need care."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Instant:
    """`at` is aware UTC. `flag` is "gap", "fold" or ""."""

    at: datetime
    flag: str


def decide_instants(local_times: Sequence[datetime], zone: tzinfo) -> list[Instant]:
    """One instant for each local time of one device, listed as in the file (oldest or newest first).

    A time that the clock skipped is moved forward by the gap. A time that came twice is the first one, until
    the rows go back in time within that hour: from there on it is the second.
    """
    decided: dict[int, Instant] = {}
    previous: datetime | None = None
    for index in _oldest_first(local_times):
        local = local_times[index]
        again = _is_second_pass(local, previous, zone)
        previous = local.replace(fold=1 if again else 0)
        decided[index] = _instant(previous, zone)
    return [decided[index] for index in range(len(local_times))]


def _oldest_first(local_times: Sequence[datetime]) -> Sequence[int]:
    forward = sum(later > earlier for earlier, later in pairwise(local_times))
    backward = sum(later < earlier for earlier, later in pairwise(local_times))
    rows = range(len(local_times))
    return rows[::-1] if backward > forward else rows


def _is_second_pass(local: datetime, previous: datetime | None, zone: tzinfo) -> bool:
    """Whether a repeated local time is the second of the two; `previous` is the row before, with its fold."""
    if previous is None or not _came_twice(local, zone) or not _came_twice(previous, zone):
        return False
    same_night = abs(local - previous) < timedelta(days=1)
    return same_night and (previous.fold == 1 or local < previous)


def _came_twice(local: datetime, zone: tzinfo) -> bool:
    return _flag(local, zone) == "fold"


def _instant(local: datetime, zone: tzinfo) -> Instant:
    return Instant(local.replace(tzinfo=zone).astimezone(UTC), _flag(local, zone))


def _flag(local: datetime, zone: tzinfo) -> str:
    before, after = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert before is not None, "a zone knows its offset"
    assert after is not None, "a zone knows its offset"
    if before == after:
        return ""
    return "fold" if before > after else "gap"
