"""One walk through the check-list: who takes part, and what was seen so far."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from companion.clock import Clock
from companion.devices.quirk_table import quirks_of
from companion.devices.quirks import Quirks
from companion.devices.radio.fetch import PATIENCE, Patience
from companion.devices.radio.link import Found, Radio
from companion.devices.radio.pairing import Attendant
from companion.devices.radio.session import Session

Fact = str | int | float | bool | None


class State(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Seen(NamedTuple):
    """What a step that went well has to tell. Facts are counts, names and seconds: never a reading."""

    said: str
    facts: dict[str, Fact]


class Result(NamedTuple):
    """What became of a step; `said` is one sentence."""

    step: str
    state: State
    said: str
    facts: dict[str, Fact]


class Person(Protocol):
    """Who walks through the list."""

    async def does(self, what: str) -> bool:
        """Asks for it; False when it was not done, or nobody is there."""


class Witness:
    """An attendant that counts how often a number was asked for."""

    def __init__(self, attendant: Attendant) -> None:
        self._attendant = attendant
        self.asked = 0

    async def passkey(self, address: str) -> str | None:
        self.asked += 1
        return await self._attendant.passkey(address)

    async def sees(self, address: str, number: str) -> bool:
        self.asked += 1
        return await self._attendant.sees(address, number)

    async def show(self, address: str, number: str) -> None:
        self.asked += 1
        await self._attendant.show(address, number)


Keep = Callable[[Found, Session], int | None]
"""Stores what came, and tells how many readings were new; None where nothing is stored."""


@dataclass
class Visit:
    """`wall` is the local time (naive) that the device's clock should show. `found` and `session` are there once
    the steps that bring them have passed."""

    radio: Radio
    person: Person
    witness: Witness
    keep: Keep
    now: Clock
    wall: Callable[[], datetime]
    address: str | None = None
    may_empty: bool = False
    scan_s: float = 10.0
    idle_s: float = 30.0
    patience: Patience = PATIENCE
    found_device: Found | None = None
    first_session: Session | None = None
    pin_was_asked: bool = False
    results: list[Result] = field(default_factory=list)

    @property
    def found(self) -> Found:
        assert self.found_device is not None, "only steps behind the scan ask for it"
        return self.found_device

    @property
    def session(self) -> Session:
        assert self.first_session is not None, "only steps behind the first reading ask for it"
        return self.first_session

    @property
    def quirks(self) -> Quirks:
        told = self.session.identity
        return quirks_of(told.manufacturer, told.model, self.found.name)

    def has_passed(self, step: str) -> bool:
        return any(result.step == step and result.state is State.PASSED for result in self.results)


@dataclass(frozen=True)
class Step:
    """`asks` is what the person does first, "" for nothing; without a person it is left out, or, where
    `needs_person`, the whole step is. `after` are the steps that must have passed."""

    name: str
    run: Callable[[Visit], Awaitable[Seen]]
    asks: str = ""
    needs_person: bool = False
    after: tuple[str, ...] = ()


class NotAsItShould(Exception):
    """A step saw something else than it should. `str()` is the sentence."""


class DoesNotApply(Exception):
    """A step makes no sense with this device. `str()` says why."""
