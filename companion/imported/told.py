"""What a resource tells, once it is understood. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from companion.care.facts import FactKind


@dataclass(frozen=True)
class FactTold:
    """A statement that a fact here can hold; `name` is that of a condition."""

    kind: FactKind
    value: str
    measured_on: date
    name: str = ""

    @property
    def said(self) -> str:
        return f"{self.name or self.kind.value}: {self.value}, {self.measured_on}"


@dataclass(frozen=True)
class ReadingTold:
    """A glucose, a blood pressure or a ketone, which the importer of uploads reads."""


@dataclass(frozen=True)
class PersonTold:
    """A Patient resource. None: it does not say."""

    their_id: str
    birth_on: date | None
    sex: str | None


@dataclass(frozen=True)
class MedicineTold:
    """An active medicine of their list, as far as it is told. `amount` is of one intake, `unit` as here."""

    name: str
    amount: Decimal | None = None
    unit: str = ""
    times_a_day: int | None = None

    @property
    def said(self) -> str:
        amount = f"{self.amount:f} {self.unit}" if self.amount is not None else ""
        times = f"{self.times_a_day} times a day" if self.times_a_day is not None else ""
        return ", ".join(filter(None, [self.name, amount, times]))


@dataclass(frozen=True)
class AllergyTold:
    name: str


@dataclass(frozen=True)
class Refused:
    """Why nothing is taken from it."""

    reason: str


Told = FactTold | ReadingTold | PersonTold | MedicineTold | AllergyTold | Refused
