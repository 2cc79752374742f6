"""Hard limits, in code so that no protocol file, plan or setting can lift them, and the last look at a change.

Each number is our own safety choice (protocols.yaml tags them product) except 0.5 U/kg (Clinical Diabetes,
overbasalization table). `check` repeats nothing of the protocol: it looks only at the two amounts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

MAX_PLAN_DAYS = 90
"""A signed plan runs at most this long, whatever its last day says."""


@dataclass(frozen=True)
class HardLimits:
    """For one drug class: the most a day, and the most one increase may add. Amounts in `unit`."""

    unit: str
    max_daily: Decimal
    max_daily_per_kg: Decimal
    max_step: Decimal
    max_step_share: Decimal


HARD_LIMITS: Mapping[str, HardLimits] = MappingProxyType(
    {
        "basal_insulin": HardLimits(
            unit="U",
            max_daily=Decimal(60),
            max_daily_per_kg=Decimal("0.5"),
            max_step=Decimal(2),
            max_step_share=Decimal("0.2"),
        ),
    }
)


@dataclass(frozen=True)
class Change:
    """A change of one daily amount, in `unit`."""

    drug_class: str
    unit: str
    from_amount: Decimal
    to_amount: Decimal


def last_plan_day(signed_on: date | None, ends_on: date | None) -> date | None:
    """The last local day a plan may run: its own, and never past MAX_PLAN_DAYS from its signature."""
    days = [ends_on, signed_on + timedelta(days=MAX_PLAN_DAYS) if signed_on else None]
    return min((day for day in days if day), default=None)


def check(change: Change, weight_kg: Decimal | None) -> tuple[str, ...]:
    """What forbids the change, by name; empty when nothing does. A decrease is only ever stopped below zero."""
    if change.to_amount < 0:
        return ("below_zero",)
    if change.to_amount <= change.from_amount:
        return ()
    limits = HARD_LIMITS.get(change.drug_class)
    if limits is None or limits.unit != change.unit:
        return ("no_hard_limit_known",)
    return tuple(name for name, is_broken in _increase_limits(change, limits, weight_kg).items() if is_broken)


def _increase_limits(change: Change, limits: HardLimits, weight_kg: Decimal | None) -> dict[str, bool]:
    step = change.to_amount - change.from_amount
    return {
        "max_daily": change.to_amount > limits.max_daily,
        "max_daily_per_kg": weight_kg is None or change.to_amount > limits.max_daily_per_kg * weight_kg,
        "max_step": step > limits.max_step,
        "max_step_share": step > limits.max_step_share * change.from_amount,
    }
