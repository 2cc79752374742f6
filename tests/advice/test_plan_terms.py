"""Within which terms a plan may be signed, for every kind of protocol."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from companion.advice.grammar.protocol import Protocol
from companion.advice.grammar.registry import load
from companion.advice.signed.plan_terms import PlannedStep, Taken, Terms, check, most_a_day
from companion.errors import BadInput

TODAY = date(2026, 3, 4)
END = TODAY + timedelta(days=60)


def taken(name: str, drug_class: str, amount: str, *, unit: str = "mg", times: int = 1) -> Taken:
    return Taken(f"rg_{name}", name.capitalize(), drug_class, unit, Decimal(amount), times)


GLARGINE = taken("glargine", "basal_insulin", "16", unit="U")
MORNING = taken("morning", "premix_insulin_bid", "20", unit="U")
EVENING = taken("evening", "premix_insulin_bid", "14", unit="U")
AMLODIPINE = taken("amlodipine", "dhp_ccb", "5")
LOSARTAN = taken("losartan", "arb", "50")
METFORMIN = taken("metformin", "metformin", "500", times=2)
GLUCOSE = Terms("x", Decimal(80), Decimal(130), Decimal(40), END)
PRESSURE = Terms("x", None, None, Decimal(10), END, target_systolic=Decimal(135), target_diastolic=Decimal(85))
STEPS = replace(
    PRESSURE,
    max_daily=None,
    steps=(PlannedStep("rg_amlodipine", Decimal(10)), PlannedStep("rg_losartan", Decimal(100))),
)


def protocol(name: str) -> Protocol:
    return load().get(name)


def refused(terms: Terms, name: str, medicine: Taken, *others: Taken) -> str:
    """The term that cannot be signed."""
    with pytest.raises(BadInput) as bad:
        check(terms, protocol(name), medicine, [medicine, *others], TODAY)
    return bad.value.where


@pytest.mark.parametrize(
    ("name", "terms", "medicines"),
    [
        ("basal.ada_2u3d", GLUCOSE, [GLARGINE]),
        ("basal.older_adult_simplified", replace(GLUCOSE, targets_profile="ada_older_complex"), [GLARGINE]),
        ("metformin.step", replace(GLUCOSE, max_daily=Decimal(2000)), [METFORMIN]),
        ("sulfonylurea.hypo_reduce", GLUCOSE, [taken("gliclazide", "sulfonylurea", "80")]),
        ("premix.bid", GLUCOSE, [MORNING, EVENING]),
        ("bp.amlodipine_step", PRESSURE, [AMLODIPINE]),
        ("bp.raas_uptitrate", replace(PRESSURE, max_daily=Decimal(100)), [LOSARTAN]),
        ("bp.step_generic", STEPS, [AMLODIPINE, LOSARTAN]),
    ],
)
def test_every_protocol_that_is_switched_on_can_be_signed_with_its_terms(
    name: str, terms: Terms, medicines: list[Taken]
) -> None:
    check(terms, protocol(name), medicines[0], medicines, TODAY)

    assert {each.id for each in load().protocols.values() if each.is_enabled} >= {name}


def test_no_protocol_that_is_switched_on_is_left_out_above() -> None:
    enabled = {each.id for each in load().protocols.values() if each.is_enabled}

    assert len(enabled) == 8


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"target_low": None}, "target_low"),
        ({"target_low": Decimal(69)}, "target_low"),
        ({"target_high": Decimal(251)}, "target_high"),
        ({"target_high": Decimal(80)}, "target_high"),
        ({"max_daily": None}, "max_daily"),
        ({"max_daily": Decimal(0)}, "max_daily"),
        ({"max_daily": Decimal(61)}, "max_daily"),
        ({"targets_profile": "ada_younger"}, "targets_profile"),
        ({"ends_on": TODAY + timedelta(days=91)}, "ends_on"),
        ({"ends_on": TODAY - timedelta(days=1)}, "ends_on"),
    ],
)
def test_goals_of_glucose_maximum_and_end_have_bounds(changed: dict[str, Decimal], where: str) -> None:
    assert refused(replace(GLUCOSE, **changed), "basal.ada_2u3d", GLARGINE) == where  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"target_systolic": None}, "target_systolic"),
        ({"target_systolic": Decimal(109)}, "target_systolic"),
        ({"target_systolic": Decimal(151)}, "target_systolic"),
        ({"target_diastolic": Decimal(64)}, "target_diastolic"),
        ({"target_diastolic": Decimal(91)}, "target_diastolic"),
        ({"max_daily": Decimal(11)}, "max_daily"),
        ({"measures_since_on": TODAY + timedelta(days=1)}, "measures_since_on"),
    ],
)
def test_goals_of_blood_pressure_have_bounds(changed: dict[str, Decimal], where: str) -> None:
    assert refused(replace(PRESSURE, **changed), "bp.amlodipine_step", AMLODIPINE) == where  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "drug", "most"),
    [
        ("basal.ada_2u3d", "Glargine", 60),
        ("metformin.step", "Metformin", 2000),
        ("bp.amlodipine_step", "Amlodipine", 10),
        ("bp.raas_uptitrate", "Losartan", 100),
        ("premix.bid", "Premix", 120),
        ("sulfonylurea.hypo_reduce", "Gliclazide", None),
    ],
)
def test_no_maximum_goes_beyond_protocol_ladder_and_hard_limits(name: str, drug: str, most: int | None) -> None:
    assert most_a_day(protocol(name), drug) == most


@pytest.mark.parametrize(
    "others",
    [
        (),
        (EVENING, taken("noon", "premix_insulin_bid", "8", unit="U")),
        (replace(EVENING, times=2),),
        (replace(EVENING, unit="ml"),),
    ],
)
def test_two_injections_are_two_each_once_a_day(others: tuple[Taken, ...]) -> None:
    assert refused(GLUCOSE, "premix.bid", MORNING, *others) == "protocol"


def steps(*named: tuple[str, str]) -> Terms:
    return replace(STEPS, steps=tuple(PlannedStep(f"rg_{name}", Decimal(amount)) for name, amount in named))


@pytest.mark.parametrize(
    ("terms", "where"),
    [
        (steps(), "step1_amount"),
        (steps(*[("amlodipine", "10")] * 6), "step1_amount"),
        (steps(("losartan", "100")), "step1_medicine"),
        (steps(("amlodipine", "10"), ("ramipril", "5")), "step2_medicine"),
        (steps(("amlodipine", "10"), ("glargine", "18")), "step2_medicine"),
        (steps(("amlodipine", "5")), "step1_amount"),
        (steps(("amlodipine", "12")), "step1_amount"),
        (steps(("amlodipine", "10"), ("losartan", "101")), "step2_amount"),
        (steps(("amlodipine", "7.5"), ("losartan", "100"), ("amlodipine", "7.5")), "step3_amount"),
    ],
)
def test_a_step_goes_up_within_the_limits_of_what_is_taken_already(terms: Terms, where: str) -> None:
    assert refused(terms, "bp.step_generic", AMLODIPINE, LOSARTAN, GLARGINE) == where
