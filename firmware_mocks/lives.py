"""Named lives: what a meter and a cuff remember of a fortnight. Every one is the same each time it is told."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from firmware_mocks.encode import BloodPressure, Context, Glucose

DAYS = 14
FASTING, BEDTIME = 3, 5
"""Meals of a glucose context."""
KG_L_PER_MG_DL = -5
"""As a power of ten."""


class Life(NamedTuple):
    """Records in the order in which they were taken."""

    glucose: list[Glucose]
    blood_pressure: list[BloodPressure]


class Day(NamedTuple):
    """One day: glucose in mg/dL at waking and at bedtime, pressures in mmHg in the morning and the evening."""

    fasting: int
    bedtime: int
    morning: tuple[int, int, int]
    evening: tuple[int, int, int]


def steady_fortnight(end: datetime) -> Life:
    """A type 2 patient on basal insulin who is where the doctor wants them: fasting 104 to 122 mg/dL, bedtime
    a little higher, blood pressure around 124 over 77."""
    wave = (0, 6, 3, 11, -4, 8, 1, -6, 5, 10, -2, 7, 12, 2)
    days = [
        Day(
            fasting=110 + up,
            bedtime=129 + up // 2,
            morning=(124 + up // 3, 77 + up // 4, 66),
            evening=(121 + up // 4, 75 + up // 5, 69),
        )
        for up in wave
    ]
    return _remembered(days, end)


def rising_mornings(end: datetime) -> Life:
    """The same patient when the dose no longer suffices: fasting values climb from 122 to between 150 and
    158 mg/dL and never fall below 100, bedtime values stay within 30 mg/dL of them, and the blood pressure is
    around 138 over 86."""
    fasting = (122, 127, 125, 131, 136, 133, 139, 143, 147, 145, 151, 150, 155, 158)
    ripple = (0, 3, -2, 4, 1, -3, 2, 0, 5, -1, 3, -4, 2, 1)
    days = [
        Day(
            fasting=level,
            bedtime=level + 22 + up,
            morning=(139 + up, 87 + up // 2, 71),
            evening=(136 + up, 85 + up // 2, 74),
        )
        for level, up in zip(fasting, ripple, strict=True)
    ]
    return _remembered(days, end)


LIVES: dict[str, Callable[[datetime], Life]] = {
    "steady_fortnight": steady_fortnight,
    "rising_mornings": rising_mornings,
}


def _remembered(days: list[Day], end: datetime) -> Life:
    """The fortnight that ends at `end` (local, on the devices' clocks): what lies after it has not happened."""
    last = end.date() if end.time() >= time(8) else end.date() - timedelta(days=1)
    dated = [(last - timedelta(days=DAYS - 1 - number), day) for number, day in enumerate(days)]
    glucose = [taken for on, day in dated for taken in _glucose(on, day) if taken[0] <= end]
    pressures = [record for on, day in dated for record in _pressures(on, day)]
    return Life(
        [
            Glucose(sequence, at, Decimal(mg_dl).scaleb(KG_L_PER_MG_DL), status=0, context=Context(meal=meal))
            for sequence, (at, mg_dl, meal) in enumerate(glucose, start=1)
        ],
        [record for record in pressures if record.time and record.time <= end],
    )


def _glucose(on: date, day: Day) -> list[tuple[datetime, int, int]]:
    """When, mg/dL, and around which meal."""
    minute = on.day * 7 % 20  # nobody wakes on the minute
    return [
        (datetime.combine(on, time(6, 50)) + timedelta(minutes=minute), day.fasting, FASTING),
        (datetime.combine(on, time(22, 5)) + timedelta(minutes=minute), day.bedtime, BEDTIME),
    ]


def _pressures(on: date, day: Day) -> list[BloodPressure]:
    """Two measurements, two minutes apart, each morning and each evening; the second is a little lower."""
    return [
        _pressure(datetime.combine(on, start) + timedelta(minutes=2 * repeat), systolic - 2 * repeat, diastolic, pulse)
        for start, (systolic, diastolic, pulse) in ((time(7, 20), day.morning), (time(20, 30), day.evening))
        for repeat in (0, 1)
    ]


def _pressure(at: datetime, systolic: int, diastolic: int, pulse: int) -> BloodPressure:
    mean = diastolic + (systolic - diastolic) // 3
    return BloodPressure(
        Decimal(systolic), Decimal(diastolic), Decimal(mean), time=at, pulse=Decimal(pulse), user=1, status=0
    )
