"""A protocol as data, checked. The files it is written in: `protocol_file.py`, `docs/protocols.md`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, NamedTuple

from companion.advice.assessing.home_pressure import LeastPressures
from companion.advice.grammar.conditions import Condition
from companion.errors import BadInput

Kind = Literal["glucose", "bp"]
Changes = Literal["one_medicine", "two_injections", "plan_step"]
"""What a protocol changes: the one medicine of its classes, one of two injections, or what the plan's step names."""


@dataclass(frozen=True)
class Citation:
    """Where a number comes from: how sure, and the key of the file's source (None: our own choice, or memory)."""

    evidence: str
    source: str | None


@dataclass(frozen=True)
class Source:
    title: str
    url: str


@dataclass(frozen=True)
class MinimumData:
    """How many fasting values, on how many local days, within how many × 24 h, the last how old at most.

    `before_dinner_values`: as many before dinner, too, for two injections.
    """

    fasting_values: int
    distinct_days: int
    before_dinner_values: int
    within: timedelta
    most_recent_within: timedelta | None
    cited: Citation


@dataclass(frozen=True)
class FreshLab:
    """A laboratory value that must not be older than so many local days; `ask` is what is asked when it is."""

    name: Literal["egfr", "creatinine", "potassium"]
    within_days: int
    ask: str
    cited: Citation


@dataclass(frozen=True)
class Limit:
    """A named maximum. `ask` is what the doctor is asked when a step would pass it."""

    value: Decimal
    unit: str
    ask: str | None
    cited: Citation


@dataclass(frozen=True)
class Ladder:
    """The amounts a day a drug is taken in, ascending."""

    drug: str
    daily: tuple[Decimal, ...]
    cited: Citation

    def above(self, daily: Decimal) -> Decimal | None:
        return next((step for step in self.daily if step > daily), None)

    def below(self, daily: Decimal) -> Decimal | None:
        return next((step for step in reversed(self.daily) if step < daily), None)


@dataclass(frozen=True)
class Barrier:
    """An exclusion or a precondition: a gate that must have passed, or a condition."""

    gate: str | None
    condition: Condition | None
    says: str


class Span(NamedTuple):
    """One number (both ends alike), or the range a source gives; a range is only in a protocol that is switched off."""

    low: Decimal
    high: Decimal

    @property
    def is_one(self) -> bool:
        return self.low == self.high


By = Literal["plan_step", "ladder", "previous_amount"]


@dataclass(frozen=True)
class Rule:
    """One rule. The step it asks for, of a day: `units`, `percent` (and `at_least`), `down_to`, or what `by` names;
    `only_from`: it is only there from exactly this amount.

    `on_events`: about lows, so it needs no minimum of data. `for_safety`: an urgent event does not hold it back.
    """

    id: str
    condition: Condition | None
    action: Literal["increase", "decrease", "none", "ask"]
    units: Span | None
    percent: Span | None
    at_least: Decimal | None
    down_to: Decimal | None
    by: By | None
    only_from: Decimal | None
    ask: str | None
    is_urgent: bool
    on_events: bool
    for_safety: bool
    says: str
    cited: Citation


@dataclass(frozen=True)
class FollowUp:
    """What is due so many days after an increase."""

    labs: tuple[str, ...]
    within_days: int
    cited: Citation


@dataclass(frozen=True)
class Vector:
    """Numbers of a case, and what must come out."""

    given: Mapping[str, Any]
    expected: Mapping[str, Any]


@dataclass(frozen=True)
class Protocol:
    """One protocol, checked. `why_disabled` says what is missing while it is switched off; `cited` is where the numbers
    of plain values come from, by table: hold_off, lifetime, rounding, home_pressure, definitions.NAME."""

    id: str
    version: str
    title: str
    kind: Kind
    is_enabled: bool
    why_disabled: str | None
    drug_classes: tuple[str, ...]
    unit: str
    changes: Changes
    one_change_at_a_time: bool
    sources: Mapping[str, Source]
    minimum_data: MinimumData | None
    least_pressures: LeastPressures | None
    labs: tuple[FreshLab, ...]
    hold_off_days: int
    lifetime: timedelta
    round_to: Decimal
    limits: Mapping[str, Limit]
    ladders: Mapping[str, Ladder]
    exclusions: tuple[Barrier, ...]
    preconditions: tuple[Barrier, ...]
    definitions: Mapping[str, Condition]
    rules: tuple[Rule, ...]
    otherwise: str | None
    follow_up: FollowUp | None
    vectors: tuple[Vector, ...]
    cited: Mapping[str, Citation]

    @property
    def full_name(self) -> str:
        """`id@version`, the version whole."""
        return f"{self.id}@{self.version}"

    @property
    def may_increase(self) -> bool:
        return any(rule.action == "increase" for rule in self.rules)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every input that is read: when one of them is null, nothing is proposed."""
        conditions = [rule.condition for rule in self.rules] + [barrier.condition for barrier in self.exclusions]
        read = frozenset[str]().union(*(condition.names for condition in conditions if condition))
        return read | ({"weight_kg"} if "per_kg" in self.limits else set())


@dataclass(frozen=True)
class Registry:
    """Every protocol there is. `digest` is the SHA-256 of all the files they were read from, `digests` that of
    each protocol's own file: what a clinician signs."""

    protocols: Mapping[str, Protocol]
    digest: str
    digests: Mapping[str, str]

    def get(self, protocol_id: str) -> Protocol:
        """The protocol of that id; an unknown one is bad input."""
        try:
            return self.protocols[protocol_id]
        except KeyError:
            raise BadInput(
                f"{protocol_id!r} is not a protocol here",
                where="plan.protocol",
                advice=f"one of: {', '.join(sorted(self.protocols))}",
            ) from None
