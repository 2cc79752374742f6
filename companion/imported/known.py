"""What is known of a patient here, against which an import is held."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from companion.care.facts import FactKind
from companion.imported.told import FactTold


@dataclass(frozen=True)
class OurMedicine:
    """A medicine that is taken, with the amount of one intake that holds; `times_a_day` None: not alike every day."""

    id: str
    drug: str
    amount: Decimal | None
    unit: str
    times_a_day: int | None

    @property
    def said(self) -> str:
        amount = f"{self.amount:f} {self.unit}" if self.amount is not None else ""
        times = f"{self.times_a_day} times a day" if self.times_a_day is not None else ""
        return ", ".join(filter(None, [self.drug, amount, times]))


@dataclass(frozen=True)
class Known:
    """One patient. `their_ids`: what this record system calls them. `seen` holds identity and content of every resource
    that was taken or is in conflict, `taken` the identities of those taken; `settled` the keys of every conflict found
    so far, `undecided` of those that wait for a person."""

    birth_on: date | None
    sex: str | None
    their_ids: frozenset[str]
    facts: Sequence[FactTold]
    medicines: Sequence[OurMedicine]
    seen: frozenset[tuple[str, str]] = frozenset()
    taken: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    undecided: frozenset[str] = frozenset()

    def newest(self, kind: FactKind, name: str = "") -> FactTold | None:
        """The newest by its day; of one day the one noted last."""
        found = [fact for fact in self.facts if (fact.kind, fact.name) == (kind, name)]
        return max(enumerate(found), key=lambda each: (each[1].measured_on, each[0]))[1] if found else None

    def on_day(self, told: FactTold) -> list[FactTold]:
        """What is known of the same, of the same day."""
        place = told.kind, told.name, told.measured_on
        return [fact for fact in self.facts if (fact.kind, fact.name, fact.measured_on) == place]

    def with_fact(self, told: FactTold) -> "Known":
        return replace(self, facts=[*self.facts, told])
