"""What holds for every case, whatever stands in it."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.advice.assessing.case import FLAGS, Outcome
from tests.advice.builders import GATE_IDS, doses, glucose, outcome_of, plain

numbers = st.integers(0, 90) | st.decimals(0, 90, places=1).map(str)
hours = st.integers(-5, 24 * 16)
readings = st.builds(
    lambda hours, value, meal, cause: glucose(hours, value, meal, cause=cause),
    hours,
    st.integers(10, 620),
    st.sampled_from(["fasting", "fasting", "fasting", "bedtime", "before_meal", None]),
    st.sampled_from([None, None, "exercise"]),
)
mornings = st.lists(st.integers(60, 260), min_size=3, max_size=6).map(
    lambda values: [glucose(3 + 24 * n, value, "fasting") for n, value in enumerate(values)]
)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    few_flags = st.lists(st.sampled_from(sorted(FLAGS)), max_size=2) | st.just([])
    return plain(
        readings=draw(mornings) + draw(st.lists(readings, max_size=4)),
        doses=doses(draw(st.integers(0, 14)), draw(st.integers(0, 4))),
        **{
            "patient.age": draw(st.sampled_from([17, 60, 60, 60, 78, None])),
            "patient.weight_kg": draw(st.sampled_from([80, 55, "120.5", None])),
            "patient.egfr": draw(st.sampled_from([80, 80, 25, None])),
            "patient.flags": draw(few_flags),
            "regimens[0].amount": draw(numbers),
            "regimens[0].changed_on": draw(st.sampled_from(["2026-02-01", "2026-03-09", None])),
            "regimens[0].open_suggestion": draw(st.sampled_from([False, False, True])),
            "plan.targets_profile": draw(st.sampled_from([None, "ada_older_poor"])),
            "plan.max_daily": draw(st.sampled_from([50, 70, 20, None])),
        },
    )


@settings(max_examples=300, deadline=None)
@given(cases())
def test_an_increase_has_every_gate_passed_and_stays_within_every_limit(raw: dict[str, Any]) -> None:
    outcome = outcome_of(raw)

    if outcome.action == "increase":
        assert outcome.from_amount is not None
        assert outcome.to_amount is not None
        assert all(gate.passed for gate in outcome.gates)
        step = outcome.to_amount - outcome.from_amount
        assert 0 < step <= min(Decimal(2), outcome.from_amount * Decimal("0.2"))
        weight, signed = Decimal(raw["patient"]["weight_kg"]), Decimal(raw["plan"]["max_daily"])
        assert outcome.to_amount <= min(Decimal(60), weight / 2, signed)


@settings(max_examples=300, deadline=None)
@given(cases())
def test_a_decrease_is_below_the_present_amount_and_never_below_zero(raw: dict[str, Any]) -> None:
    outcome = outcome_of(raw)

    if outcome.action == "decrease":
        assert outcome.from_amount is not None
        assert outcome.to_amount is not None
        assert 0 <= outcome.to_amount < outcome.from_amount


@settings(max_examples=300, deadline=None)
@given(cases())
def test_every_outcome_has_its_shape(raw: dict[str, Any]) -> None:
    outcome = outcome_of(raw)

    assert [gate.id for gate in outcome.gates] == GATE_IDS
    assert (outcome.action == "none") == (outcome.to_amount is None)
    assert (outcome.outcome == "proposal") <= (outcome.action != "none")
    assert (outcome.outcome == "hold") == (outcome.expires_at is None)
    assert (outcome.outcome == "hold") <= (outcome.action == "none")
    assert len(set(outcome.asks)) == len(outcome.asks)


@settings(max_examples=100, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_same_case_in_any_order_gives_the_same_outcome(raw: dict[str, Any], dice: Any) -> None:
    def told(outcome: Outcome) -> dict[str, object]:
        return outcome.as_dict() | {"reasons": sorted(reason.text for reason in outcome.reasons)}

    first = told(outcome_of(raw))
    dice.shuffle(raw["readings"])
    dice.shuffle(raw["doses"])

    assert told(outcome_of(raw)) == first
