"""Hard limits, in code so that no protocol file, plan or setting can lift them, and the last look at a change.

Each number is our own safety choice (protocols.yaml tags them product) except 0.5 U/kg (Clinical Diabetes,
overbasalization table), 2550 mg of metformin (its label) and 10 mg of amlodipine (its label). `check` repeats nothing
of the protocol: it looks only at the amounts of a day.
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
    """For one drug class, of a day, in `unit`: the most there may be, and the most one increase may add.

    `max_step_share` is of the present amount. None: no such limit for this class; of basal insulin 2 U are few at any
    dose, and the protocols cap the share themselves.
    """

    unit: str
    max_daily: Decimal | None = None
    max_daily_per_kg: Decimal | None = None
    max_step: Decimal | None = None
    max_step_share: Decimal | None = None


_BASAL = HardLimits(
    unit="U",
    max_daily=Decimal(60),
    max_daily_per_kg=Decimal("0.5"),
    max_step=Decimal(2),
)
_PREMIX = HardLimits(unit="U", max_daily=Decimal(120), max_step=Decimal(4), max_step_share=Decimal("0.2"))
_METFORMIN = HardLimits(unit="mg", max_daily=Decimal(2550), max_step=Decimal(500))
_PRESSURE = HardLimits(unit="mg", max_step_share=Decimal(1))
"""For drugs against high blood pressure: at most twice the present amount."""

HARD_LIMITS: Mapping[str, HardLimits] = MappingProxyType(
    {
        "basal_insulin": _BASAL,
        "basal_insulin_u300_or_degludec": _BASAL,
        "premix_insulin_bid": _PREMIX,
        "metformin": _METFORMIN,
        **dict.fromkeys(
            ("acei", "arb", "dhp_ccb", "thiazide", "thiazide_like", "beta_blocker", "mra", "alpha_blocker"), _PRESSURE
        ),
    }
)
MAX_DAILY_OF_DRUG: Mapping[str, Decimal] = MappingProxyType({"amlodipine": Decimal(10)})
"""mg a day, by name, whatever the class allows."""


@dataclass(frozen=True)
class Change:
    """A change of the amount of a day, in `unit`. `beside` is what is taken of the same class besides."""

    drug_class: str
    unit: str
    from_amount: Decimal
    to_amount: Decimal
    beside: Decimal = Decimal(0)
    drug: str = ""


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
    step, daily = change.to_amount - change.from_amount, change.to_amount + change.beside
    per_kg, share = limits.max_daily_per_kg, limits.max_step_share
    return {
        "max_daily": _passes(daily, limits.max_daily),
        "max_daily_of_drug": _passes(daily, MAX_DAILY_OF_DRUG.get(change.drug.lower())),
        "max_daily_per_kg": per_kg is not None and (weight_kg is None or daily > per_kg * weight_kg),
        "max_step": _passes(step, limits.max_step),
        "max_step_share": share is not None and step > share * change.from_amount,
    }


def _passes(amount: Decimal, maximum: Decimal | None) -> bool:
    return maximum is not None and amount > maximum
