"""A protocol as data, checked. The files it is written in and their grammar: `protocol_file.py`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from companion.advice.conditions import Condition
from companion.errors import BadInput


@dataclass(frozen=True)
class Citation:
    """Where a number comes from: how sure, and the key of the file's source (None: our own choice)."""

    evidence: str
    source: str | None


@dataclass(frozen=True)
class Source:
    title: str
    url: str


@dataclass(frozen=True)
class MinimumData:
    """How many fasting values, on how many local days, within how many × 24 h, the last how old at most."""

    fasting_values: int
    distinct_days: int
    within: timedelta
    most_recent_within: timedelta
    cited: Citation


@dataclass(frozen=True)
class Limit:
    """A named maximum. `ask` is what the doctor is asked when a step would pass it."""

    value: Decimal
    unit: str
    ask: str | None
    cited: Citation


@dataclass(frozen=True)
class Barrier:
    """An exclusion or a precondition: a gate that must have passed, or a condition."""

    gate: str | None
    condition: Condition | None
    says: str


@dataclass(frozen=True)
class Rule:
    """One rule. An increase adds `units`; a decrease takes the larger of `percent` and `at_least`, or `units`."""

    id: str
    condition: Condition | None
    action: Literal["increase", "decrease", "none", "ask"]
    units: Decimal | None
    percent: Decimal | None
    at_least: Decimal | None
    ask: str | None
    is_urgent: bool
    on_events: bool
    says: str
    cited: Citation


@dataclass(frozen=True)
class Vector:
    """Numbers of a case, and what must come out."""

    given: Mapping[str, Any]
    expected: Mapping[str, Any]


@dataclass(frozen=True)
class Protocol:
    """One protocol, checked."""

    id: str
    version: str
    title: str
    kind: Literal["glucose"]
    is_enabled: bool
    drug_classes: tuple[str, ...]
    unit: str
    sources: Mapping[str, Source]
    minimum_data: MinimumData
    hold_off_days: int
    lifetime: timedelta
    round_to: Decimal
    limits: Mapping[str, Limit]
    exclusions: tuple[Barrier, ...]
    preconditions: tuple[Barrier, ...]
    definitions: Mapping[str, Condition]
    rules: tuple[Rule, ...]
    vectors: tuple[Vector, ...]

    @property
    def full_name(self) -> str:
        """`id@version`, the version whole."""
        return f"{self.id}@{self.version}"

    @cached_property
    def names(self) -> frozenset[str]:
        """Every input the rules and the limits read: when one of them is null, nothing is proposed."""
        read = frozenset[str]().union(*(rule.condition.names for rule in self.rules if rule.condition))
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
