"""When urgent events are one and the same, so that it is told once, however many values and replays say it. Pure.

Every event belongs to a family. An episode is a stretch of events of one family; it is told anew only when it gets
worse. All spans are our own choice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LONGEST = timedelta(hours=24)
"""What goes on for longer is told once more: it is another day."""

SOON = timedelta(hours=1)
"""Low glucose is measured again after 15 minutes; a low an hour after the last one is another low."""
DAILY = timedelta(hours=24)
"""The others are a matter for the same day, however often they are measured on it."""


@dataclass(frozen=True, slots=True)
class Family:
    """Events of one kind, the mildest first, and how far apart two of them may be within one episode."""

    events: tuple[str, ...]
    apart: timedelta = DAILY


FAMILIES: Mapping[str, Family] = {
    "hypo": Family(("hypo_l1", "hypo_l2", "hypo_l3"), SOON),
    "hyper": Family(("hyper", "hyper_severe")),
    "ketones": Family(("ketones_watch", "ketones_high", "ketones_emergency")),
    "pressure_high": Family(("bp_severe", "bp_emergency")),
    "pressure_low": Family(("bp_low",)),
    "ill": Family(("ill", "vomiting")),
    "dizzy": Family(("dizzy",)),
    "fall": Family(("fall",)),
    "symptoms": Family(("symptoms",)),
}
FAMILY_OF: Mapping[str, str] = {event: name for name, family in FAMILIES.items() for event in family.events}

NOT_FOR_THE_CLINIC = frozenset({"hypo_l1", "ketones_watch"})
"""The first level of a family that people mend themselves: told to patient and caregiver, and no task."""


@dataclass(frozen=True, slots=True)
class Met:
    """An event and when it was: the last value that met it, or when the patient told it."""

    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Episode:
    """`id`: of its row, None while it is new. `event`: the most serious one so far."""

    id: int | None
    event: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """An episode as it is now. `is_worse`: it is new, or its event is more serious than before."""

    episode: Episode
    is_worse: bool


def seriousness(event: str) -> int:
    """Its place in its family; 0 is the mildest."""
    return FAMILIES[FAMILY_OF[event]].events.index(event)


def follow(known: Sequence[Episode], met: Iterable[Met]) -> list[Change]:
    """The episodes that are new or not as they were. The same again gives nothing."""
    now = list(known)
    for each in sorted(met, key=lambda each: (-seriousness(each.event), each.at)):
        place = _place(now, each)
        if place is None:
            now.append(Episode(None, each.event, each.at, each.at))
        else:
            now[place] = _with(now[place], each)
    before = {episode.id: episode for episode in known}
    return [_change(before.get(episode.id), episode) for episode in now if episode not in known]


def _place(episodes: Sequence[Episode], met: Met) -> int | None:
    """Which of them the event is part of: one that tells of it already, so that it is told once; else the latest."""
    telling = [place for place, episode in enumerate(episodes) if tells_of(episode, met)]
    fitting = telling or [place for place, episode in enumerate(episodes) if is_part_of(episode, met)]
    return max(fitting, key=lambda place: episodes[place].last_at, default=None)


def tells_of(episode: Episode, met: Met) -> bool:
    """Whether the event lies within the episode, which is as serious."""
    is_same = FAMILY_OF[met.event] == FAMILY_OF[episode.event]
    return (
        is_same
        and seriousness(episode.event) >= seriousness(met.event)
        and (episode.first_at <= met.at <= episode.last_at)
    )


def is_part_of(episode: Episode, met: Met) -> bool:
    """Whether the event lies within the episode, or so near that it goes on."""
    family = FAMILY_OF[episode.event]
    if FAMILY_OF[met.event] != family:
        return False
    if episode.first_at <= met.at <= episode.last_at:
        return True
    whole = _with(episode, met)
    apart = FAMILIES[family].apart
    is_near = episode.first_at - apart <= met.at <= episode.last_at + apart
    return is_near and whole.last_at - whole.first_at <= LONGEST


def _with(episode: Episode, met: Met) -> Episode:
    return replace(
        episode,
        event=max(episode.event, met.event, key=seriousness),
        first_at=min(episode.first_at, met.at),
        last_at=max(episode.last_at, met.at),
    )


def _change(before: Episode | None, now: Episode) -> Change:
    return Change(now, before is None or seriousness(now.event) > seriousness(before.event))
