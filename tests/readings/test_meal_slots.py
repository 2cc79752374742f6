"""The parts that meals make of a day, and what a meter told in each of them."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.readings.glucose_metrics import RANGES
from companion.readings.meal_slots import Slot, by_slot, slot_of
from companion.readings.reading import Limit, Meal
from companion.readings.values import Values
from tests.readings.store_builders import NOON, glucose

UTC_ZONE = ZoneInfo("UTC")


def meter(*measured: tuple[float, str, Meal | None]) -> Values:
    """Hours after noon, mg/dL, and when it was."""
    return Values.of(
        [
            glucose(0, n)._replace(
                taken_at=NOON + timedelta(hours=hours), value=Decimal(value), unit="mg/dL", meal=meal
            )
            for n, (hours, value, meal) in enumerate(measured)
        ]
    )


@pytest.mark.parametrize(
    ("meal", "hour", "slot"),
    [
        (Meal.FASTING, 3.5, Slot.BEFORE_BREAKFAST),
        (Meal.BEFORE_MEAL, 4, Slot.BEFORE_BREAKFAST),
        (Meal.BEFORE_MEAL, 12, Slot.BEFORE_LUNCH),
        (Meal.BEFORE_MEAL, 16, Slot.BEFORE_DINNER),
        (Meal.BEFORE_MEAL, 22, Slot.NIGHT),
        (Meal.AFTER_MEAL, 9, Slot.AFTER_BREAKFAST),
        (Meal.AFTER_MEAL, 15.9, Slot.AFTER_LUNCH),
        (Meal.AFTER_MEAL, 23, Slot.AFTER_DINNER),
        (Meal.AFTER_MEAL, 2, Slot.NIGHT),
        (Meal.BEDTIME, 21, Slot.BEDTIME),
        (Meal.CASUAL, 12, Slot.MIDDAY),
        (None, 10.9, Slot.MORNING),
        (None, 17, Slot.EVENING),
        (None, 0, Slot.NIGHT),
    ],
)
def test_a_value_belongs_to_its_meal_or_else_to_the_time_of_day(meal: Meal | None, hour: float, slot: Slot) -> None:
    assert slot_of(meal, 60 * hour) is slot


def test_every_part_tells_its_n_median_and_range() -> None:
    values = meter((-6, "90", Meal.FASTING), (18, "110", Meal.FASTING), (-3, "200", Meal.AFTER_MEAL))

    first, second = by_slot(values, UTC_ZONE, RANGES)

    assert (first.slot, first.n, first.inside, first.above) == (Slot.BEFORE_BREAKFAST, 2, 2, 0)
    assert (first.lowest, first.middle, first.highest) == (90, 100, 110)
    assert (second.slot, second.n, second.above, second.first_min) == (Slot.AFTER_BREAKFAST, 1, 1, 9 * 60)


def test_hi_and_lo_are_counted_and_stand_in_no_median() -> None:
    low = glucose(0, 1)._replace(value=None, limit=Limit.LOW)

    (part,) = by_slot(Values.of([low]), UTC_ZONE, RANGES)

    assert (part.n, part.below, part.middle) == (1, 1, None)


def test_a_night_goes_on_after_midnight() -> None:
    (part,) = by_slot(meter((10.5, "100", None), (13, "100", None)), UTC_ZONE, RANGES)

    assert (part.slot, part.first_min, part.last_min) == (Slot.NIGHT, 22.5 * 60, 25 * 60)


@given(
    st.lists(st.tuples(st.floats(0, 200), st.integers(30, 500).map(str), st.sampled_from([None, *Meal])), max_size=30)
)
def test_no_value_is_lost_and_none_counted_twice(measured: list[tuple[float, str, Meal | None]]) -> None:
    parts = by_slot(meter(*sorted(measured, key=lambda each: each[0])), UTC_ZONE, RANGES)

    assert sum(part.n for part in parts) == len(measured)
    assert all(part.below + part.inside + part.above == part.n for part in parts)
    assert [part.slot for part in parts] == [slot for slot in Slot if slot in {part.slot for part in parts}]
