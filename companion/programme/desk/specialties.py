"""Who knows about what: a question's subject names what is wanted, and the queue goes by it. Pure.

A department here is the specialty that its people carry; there is no second list. Which specialty a subject asks for is
a house rule.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar


class Specialty(StrEnum):
    MEDICINES = "medicines"
    DIABETES = "diabetes"
    HEART = "heart"
    LUNGS = "lungs"
    DEVICES = "devices"


WANTED: Mapping[str, frozenset[Specialty]] = {
    "medicines": frozenset({Specialty.MEDICINES}),
    "injecting": frozenset({Specialty.DIABETES}),
    "inhaling": frozenset({Specialty.LUNGS}),
    "devices": frozenset({Specialty.DEVICES, Specialty.DIABETES, Specialty.HEART}),
    "other": frozenset(),
}
"""By the subject of a question; nothing: anybody."""


class Waits(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def subject(self) -> str: ...
    @property
    def asked_at(self) -> datetime: ...


Waiting = TypeVar("Waiting", bound=Waits)


def matches(subject: str, own: Collection[str]) -> bool:
    """Whether somebody of those specialties is meant. Who carries none knows about everything in general."""
    wanted = WANTED[subject]
    return not wanted or not own or not wanted.isdisjoint(own)


def offered(waiting: Iterable[Waiting], own: Collection[str], now: datetime, others_after: timedelta) -> list[Waiting]:
    """What is offered to somebody of those specialties: their own subjects first, then what others left for too long;
    of each the longest first."""
    to_them = [each for each in waiting if matches(each.subject, own) or each.asked_at <= now - others_after]
    return sorted(to_them, key=lambda each: (not matches(each.subject, own), each.asked_at, each.id))
