"""The log of a report: what was measured and taken, on the day and in the column where it belongs."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from companion.clock import to_ms
from companion.readings.reading import Kind, Limit, Meal
from companion.readings.units import GlucoseUnit
from companion.readings.values import Values
from companion.reminders.adherence import DoseOutcome
from companion.reminders.doses.dose_state import DoseState
from companion.web.charting.charts import Pressure, Target
from companion.web.report.day_log import Cell, Day, day_log, slots_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 3, 2)


def sticks(*each: tuple[datetime, str | None, str | None]) -> Values:
    """Finger-stick values in mmol/L; None: the meter said HI."""
    return Values(
        taken_at_ms=[to_ms(at) for at, _value, _meal in each],
        value=[None if value is None else Decimal(value) for _at, value, _meal in each],
        unit=["mmol/L"] * len(each),
        kind=[Kind.METER] * len(each),
        limit=[Limit.HIGH if value is None else None for _at, value, _meal in each],
        meal=[None if meal is None else Meal(meal) for _at, _value, meal in each],
    )


def log(values: Values, pressures: list[Pressure], doses: list[DoseOutcome], unit: GlucoseUnit) -> list[Day]:
    return day_log(
        values,
        pressures,
        doses,
        last_on=TODAY,
        days=2,
        zone=SHANGHAI,
        unit=unit,
        glucose=Target(Decimal("3.9"), Decimal("10.0"))
        if unit == GlucoseUnit.MMOL_L
        else Target(Decimal(70), Decimal(180)),
        pressure=Target(Decimal(85), Decimal(135)),
    )


def test_a_value_of_the_late_evening_utc_is_of_the_next_day_at_home() -> None:
    values = sticks((datetime(2026, 3, 1, 23, 30, tzinfo=UTC), "3.7", "fasting"))

    today, yesterday = log(values, [], [], GlucoseUnit.MMOL_L)

    assert (today.on, dict(today.glucose)) == (TODAY, {"fasting": [Cell("3.7", "low")]})
    assert not yesterday.glucose


def test_values_are_written_in_the_unit_of_the_report_and_hi_as_the_meter_said_it() -> None:
    at = datetime(2026, 3, 2, 1, tzinfo=UTC)

    today = log(sticks((at, "7.0", None), (at, None, "casual")), [], [], GlucoseUnit.MG_DL)[0]

    assert today.glucose[""] == [Cell("126", "ok"), Cell("HI", "high")]


def test_the_morning_ends_at_noon_on_the_wall() -> None:
    bars = [
        Pressure(datetime(2026, 3, 2, 3, 59, tzinfo=UTC), Decimal(134), Decimal(84)),
        Pressure(datetime(2026, 3, 2, 4, 0, tzinfo=UTC), Decimal(120), Decimal(85)),
    ]

    today = log(sticks(), bars, [], GlucoseUnit.MMOL_L)[0]

    assert (today.morning, today.evening) == ([Cell("134/84", "ok")], [Cell("120/85", "high")])


def test_doses_that_are_open_or_could_not_be_reminded_of_are_in_no_count() -> None:
    due = datetime(2026, 3, 2, 0, tzinfo=UTC)
    states = (DoseState.TAKEN, DoseState.SKIPPED, DoseState.MISSED, DoseState.MISSED_UNREACHED, DoseState.PLANNED)

    today, yesterday = log(sticks(), [], [DoseOutcome(due, TODAY, state) for state in states], GlucoseUnit.MMOL_L)

    assert (today.taken, yesterday.taken) == ((1, 3), (0, 0))


def test_only_columns_with_something_in_them_are_there_in_the_order_of_a_day() -> None:
    at = datetime(2026, 3, 2, 1, tzinfo=UTC)

    found = slots_of(log(sticks((at, "6", "bedtime"), (at, "5", "fasting")), [], [], GlucoseUnit.MMOL_L))

    assert found == ["fasting", "bedtime"]
