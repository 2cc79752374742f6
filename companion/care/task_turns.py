"""Who at the clinic hears of an urgent task that nobody takes, and when. Pure; instants are aware UTC.

The patient's first doctor at once (or who stands in), then the others of the care team, then the administrators. A
group without anybody is not waited for. Nobody is told twice, and after the last group there is no further step: it
always ends. The spans are our own choice; a low that needs a call back does not wait for an hour.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TAKEN_WITHIN = timedelta(minutes=15)
"""How long a group has to take a task before the next one is told."""


class Turn(StrEnum):
    """Whose turn it is."""

    DOCTOR = "doctor"
    TEAM = "team"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Group:
    """People who are told together, by the ids of their rows."""

    turn: Turn
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Tell these people now; look again then (None: nobody is left to be told)."""

    tell: tuple[tuple[Turn, int], ...] = ()
    look_at: datetime | None = None


def next_step(groups: Sequence[Group], told: Collection[int], since: datetime, now: datetime) -> Step:
    """What to do about a task that nobody has taken since then."""
    due: list[tuple[Turn, int]] = []
    heard = set(told)
    at = since
    for group in groups:
        if not group.people:
            continue
        if now < at:
            return Step(tuple(due), at)
        new = [person for person in group.people if person not in heard]
        due += [(group.turn, person) for person in new]
        heard |= set(new)
        at += TAKEN_WITHIN
    return Step(tuple(due))


def groups_of(team: Sequence[int], admins: Sequence[int]) -> tuple[Group, ...]:
    """`team`: the care team's doctors, the patient's first doctor first."""
    return (
        Group(Turn.DOCTOR, tuple(team[:1])),
        Group(Turn.TEAM, tuple(team[1:])),
        Group(Turn.ADMIN, tuple(admins)),
    )
