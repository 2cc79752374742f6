"""In which unit a patient's glucose is shown, and what becomes of a reading on the way to the page."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.readings.reading import Kind, Limit, Metric, Reading
from companion.readings.units import PRESSURE_UNIT, GlucoseUnit, as_mg_dl
from companion.web.charting.one_unit import decided, in_unit
from companion.web.charting.shown_glucose import DIGITS

MG_DL, MMOL_L = GlucoseUnit.MG_DL, GlucoseUnit.MMOL_L


def reading(value: Decimal | None, unit: str, metric: Metric = Metric.GLUCOSE, limit: Limit | None = None) -> Reading:
    return Reading("pa_1", metric, datetime(2026, 3, 2, 8, tzinfo=UTC), "meter", 1, value, unit, Kind.METER, "a file",
                   limit=limit)  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "stick", "newest", "unit"),
    [
        ("mg/dL", "mmol/L", "mmol/L", MG_DL),
        (None, "mg/dL", "mmol/L", MG_DL),
        (None, None, "mmol/L", MMOL_L),
        (None, None, None, None),
    ],
)
def test_what_was_chosen_counts_then_the_meter_then_whatever_there_is(
    chosen: str | None, stick: str | None, newest: str | None, unit: GlucoseUnit | None
) -> None:
    assert decided(chosen, stick, newest) == unit


@given(tenths=st.integers(11, 333), wanted=st.sampled_from(GlucoseUnit))
def test_the_number_and_the_name_of_its_unit_stay_together(tenths: int, wanted: GlucoseUnit) -> None:
    measured = reading(Decimal(tenths) / 10, MMOL_L)

    shown = in_unit(measured, wanted)
    back = in_unit(shown, MMOL_L)

    assert shown.unit == wanted
    assert shown.value is not None
    apart = as_mg_dl(shown.value, GlucoseUnit(shown.unit)) - as_mg_dl(measured.value or Decimal(0), MMOL_L)
    assert abs(apart) <= as_mg_dl(DIGITS[wanted], wanted) / 2
    assert (back.value, back.unit) == (measured.value, measured.unit)


def test_a_meters_hi_stays_a_word_and_other_measurements_stay_as_they_are() -> None:
    too_high = in_unit(reading(None, MG_DL, limit=Limit.HIGH), MMOL_L)
    ketones = reading(Decimal("0.6"), MMOL_L, Metric.KETONE)
    pressure = reading(Decimal(141), PRESSURE_UNIT, Metric.BLOOD_PRESSURE)

    kept = [in_unit(each, MG_DL) for each in (ketones, pressure)]

    assert (too_high.value, too_high.limit) == (None, Limit.HIGH)
    assert kept == [ketones, pressure]
