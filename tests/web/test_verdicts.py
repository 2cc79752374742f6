"""What many values come to in a sentence, and many values as few: pure, and each with its n."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.readings.glucose_metrics import Glucose, metrics
from companion.readings.meal_slots import Slot, SlotFigures
from companion.readings.profile import PartOfDay, ProfilePart
from companion.readings.sensor_report import SensorFigures
from companion.web.charting.charts import Pressure, Span, Target
from companion.web.charting.condensing import Grain, grain_of, means, thinned
from companion.web.charting.verdicts import OfPart, Tone, meter_verdict, pressure_verdict, sensor_verdict

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 16, 4, tzinfo=UTC)
TARGET = Target(low=Decimal(85), high=Decimal(135))


def part(slot: Slot, n: int, below: int = 0, above: int = 0) -> SlotFigures:
    return SlotFigures(slot, n, below, above, 100, 100, 100, 400, 420)


def bar(hours: float, systolic: int = 120, diastolic: int = 80) -> Pressure:
    return Pressure(MONDAY + timedelta(hours=hours), Decimal(systolic), Decimal(diastolic))


@pytest.mark.parametrize(
    ("above", "tone"), [(0, Tone.MOST), (3, Tone.MOST), (4, Tone.HALF), (5, Tone.HALF), (6, Tone.FEW)]
)
def test_most_begins_at_seven_of_ten_and_half_at_five(above: int, tone: Tone) -> None:
    verdict = meter_verdict([part(Slot.MORNING, 10, above=above)])

    assert verdict is not None
    assert (verdict.tone, verdict.inside, verdict.n) == (tone, 10 - above, 10)


def test_nothing_is_said_of_nothing() -> None:
    assert meter_verdict([]) is None
    assert pressure_verdict([], TARGET) is None


def test_a_part_of_the_day_is_often_high_from_three_values_and_half_of_them_on() -> None:
    verdict = meter_verdict(
        [part(Slot.AFTER_BREAKFAST, 4, above=2), part(Slot.AFTER_LUNCH, 2, above=2), part(Slot.EVENING, 5, above=2)]
    )

    assert verdict is not None
    assert verdict.high == (OfPart(Slot.AFTER_BREAKFAST, 2, 4),)


def test_two_lows_in_one_part_of_the_day_are_told() -> None:
    verdict = meter_verdict([part(Slot.NIGHT, 9, below=2), part(Slot.MORNING, 9, below=1)])

    assert verdict is not None
    assert verdict.low == (OfPart(Slot.NIGHT, 2, 9),)


def sensor(*medians: float, lowest: float = 100) -> SensorFigures:
    """Half hours from midnight on."""
    profile = [
        ProfilePart(PartOfDay(30 * n, 30 * n + 30), 84, (lowest, middle, middle, middle, middle))
        for n, middle in enumerate(medians)
    ]
    found = metrics(Glucose([0, 300_000], [100.0, 100.0]))
    return SensorFigures(found, None, None, None, None, None, None, profile)


def test_half_hours_that_follow_each_other_are_one_time() -> None:
    verdict = sensor_verdict(sensor(190, 190, 170, 181), low=70, high=180)

    assert verdict is not None
    assert (verdict.high, verdict.low) == (((0, 60), (90, 120)), ())


def test_where_one_value_in_twenty_is_low_it_is_told() -> None:
    verdict = sensor_verdict(sensor(100, 100, lowest=69), low=70, high=180)

    assert verdict is not None
    assert (verdict.tone, verdict.low) == (Tone.MOST, ((0, 60),))


def test_a_pressure_at_the_limit_is_above_it() -> None:
    verdict = pressure_verdict([bar(0, 135, 70), bar(1, 134, 84), bar(2, 120, 85)], TARGET)

    assert verdict is not None
    assert (verdict.below, verdict.n, verdict.tone) == (1, 3, Tone.FEW)


@pytest.mark.parametrize(("days", "grain"), [(7, Grain.EACH), (14, Grain.EACH), (30, Grain.DAY), (90, Grain.WEEK)])
def test_the_longer_the_span_the_coarser_the_bars(days: int, grain: Grain) -> None:
    assert grain_of(Span(MONDAY - timedelta(days=days), MONDAY, SHANGHAI)) is grain


def test_a_mean_is_of_the_days_on_the_patients_own_wall() -> None:
    late, next_morning = bar(11.9, 130), bar(12.1, 140)  # 23:54 and 00:06 in Shanghai

    by_day = means([late, bar(11.95, 141), next_morning], Grain.DAY, SHANGHAI)

    assert [(mean.n, mean.bar.systolic) for mean in by_day] == [(2, Decimal(136)), (1, Decimal(140))]


def test_a_week_begins_on_monday() -> None:
    (week, after) = means([bar(0, 120), bar(6 * 24, 130), bar(7 * 24, 150)], Grain.WEEK, SHANGHAI)

    assert (week.n, week.bar.systolic, week.first_on.weekday()) == (2, Decimal(125), 0)
    assert after.n == 1


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=300, unique=True).map(sorted),
    st.integers(10, 50),
    st.data(),
)
def test_thinning_loses_no_peak(at_ms: list[int], at_most: int, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.floats(1, 30), min_size=len(at_ms), max_size=len(at_ms)))

    points = thinned(at_ms, values, at_most)

    assert len(points.at_ms) <= at_most
    assert (min(points.low), max(points.high)) == (min(values), max(values))
    assert points.at_ms == sorted(set(points.at_ms))
    assert all(low <= high for low, high in zip(points.low, points.high, strict=True))
