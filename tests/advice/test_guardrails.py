"""The hard limits as a table, and that no protocol text can pass them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from companion.advice.assessing.assessment import assess
from companion.advice.assessing.guardrails import HARD_LIMITS, MAX_DAILY_OF_DRUG, Change, check, last_plan_day
from companion.advice.grammar.protocol import Span
from companion.advice.grammar.registry import load
from tests.advice.builders import case_of, plain


@pytest.mark.parametrize(
    ("before", "after", "weight", "broken"),
    [
        ("16", "18", "80", ()),
        ("16", "18.1", "80", ("max_step",)),
        ("10", "12", "80", ()),
        ("9", "11", "80", ()),
        ("38", "40", "80", ()),
        ("39", "41", "80", ("max_daily_per_kg",)),
        ("58", "60", "120", ()),
        ("59", "61", "130", ("max_daily",)),
        ("16", "18", None, ("max_daily_per_kg",)),
        ("70", "65", None, ()),
        ("2", "0", None, ()),
        ("2", "-1", "80", ("below_zero",)),
        ("90", "90", None, ()),
    ],
)
def test_a_change_is_held_against_every_hard_limit(
    before: str, after: str, weight: str | None, broken: tuple[str, ...]
) -> None:
    change = Change("basal_insulin", "U", Decimal(before), Decimal(after))

    assert check(change, Decimal(weight) if weight else None) == broken


PREMIX = Change("premix_insulin_bid", "U", Decimal(20), Decimal(24), beside=Decimal(30))
METFORMIN = Change("metformin", "mg", Decimal(1500), Decimal(2000))
RAMIPRIL = Change("acei", "mg", Decimal(5), Decimal(10), drug="ramipril")
AMLODIPINE = Change("dhp_ccb", "mg", Decimal(5), Decimal(10), drug="Amlodipine")


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (PREMIX, ()),
        (replace(PREMIX, to_amount=Decimal("24.1")), ("max_step", "max_step_share")),
        (replace(PREMIX, from_amount=Decimal(15), to_amount=Decimal(18)), ()),
        (replace(PREMIX, from_amount=Decimal(15), to_amount=Decimal(19)), ("max_step_share",)),
        (replace(PREMIX, beside=Decimal(96)), ()),
        (replace(PREMIX, beside=Decimal(97)), ("max_daily",)),
        (METFORMIN, ()),
        (replace(METFORMIN, to_amount=Decimal(2001)), ("max_step",)),
        (replace(METFORMIN, from_amount=Decimal(2050), to_amount=Decimal(2550)), ()),
        (replace(METFORMIN, from_amount=Decimal(2051), to_amount=Decimal(2551)), ("max_daily",)),
        (RAMIPRIL, ()),
        (replace(RAMIPRIL, to_amount=Decimal("10.1")), ("max_step_share",)),
        (AMLODIPINE, ()),
        (replace(AMLODIPINE, from_amount=Decimal(10), to_amount=Decimal(11)), ("max_daily_of_drug",)),
        (replace(AMLODIPINE, unit="tablet"), ("no_hard_limit_known",)),
    ],
)
def test_other_classes_have_their_own_limits_and_need_no_weight(change: Change, broken: tuple[str, ...]) -> None:
    assert check(change, None) == broken


@pytest.mark.parametrize(("drug_class", "unit"), [("sulfonylurea", "mg"), ("heparin", "U"), ("basal_insulin", "mg")])
def test_an_increase_without_known_limits_is_never_let_through(drug_class: str, unit: str) -> None:
    increase = Change(drug_class, unit, Decimal(500), Decimal(501))
    decrease = Change(drug_class, unit, Decimal(500), Decimal(250))

    assert check(increase, Decimal(80)) == ("no_hard_limit_known",)
    assert check(decrease, Decimal(80)) == ()


INSULIN = ("U", 60, Decimal("0.5"), 2, None)
PRESSURE = ("mg", None, None, None, 1)


@pytest.mark.parametrize(
    ("drug_class", "limits"),
    [
        ("basal_insulin", INSULIN),
        ("basal_insulin_u300_or_degludec", INSULIN),
        ("premix_insulin_bid", ("U", 120, None, 4, Decimal("0.2"))),
        ("metformin", ("mg", 2550, None, 500, None)),
        ("acei", PRESSURE),
        ("arb", PRESSURE),
        ("dhp_ccb", PRESSURE),
        ("thiazide", PRESSURE),
        ("thiazide_like", PRESSURE),
        ("beta_blocker", PRESSURE),
        ("mra", PRESSURE),
        ("alpha_blocker", PRESSURE),
    ],
)
def test_the_limits_are_these(drug_class: str, limits: tuple[object, ...]) -> None:
    found = HARD_LIMITS[drug_class]

    assert (found.unit, found.max_daily, found.max_daily_per_kg, found.max_step, found.max_step_share) == limits


def test_no_other_class_may_be_increased_at_all() -> None:
    assert len(HARD_LIMITS) == 12
    assert {*MAX_DAILY_OF_DRUG.items()} == {("amlodipine", Decimal(10))}


def test_a_plan_runs_90_days_at_most() -> None:
    signed_on = date(2026, 1, 1)

    assert last_plan_day(signed_on, date(2026, 12, 31)) == date(2026, 4, 1)
    assert last_plan_day(signed_on, date(2026, 2, 1)) == date(2026, 2, 1)
    assert last_plan_day(signed_on, None) == date(2026, 4, 1)
    assert last_plan_day(None, None) is None


def test_a_protocol_that_steps_beyond_them_ends_in_a_hold() -> None:
    # The loader refuses such a file; this is what stands behind the loader.
    registry = load()
    protocol = registry.get("basal.ada_2u3d")
    wide = replace(
        protocol,
        limits={name: replace(limit, value=Decimal(1000)) for name, limit in protocol.limits.items()},
        rules=tuple(
            replace(rule, units=Span(Decimal(9), Decimal(9))) if rule.id == "R5" else rule for rule in protocol.rules
        ),
    )

    outcome = assess(case_of(plain()), replace(registry, protocols={wide.id: wide}))

    assert (outcome.outcome, outcome.rule, outcome.action, outcome.to_amount) == ("hold", "R5", "none", None)
    assert [r.params["name"] for r in outcome.reasons if r.code == "guardrail"] == ["max_step"]


def test_the_same_case_assessed_twice_gives_the_same_outcome() -> None:
    case = case_of(plain())

    assert assess(case, load()) == assess(case, load())
