"""Weeks of random values, doses and troubles, with a doctor who approves every proposal at once: what never happens."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.advice.assessing.assessment import assess
from companion.advice.assessing.case import Outcome
from companion.advice.assessing.case_json import read
from companion.advice.grammar import registry
from tests.advice.builders import plain

FIRST_EVENING = datetime(2026, 2, 1, 20, tzinfo=UTC)
MG_DL_PER_MMOL_L = Decimal("18.0182")
EXCLUDED: list[dict[str, Any]] = [
    {"patient.diabetes_type": "type1"},
    {"patient.diabetes_type": "lada"},
    {"patient.diabetes_type": "unknown"},
    {"patient.pregnant": True},
    {"patient.age": 17},
    {"patient.flags": ["dialysis"]},
    {"patient.egfr": 20},
]


class Day(NamedTuple):
    """One day: its fasting and bedtime values in mmol/L (None: not measured), and whether the dose was taken."""

    fasting: Decimal | None
    bedtime: Decimal | None
    is_taken: bool


class Looked(NamedTuple):
    """One evening's assessment; `amount` is what was in force before it."""

    on: date
    amount: Decimal
    outcome: Outcome

    @property
    def is_increase(self) -> bool:
        return self.outcome.action == "increase"


values = st.integers(70, 160).map(lambda tenths: Decimal(tenths) / 10)
lows = st.integers(25, 69).map(lambda tenths: Decimal(tenths) / 10)
days = st.builds(
    Day,
    st.none() | values | values | values | values | lows,
    st.none() | st.none() | st.none() | values | lows,
    st.integers(1, 12).map(lambda n: n > 1),
)
histories = st.lists(days, min_size=12, max_size=30)
patients = st.fixed_dictionaries(
    {"patient.weight_kg": st.sampled_from([45, 60, 80, 110]), "regimens[0].amount": st.integers(4, 58)}
)


def live_through(history: list[Day], patient: dict[str, Any], unit: str = "mmol_l") -> list[Looked]:
    """Every evening assessed, every proposal in force from the same day on."""
    amounts = [{"on": "2026-01-01", "amount": patient["regimens[0].amount"]}]
    readings: list[dict[str, Any]] = []
    doses: list[dict[str, Any]] = []
    looked = []
    for n, day in enumerate(history):
        now = FIRST_EVENING + timedelta(days=n)
        readings += _readings(day, now, unit)
        doses.append({"regimen": "glargine", "due_at": (now - timedelta(hours=12)).isoformat()})
        doses[-1]["state"] = "taken" if day.is_taken else "missed"
        case = plain(
            readings=readings,
            doses=doses,
            now=now.isoformat(),
            **patient
            | {
                "patient.egfr_on": "2026-01-15",
                "plan.ends_on": "2026-04-30",
                "plan.max_daily": 50,
                "regimens[0].amount": amounts[-1]["amount"],
                "regimens[0].changed_on": amounts[-1]["on"],
                "regimens[0].history": amounts,
            },
        )
        outcome = assess(read(json.dumps(case, default=str)).case, registry.load())
        looked.append(Looked(now.date(), Decimal(str(amounts[-1]["amount"])), outcome))
        if outcome.to_amount is not None:
            amounts = [each for each in amounts if each["on"] != str(now.date())]
            amounts.append({"on": str(now.date()), "amount": str(outcome.to_amount)})
    return looked


def _readings(day: Day, now: datetime, unit: str) -> list[dict[str, Any]]:
    told = [(13, day.fasting, "fasting"), (21, day.bedtime, "bedtime")]
    return [
        {
            "metric": "glucose",
            "at": (now - timedelta(hours=hours)).isoformat(),
            unit: str(value if unit == "mmol_l" else value * MG_DL_PER_MMOL_L),
            "meal": meal,
        }
        for hours, value, meal in told
        if value is not None
    ]


@settings(max_examples=30, deadline=None)
@given(histories, patients)
def test_no_dose_ever_passes_a_cap(history: list[Day], patient: dict[str, Any]) -> None:
    for looked in live_through(history, patient):
        if looked.is_increase:
            assert looked.outcome.to_amount is not None
            assert looked.outcome.to_amount <= min(Decimal(50), Decimal(patient["patient.weight_kg"]) / 2)


@settings(max_examples=30, deadline=None)
@given(histories, patients)
def test_nothing_is_increased_within_a_week_of_a_low(history: list[Day], patient: dict[str, Any]) -> None:
    low_from = Decimal(70) / MG_DL_PER_MMOL_L

    looked = live_through(history, patient)

    for n, each in enumerate(looked):
        week = [value for day in history[max(0, n - 6) : n + 1] for value in (day.fasting, day.bedtime) if value]
        assert not (each.is_increase and min(week, default=low_from) < low_from)


@settings(max_examples=30, deadline=None)
@given(histories, patients)
def test_no_two_increases_lie_within_the_hold_off(history: list[Day], patient: dict[str, Any]) -> None:
    changes = [looked for looked in live_through(history, patient) if looked.outcome.to_amount is not None]

    for before, after in pairwise(changes):
        assert not after.is_increase or after.on - before.on >= timedelta(days=3)


@settings(max_examples=30, deadline=None)
@given(histories, patients, st.sampled_from(EXCLUDED))
def test_nothing_is_ever_proposed_for_who_is_excluded(
    history: list[Day], patient: dict[str, Any], excluded: dict[str, Any]
) -> None:
    looked = live_through(history, patient | excluded)

    assert {each.outcome.action for each in looked} == {"none"}


@settings(max_examples=30, deadline=None)
@given(histories, patients)
def test_the_same_history_gives_the_same_outcomes_in_either_unit_of_the_meter(
    history: list[Day], patient: dict[str, Any]
) -> None:
    in_mmol_l = live_through(history, patient)
    again = live_through(history, patient)
    in_mg_dl = live_through(history, patient, unit="mg_dl")

    assert again == in_mmol_l
    assert [each.outcome.as_dict() for each in in_mg_dl] == [each.outcome.as_dict() for each in in_mmol_l]


def test_such_histories_do_ask_for_increases_and_decreases() -> None:
    """Else the properties above would hold of nothing."""
    high = [Day(Decimal(11), None, is_taken=True)] * 14
    low = [Day(Decimal("3.5"), None, is_taken=True)] * 2

    looked = live_through(high + low, {"patient.weight_kg": 80, "regimens[0].amount": 10})

    actions = [each.outcome.action for each in looked]
    assert actions.count("increase") >= 3
    assert "decrease" in actions[14:]
