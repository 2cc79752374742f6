"""cases.md, "assess: time and arithmetic", and how it reads readings: each clause in the name of its test."""

from decimal import Decimal
from typing import Any

import pytest

from tests.advice.builders import assessed, case_of, closed, doses, fasting, gate, glucose, outcome_of, plain


def last_mean(readings: list[Any]) -> Any:
    """The mean of the last 3 fasting values, as the review page shows it."""
    lines = outcome_of(plain(readings=readings)).lines
    return next(line.value for line in lines if line.name == "mean_fasting_last3")


@pytest.mark.parametrize(("hours", "is_seen"), [(7 * 24, False), (7 * 24 - 0.01, True), (0, True)])
def test_n_days_are_now_minus_n_24_h_excluded_to_now_included(hours: float, is_seen: bool) -> None:
    found = assessed(readings=[*fasting(150, 148, 155), glucose(hours, 65)])

    assert ("G07" in closed(found)) == is_seen


@pytest.mark.parametrize(("hours", "adherence"), [(14 * 24, 1), (14 * 24 - 0.01, 0.5)])
def test_a_dose_14_days_old_is_no_longer_in_the_last_14_days(hours: float, adherence: float) -> None:
    old = doses(1, missed=1)
    old[1]["due_at"] = glucose(hours, 1)["at"]

    found = assessed(doses=old)

    assert gate(found, "G01")["value"] == adherence


@pytest.mark.parametrize(("hours", "asks"), [(36, []), (36.01, ["insufficient_data"])])
def test_within_36_h_is_an_age_of_at_most_36_h(hours: float, asks: list[str]) -> None:
    readings = [glucose(hours + 24 * n, 150, "fasting") for n in range(3)]

    found = assessed(readings=readings)

    assert found["asks"] == asks


@pytest.mark.parametrize(("hours", "asks"), [(95.99, []), (96, ["insufficient_data"])])
def test_minimum_data_look_back_4_times_24_h(hours: float, asks: list[str]) -> None:
    readings = [*fasting(150, 155), glucose(hours, 150, "fasting")]

    found = assessed(readings=readings)

    assert found["asks"] == asks


def test_distinct_days_use_local_dates() -> None:
    # 03:30 and 05:00 UTC on 9 March are 8 and 9 March in New York, but one day in UTC.
    readings = [glucose(34.5, 150, "fasting"), glucose(33, 150, "fasting"), glucose(3, 150, "fasting")]

    here = assessed(readings=readings)
    utc = assessed(readings=readings, zone="UTC")

    assert (here["asks"], utc["asks"]) == ([], ["insufficient_data"])


@pytest.mark.parametrize(("changed_on", "passes"), [("2026-03-07", True), ("2026-03-08", False)])
def test_changed_on_and_hold_off_days_up_to_today_pass_g05(changed_on: str, passes: bool) -> None:
    found = assessed(**{"regimens[0].changed_on": changed_on})

    assert ("G05" not in closed(found)) == passes


def test_today_is_the_local_day() -> None:
    # 02:00 UTC on 10 March is still 9 March in New York, so the last change is only two days old there.
    changes = {"now": "2026-03-10T02:00:00Z", "regimens[0].changed_on": "2026-03-07"}

    here, utc = assessed(**changes), assessed(**changes, zone="UTC")

    assert (gate(here, "G05")["value"], gate(utc, "G05")["value"]) == (2, 3)


def test_readings_and_doses_after_now_are_ignored_and_named_in_reasons() -> None:
    readings = [*fasting(150, 148, 155), glucose(-1, 40)]
    later = [*doses(4), {"regimen": "glargine", "due_at": glucose(-2, 1)["at"], "state": "missed"}]

    found = assessed(readings=readings, doses=later)

    assert (found["outcome"], gate(found, "G01")["value"]) == ("proposal", 1)
    assert any("2026-03-10T15:00:00Z" in text for text in found["reasons"])
    assert any("2026-03-10T16:00:00Z" in text for text in found["reasons"])


@pytest.mark.parametrize(
    ("taken", "missed", "skipped", "value", "passes"),
    [(4, 1, 0, 0.8, True), (4, 0, 1, 0.8, True), (79, 20, 1, 0.79, False), (2, 1, 0, 0.6667, False)],
)
def test_adherence_14d_is_taken_over_taken_missed_and_skipped(
    taken: int, missed: int, skipped: int, value: float, passes: bool
) -> None:
    found = assessed(doses=doses(taken, missed, skipped))

    assert gate(found, "G01") == {"id": "G01", "passed": passes, "value": value, "limit": 0.8}


def test_a_dose_due_now_counts() -> None:
    due_now = {"regimen": "glargine", "due_at": glucose(0, 1)["at"], "state": "missed"}

    found = assessed(doses=[*doses(1), due_now])

    assert gate(found, "G01")["value"] == 0.5


def test_adherence_with_no_dose_is_null() -> None:
    found = assessed(doses=[])

    assert gate(found, "G01") == {"id": "G01", "passed": False, "value": None, "limit": 0.8}


def test_adherence_is_that_of_the_regimen_the_protocol_changes() -> None:
    other = {
        "id": "metformin", "drug": "metformin", "drug_class": "metformin", "amount": 500, "unit": "mg",
        "times": ["08:00"], "changed_on": "2026-01-01",
    }  # fmt: skip
    missed = {"regimen": "metformin", "due_at": glucose(5, 1)["at"], "state": "missed"}

    found = assessed(regimens=[plain()["regimens"][0], other], doses=[*doses(3), missed])

    assert gate(found, "G01")["value"] == 1


@pytest.mark.parametrize(
    ("minutes_and_values", "mean"),
    [
        ([(0, 150), (1.9, 150)], 150),
        ([(0, 150), (5, 156)], 153),
        ([(0, 150), (5, 150), (8, 156)], 153),
        ([(0, 150), (10, 160)], 155),
        ([(0, 150), (6, 160), (10, 170)], 160),
        ([(0, 75), (5, 69)], 69),
        ([(0, 75), (5, 71)], 73),
        ([(0, 72), (5, 70)], 71),
    ],
)
def test_retests_up_to_10_min_after_the_first_are_lowest_if_any_below_70_else_the_mean_of_the_different_values(
    minutes_and_values: list[tuple[float, int]], mean: int
) -> None:
    readings = [glucose(5 - minutes / 60, value, "fasting") for minutes, value in minutes_and_values]

    value = last_mean(readings)

    assert value == mean


def test_a_chain_of_retests_ends_10_min_after_the_first_not_after_the_last() -> None:
    readings = [glucose(5 - minutes / 60, value, "fasting") for minutes, value in [(0, 100), (6, 110), (12, 300)]]

    value = last_mean(readings)

    assert value == (105 + 300) / 2


def test_same_value_within_2_min_is_one_even_where_a_chain_ends() -> None:
    readings = [glucose(5 - minutes / 60, value, "fasting") for minutes, value in [(0, 100), (9, 110), (10.5, 110)]]

    value = last_mean(readings)

    assert value == 105


def test_a_sitting_counts_at_the_time_of_its_first_value() -> None:
    # The first is 36 h and 5 min old, its re-test less than 36 h.
    readings = [glucose(60, 150, "fasting"), glucose(84, 150, "fasting")]
    sitting = [glucose(36 + 5 / 60, 150, "fasting"), glucose(35.99, 152, "fasting")]

    found = assessed(readings=readings + sitting)

    assert found["asks"] == ["insufficient_data"]


def test_events_see_every_value() -> None:
    # Two values within 2 minutes are one sitting for means, and two values of 300 for events.
    readings = [*fasting(150, 148, 155), glucose(5, 310), glucose(4.99, 310)]

    found = assessed(readings=readings)

    assert found["outcome"] == "urgent"


@pytest.mark.parametrize("at", ["08:00Z", "13:59Z"])
def test_before_meal_between_04_00_and_10_00_local_is_inferred_and_has_weight_0(at: str) -> None:
    readings = [
        {"metric": "glucose", "at": f"2026-03-{day:02}T{at.replace('Z', ':00Z')}", "mg_dl": 150, "meal": "before_meal"}
        for day in (8, 9, 10)
    ]

    found = assessed(readings=readings)

    assert (found["rule"], found["asks"]) == (None, ["insufficient_data"])
    assert any("3 values before breakfast" in text for text in found["reasons"])


@pytest.mark.parametrize(
    ("amount", "to"), [(4, None), (5, 6), (9, 10), ("9.9", "10.9"), (10, 12), ("10.5", "12.5"), (16, 18), (38, 40)]
)
def test_increase_is_the_smaller_of_step_and_percentage_cap_rounded_down_and_0_is_hold(amount: Any, to: Any) -> None:
    outcome = outcome_of(plain(**{"regimens[0].amount": amount}))

    assert outcome.to_amount == (None if to is None else Decimal(to))
    assert outcome.outcome == ("hold" if to is None else "proposal")


@pytest.mark.parametrize(
    ("amount", "weight", "max_daily", "asks"),
    [
        (39, 80, 50, ["consider_prandial_or_glp1"]),
        (38, 80, 40, []),
        (38, 80, 39, ["max_dose_reached"]),
        (58, 130, 100, []),
        (59, 130, 100, ["max_dose_reached"]),
        (59, 120.5, 100, ["consider_prandial_or_glp1", "max_dose_reached"]),
    ],
)
def test_a_step_that_would_pass_a_maximum_is_not_shortened_but_held(
    amount: int, weight: Any, max_daily: int, asks: list[str]
) -> None:
    found = assessed(**{"regimens[0].amount": amount, "patient.weight_kg": weight, "plan.max_daily": max_daily})

    assert (found["rule"], found["asks"]) == ("R5", asks)
    assert found["to"] == (None if asks else amount + 2)


@pytest.mark.parametrize(
    ("low", "amount", "to"),
    [
        (65, 16, 14), (65, 20, 18), (65, 25, 22), (65, 47, 42), (65, "16.5", "14"), (65, 1, 0), (65, "0.5", 0),
        (52, 16, 12), (52, 20, 16), (52, 33, 26), (52, 3, 0),
    ],
)  # fmt: skip
def test_decrease_is_the_larger_of_percentage_and_min_units_the_new_dose_rounded_down_never_below_0(
    low: int, amount: Any, to: Any
) -> None:
    outcome = outcome_of(plain(readings=[glucose(30, low)], **{"regimens[0].amount": amount}))

    assert (outcome.action, outcome.to_amount) == ("decrease", Decimal(to))


def test_a_dose_of_zero_cannot_be_decreased() -> None:
    found = assessed(readings=[glucose(30, 65)], **{"regimens[0].amount": 0})

    assert (found["outcome"], found["rule"], found["action"]) == ("hold", "R2", "none")


@pytest.mark.parametrize(("third", "rule"), [("130", "R6"), ("130.0000000000000001", "R5")])
def test_numbers_are_compared_exactly(third: str, rule: str) -> None:
    found = assessed(readings=fasting(130, "130.0", third))

    assert found["rule"] == rule


def test_a_difference_of_means_that_decimals_cannot_hold_is_still_exact() -> None:
    # 1000/7 - 650/7 is exactly 50: each mean has endless decimals.
    at_night = [glucose(13 + 24 * n, value, "bedtime") for n, value in enumerate([142] * 6 + [148])]
    in_the_morning = [glucose(3 + 24 * n, value, "fasting") for n, value in enumerate([92] * 6 + [98])]

    found = assessed(readings=at_night + in_the_morning, **{"plan.target_high": 90})

    assert found["rule"] == "R4"


@pytest.mark.parametrize(
    ("cause", "rule", "asks"),
    [(None, "R2", []), ("missed_meal", "R5", ["hypo_cause_noted"]), ("extra_dose", "R5", ["hypo_cause_noted"])],
)
def test_r2_applies_if_any_low_has_no_cause_otherwise_it_asks_hypo_cause_noted(
    cause: str | None, rule: str, asks: list[str]
) -> None:
    readings = [*fasting(150, 148, 155), glucose(30, 65, cause="exercise"), glucose(40, 66, cause=cause)]

    found = assessed(readings=readings)

    assert (found["rule"], found["asks"]) == (rule, asks)


def test_r1_does_not_care_for_a_cause() -> None:
    found = assessed(readings=[*fasting(150, 148, 155), glucose(30, 52, cause="exercise")])

    assert (found["rule"], found["asks"]) == ("R1", [])


def test_lo_counts_as_20_in_events_and_hi_as_600() -> None:
    low = assessed(readings=[*fasting(150, 148, 155), glucose(5, None, device_limit="LO")])
    high = assessed(readings=[*fasting(150, 148, 155), *(glucose(h, None, device_limit="HI") for h in (5, 8))])

    assert (low["outcome"], low["rule"], gate(low, "G07")["value"]) == ("urgent", "R1", 20)
    assert (high["outcome"], high["rule"]) == ("urgent", "R5")


def test_hi_never_counts_in_means_nor_as_one_of_the_three_fasting_values() -> None:
    high = glucose(30, None, "fasting", device_limit="HI")

    among_four = last_mean([*fasting(120, 120, 120), high])
    as_third = assessed(readings=[*fasting(150, 148), high])

    assert among_four == 120
    assert as_third["asks"] == ["insufficient_data"]


def test_control_solution_is_ignored_everywhere() -> None:
    readings = [*fasting(150, 148, 155), glucose(5, 40, control=True), glucose(4, 10, control=True)]

    found = assessed(readings=readings)

    assert found == assessed()


@pytest.mark.parametrize("value", [601, "600.01", 5000])
def test_a_number_above_600_is_rejected_and_named_in_reasons(value: Any) -> None:
    found = assessed(readings=[*fasting(150, 148, 155), glucose(5, value)])

    assert (found["outcome"], found["asks"]) == ("proposal", [])
    assert any(str(value) in text for text in found["reasons"])


@pytest.mark.parametrize("value", [19, "19.99", 0, -5])
def test_a_rejected_value_below_20_also_asks_verify_low_reading_and_no_increase_is_proposed(value: Any) -> None:
    found = assessed(readings=[*fasting(150, 148, 155), glucose(5, value)])

    assert (found["outcome"], found["rule"], found["asks"]) == ("hold", "R5", ["verify_low_reading"])
    assert any(str(value) in text for text in found["reasons"])


@pytest.mark.parametrize("value", [20, 600])
def test_20_and_600_are_values(value: int) -> None:
    found = assessed(readings=[*fasting(150, 148, 155), glucose(30, value)])

    assert not any("outside" in text for text in found["reasons"])


def test_mmol_l_is_times_18_0182_not_rounded() -> None:
    raw = plain(readings=[{"metric": "glucose", "at": glucose(5, 1)["at"], "mmol_l": "5.5", "meal": None}])

    case = case_of(raw)

    assert case.glucose[0].mg_dl == Decimal("99.1001")


def test_dose_28d_ago_is_the_amount_in_force_28_local_days_before_today() -> None:
    # 28 days before 10 March is 10 February; the change of that day is in force.
    history = [
        {"on": "2026-01-01", "amount": 8},
        {"on": "2026-02-10", "amount": 11},
        {"on": "2026-03-01", "amount": 16},
    ]

    found = assessed(**{"regimens[0].history": history})

    assert gate(found, "G15") == {"id": "G15", "passed": True, "value": 5, "limit": 5.5}


def test_cumulative_increase_does_not_count_the_proposed_step() -> None:
    history = [{"on": "2026-01-01", "amount": 10}, {"on": "2026-03-01", "amount": 15}]

    found = assessed(**{"regimens[0].history": history, "regimens[0].amount": 15})

    assert (found["outcome"], found["to"]) == ("proposal", 17)


def test_a_medicine_begun_within_28_days_is_measured_from_its_first_amount() -> None:
    history = [{"on": "2026-02-20", "amount": 10}, {"on": "2026-03-01", "amount": 16}]

    found = assessed(**{"regimens[0].history": history})

    assert (found["outcome"], closed(found), found["asks"]) == ("hold", ["G15"], ["senior_review"])
