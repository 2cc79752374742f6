"""What a doctor may ask for instead: freely, with a reason, with a second clinician, or never."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.advice.assessing.case import Case, Regimen
from companion.advice.deciding.bounds import RISKS, Judged, Wanted, judge
from companion.advice.grammar import registry
from tests.advice.builders import case_of, plain

REGISTRY = registry.load()
OTHER_CLASSES = {"acei": "lisinopril", "metformin": "metformin", "thiazide_like": "indapamide"}


def case_with(amount: str, drug_class: str = "basal_insulin", unit: str = "U", **patient: object) -> Case:
    """One medicine of that amount once a day; 80 kg, eGFR 80, potassium 4.2, at most 60 a day by the plan."""
    case = case_of(plain())
    regimen = replace(case.regimens[0], amount=Decimal(amount), drug_class=drug_class, unit=unit, times=("08:00",))
    regimen = replace(regimen, drug=OTHER_CLASSES.get(drug_class, "glargine"))
    known: dict[str, object] = {"weight_kg": Decimal(80), "egfr": Decimal(80), "potassium": Decimal("4.2")} | patient
    return replace(
        case,
        regimens=(regimen,),
        patient=replace(case.patient, **known),  # type: ignore[arg-type]
        plan=replace(case.plan, max_daily=Decimal(60) if unit == "U" else Decimal(5000)),
    )


def judged(case: Case, amount: str, proposed: str, protocol: str = "basal.ada_2u3d") -> Judged:
    regimen = case.regimens[0]
    return judge(Wanted(Decimal(amount), regimen.amount, Decimal(proposed)), regimen, REGISTRY.get(protocol), case)


@pytest.mark.parametrize(
    ("present", "proposed", "amount", "is_outside", "risks"),
    [
        ("16", "18", "17", False, ()),  # less than proposed
        ("16", "18", "18", False, ()),  # as proposed
        ("16", "18", "19", True, ()),  # +18.75 %
        ("20", "22", "24", True, ()),  # exactly 20 %, exactly 4 U
        ("20", "22", "24.5", True, ("insulin_share", "insulin_units")),
        ("16", "18", "19.5", True, ("insulin_share",)),  # +21.9 %
        ("30", "32", "34.5", True, ("insulin_units",)),  # +15 %, 4.5 U
        ("10", "12", "12", False, ()),  # as proposed, though 20 %
        ("4", "5", "9", True, ("insulin_share", "insulin_units", "doubled")),
        ("16", "12", "17", True, ()),  # up, where the protocol lowers
        ("16", "12", "20", True, ("insulin_share",)),
    ],
)
def test_insulin_beyond_the_protocol_needs_a_reason_and_far_beyond_a_second_clinician(
    present: str, proposed: str, amount: str, is_outside: bool, risks: tuple[str, ...]
) -> None:
    found = judged(case_with(present), amount, proposed)

    assert found == Judged((), is_outside, risks)


@pytest.mark.parametrize("amount", ["0.5", "8", "15.9", "16"])
def test_a_change_downward_is_never_held_up(amount: str) -> None:
    found = judged(case_with("16", egfr=None, potassium=None), amount, "18")

    assert found == Judged()


@pytest.mark.parametrize(
    ("present", "amount", "changed", "never"),
    [
        ("38", "40", {}, ()),
        ("38", "40.5", {}, ("max_daily_per_kg",)),  # 0.5 U/kg of 80 kg
        ("38", "39", {"weight_kg": None}, ("max_daily_per_kg",)),
        ("58", "61", {"weight_kg": Decimal(200)}, ("max_daily", "plan_maximum")),
    ],
)
def test_limits_that_nobody_may_pass(
    present: str, amount: str, changed: dict[str, object], never: tuple[str, ...]
) -> None:
    found = judged(case_with(present, **changed), amount, "39")

    assert found.never == never


def test_the_plans_maximum_is_of_a_day() -> None:
    case = case_with("20")
    twice = replace(case.regimens[0], times=("08:00", "20:00"))
    case = replace(case, regimens=(twice,), plan=replace(case.plan, max_daily=Decimal(42)))

    found = [judged(case, amount, "21").never for amount in ("21", "21.5")]

    assert found == [("max_daily_per_kg",), ("max_daily_per_kg", "plan_maximum")]


@pytest.mark.parametrize(
    ("drug_class", "patient", "risks"),
    [
        ("acei", {"potassium": Decimal("5.0")}, ()),
        ("acei", {"potassium": Decimal("5.1")}, ("potassium",)),
        ("acei", {"potassium": None}, ("potassium",)),
        ("thiazide_like", {"potassium": Decimal("3.4")}, ("potassium",)),
        ("metformin", {"egfr": Decimal(44)}, ("egfr",)),
        ("metformin", {"egfr": Decimal(45)}, ()),
        ("basal_insulin", {"egfr": Decimal(29)}, ("egfr",)),
    ],
)
def test_laboratory_values_that_speak_against_a_rise_ask_for_a_second_clinician(
    drug_class: str, patient: dict[str, object], risks: tuple[str, ...]
) -> None:
    case = case_with("10", drug_class, "U" if drug_class == "basal_insulin" else "mg", **patient)

    found = judged(case, "11.5", "11")

    assert found.risks == risks


@pytest.mark.parametrize(
    ("others", "risks"), [(("arb",), ()), (("arb", "dhp_ccb"), ("drugs",)), (("metformin",) * 3, ())]
)
def test_more_than_two_drugs_for_one_aim_ask_for_a_second_clinician(
    others: tuple[str, ...], risks: tuple[str, ...]
) -> None:
    case = case_with("10", "acei", "mg")
    beside = [Regimen(f"rg_{n}", "x", each, Decimal(5), "mg", ("08:00",), None) for n, each in enumerate(others)]
    case = replace(case, regimens=(*case.regimens, *beside))

    found = judged(case, "20", "11", "bp.raas_uptitrate")

    assert found.risks == risks


def test_more_than_double_is_a_slip_until_a_second_clinician_says_no() -> None:
    case = case_with("10", "acei", "mg")

    found = [judged(case, amount, "20", "bp.raas_uptitrate").risks for amount in ("20", "20.5", "100")]

    assert found == [(), ("doubled",), ("doubled",)]


@given(
    present=st.integers(4, 60),
    proposed=st.integers(1, 64),
    amount=st.integers(1, 80),
    egfr=st.none() | st.integers(10, 120),
)
def test_what_is_risky_is_always_a_rise_beyond_what_was_proposed(
    present: int, proposed: int, amount: int, egfr: int | None
) -> None:
    case = case_with(str(present), egfr=None if egfr is None else Decimal(egfr))

    found = judged(case, str(amount), str(proposed))

    assert set(found.risks) <= set(RISKS)
    if found.risks:
        assert found.is_outside
        assert amount > max(present, proposed)
    if amount > present and amount * 10 > present * 12 and amount > proposed:
        assert "insulin_share" in found.risks
