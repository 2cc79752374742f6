"""Trace, MODD, CONGA, MAGE, GRI, J-index and episodes: by hand, and as R iglu's definitions have them."""

import csv
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.readings.glucose_episodes import Episodes, episodes
from companion.readings.glucose_metrics import Glucose, metrics
from companion.readings.glucose_trace import trace, unbroken
from companion.readings.glucose_variability import (
    daily_difference,
    estimated_a1c,
    glycemia_risk_index,
    j_index,
    net_action,
)
from companion.readings.mage import STEP, mage
from tests.readings.glucose_builders import (
    MIDNIGHT,
    every,
    five_people,
    five_peoples_rows,
    glucose_at,
    reference,
    trace_of,
    vectors,
)

SWINGS = [*range(100, 201, 5), *range(195, 99, -5)] * 4
"""From 100 to 200 and back, in steps of 5 mg/dL, four times."""

BY_IGLU = {
    "Subject 1": (27.808722167965886, 37.0334629483433, 72.42434724200902, 7.190394511149229),
    "Subject 2": (44.05602813413549, 60.56251926524571, 118.07350904396516, 79.71721456344999),
    "Subject 3": (48.19285460929449, 63.392720789273376, 115.77725072028778, 19.986953685583824),
    "Subject 4": (24.853397470171014, 33.515261026112064, 70.85820686807801, 4.377729257641922),
    "Subject 5": (59.38641104330661, 73.82287531612597, 142.2892927279342, 39.494017094017096),
}
"""MODD, CONGA (24 h), MAGE and GRI by iglu-python 0.4.3 in its R-compatible mode, zone UTC."""

EPISODES_BY_IGLU = {
    "Subject 1": (1, 0, 0, 16, 2),
    "Subject 2": (0, 0, 0, 21, 19),
    "Subject 3": (1, 0, 0, 9, 4),
    "Subject 4": (2, 0, 0, 13, 0),
    "Subject 5": (1, 0, 0, 38, 18),
}
"""Low, very low, extended low, high, very high: how many, by the same."""


def swings_of(glucose: Glucose) -> float | None:
    """MAGE of values at whatever interval."""
    laid = trace(glucose, STEP)
    assert laid is not None
    return mage(laid)


def test_values_off_the_grid_are_laid_on_it_by_straight_lines() -> None:
    late = every(5, [100, 110, 120], MIDNIGHT + timedelta(minutes=2))

    laid = trace(late)

    assert laid is not None
    assert (laid.step_min, list(laid.values)) == (5, [106, 116])


def test_nothing_is_made_up_within_a_gap_of_more_than_three_quarters_of_an_hour() -> None:
    times = [MIDNIGHT + timedelta(minutes=m) for m in (0, 5, 10, 55, 60, 110, 115)]

    laid = trace(glucose_at(times, [100] * 7))

    assert laid is not None
    assert [place for place, value in enumerate(laid.values) if value is None] == list(range(13, 22))
    assert [len(stretch) for stretch in unbroken(laid.values)] == [13, 2]


@given(st.lists(st.floats(min_value=40, max_value=400), min_size=2, max_size=60))
def test_a_trace_of_values_on_the_grid_is_those_values(values: list[float]) -> None:
    laid = trace(every(5, values))

    assert laid is not None
    assert list(laid.values) == pytest.approx(values)


def test_one_value_is_no_trace() -> None:
    assert trace(every(5, [100])) is None


def test_the_daily_difference_is_between_the_same_times_of_two_days() -> None:
    two_days = trace_of(*[100.0] * 288, *[130.0] * 144, *[90.0] * 144)

    assert daily_difference(two_days) == 20


def test_a_pair_of_which_one_is_missing_is_left_out() -> None:
    two_days = trace_of(100, None, *[100.0] * 286, 120, 500, *[100.0] * 286)

    assert daily_difference(two_days) == pytest.approx(20 / 287)


def test_net_action_is_the_deviation_of_differences_so_many_hours_apart() -> None:
    hours = trace_of(100, 110, 130, 160, step_min=60)

    assert net_action(hours, 1) == pytest.approx(10)  # of 10, 20 and 30
    assert net_action(hours, 3) is None  # one difference alone


def test_every_full_swing_counts_and_a_small_one_does_not() -> None:
    small = [100 + (place % 4) for place in range(48)]

    assert swings_of(every(5, SWINGS)) == pytest.approx(100)
    assert swings_of(every(5, small)) == pytest.approx(swings_of(every(5, [value + 50 for value in small])))
    assert swings_of(every(5, [100.0] * 100)) is None


def test_pieces_with_hours_between_them_are_weighed_by_their_length() -> None:
    small = [100 + (value - 100) / 2 for value in SWINGS]
    later = MIDNIGHT + timedelta(days=2)
    both = [every(5, SWINGS), every(5, small, later), every(5, small, later + timedelta(days=1))]

    joined = swings_of(Glucose([t for g in both for t in g.taken_at_ms], [v for g in both for v in g.mg_dl]))

    assert joined == pytest.approx((100 + 50 + 50) / 3)


def test_the_risk_index_weighs_the_ranges_and_ends_at_a_hundred() -> None:
    one_of_each = metrics(every(5, [50, 60, 100, 200, 300]))

    assert glycemia_risk_index(one_of_each) == 100  # 20 × (3.0 + 2.4 + 0.8 + 1.6) = 156
    assert glycemia_risk_index(metrics(every(5, [100, 100, 100, 200]))) == pytest.approx(0.8 * 25)


def test_a_low_time_of_a_quarter_of_an_hour_is_an_episode_and_a_shorter_one_is_not() -> None:
    found = episodes(trace_of(100, 69, 69, 69, 100, 100, 100, 69, 69, 100))

    assert found.low == Episodes([15])
    assert found.very_low.n == 0


def test_a_short_pause_does_not_end_an_episode() -> None:
    found = episodes(trace_of(*[60.0] * 4, 75, 75, *[60.0] * 4, 75, 75, 75))

    assert found.low == Episodes([50])


def test_a_very_low_episode_is_within_a_low_one_and_two_hours_make_it_an_extended_one() -> None:
    found = episodes(trace_of(*[65.0] * 12, *[50.0] * 3, *[65.0] * 10, *[100.0] * 3))

    assert (found.low.minutes, found.very_low.minutes, found.extended_low.minutes) == ([125], [15], [125])


def test_an_episode_does_not_reach_across_a_gap() -> None:
    found = episodes(trace_of(*[200.0] * 4, None, *[200.0] * 4))

    assert found.high.minutes == [20, 20]


def test_the_movement_of_five_people_agrees_with_iglu() -> None:
    for subject, glucose in five_people().items():
        laid = trace(glucose)
        assert laid is not None

        ours = (daily_difference(laid), net_action(laid), swings_of(glucose), glycemia_risk_index(metrics(glucose)))

        assert ours == pytest.approx(BY_IGLU[subject], abs=1e-9), subject
        assert tuple(each.n for each in episodes(laid)) == EPISODES_BY_IGLU[subject], subject


def test_j_index_and_a1c_of_five_people_agree_with_r_iglu() -> None:
    told = {subject: metrics(glucose) for subject, glucose in five_people().items()}

    expected = reference()["expected"]

    assert {s: j_index(figures) for s, figures in told.items()} == pytest.approx(expected["J_index"], abs=1e-9)
    assert {s: estimated_a1c(figures) for s, figures in told.items()} == pytest.approx(expected["eA1C"], abs=1e-9)


def test_mage_is_mostly_within_a_twelfth_of_what_people_drew_by_hand() -> None:
    rows = five_peoples_rows()
    with (vectors() / "iglu_mage_manual_calculations.csv").open(encoding="utf-8") as lines:
        drawn = [line for line in csv.DictReader(lines) if line["dataset"] == "JHU"]

    errors = []
    for line in drawn:
        day = rows[int(line["start"]) - 1 : int(line["end"])]
        times = [datetime.fromisoformat(row["time"]).replace(tzinfo=UTC) for row in day]
        ours = swings_of(glucose_at(times, [float(row["gl"]) for row in day]))
        assert ours is not None
        errors.append(abs(ours - float(line["manual"])) / float(line["manual"]))

    assert len(errors) == 18
    assert median(errors) < 0.08
