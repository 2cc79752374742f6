"""Readings for tests of stores."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from companion.readings.reading import Kind, Limit, Meal, Metric, Reading
from companion.readings.store import ReadingStore
from companion.readings.values import Values

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO, FAR_AHEAD = datetime(1980, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def glucose(
    minutes: float = 0, sequence: int = 1, value: str = "7.8", patient: str = "pa_wang", device: str = "meter-1"
) -> Reading:
    """A fasting value, so many minutes after noon."""
    return Reading(
        patient=patient,
        metric=Metric.GLUCOSE,
        taken_at=NOON + timedelta(minutes=minutes),
        device=device,
        sequence=sequence,
        value=Decimal(value),
        unit="mmol/L",
        kind=Kind.METER,
        source="in_1",
        meal=Meal.FASTING,
        device_time="2026-03-01T20:00:00",
        clock_offset_s=-30,
        raw=b"\x00\x01",
    )


def pressure(minutes: float = 0, systolic: str = "141", patient: str = "pa_wang") -> Reading:
    """A cuff's reading, so many minutes after noon."""
    return glucose(minutes, patient=patient)._replace(
        metric=Metric.BLOOD_PRESSURE,
        device="cuff-1",
        value=Decimal(systolic),
        unit="mm[Hg]",
        kind=Kind.CUFF,
        meal=None,
        diastolic=Decimal("88"),
        pulse=Decimal("61.5"),
    )


def sensed(patient: str = "pa_wang", days: float = 5, first: datetime = NOON, source: str = "in_1") -> list[Reading]:
    """A sensor's value every five minutes."""
    shift = (first - NOON) / timedelta(minutes=1)
    return [
        glucose(shift + 5 * n, n, f"{5 + n % 90 / 10:.1f}", patient, "sensor")._replace(kind=Kind.CGM, source=source)
        for n in range(int(days * 288))
    ]


def told(values: Values) -> list[list[str]]:
    """Every column, down to the digits."""
    columns = values.taken_at_ms, values.value, values.unit, values.kind, values.limit, values.meal
    return [[repr(each) for each in column] for column in columns]


def everything(store: ReadingStore, patient: str = "pa_wang", metric: Metric = Metric.GLUCOSE) -> list[Reading]:
    """All that the store has of one metric."""
    return store.between(patient, metric, LONG_AGO, FAR_AHEAD)


def _digits(largest: int, places: int) -> st.SearchStrategy[Decimal]:
    """Numbers as devices and files write them: with zeros at the end that say how exact they are."""
    return st.builds(lambda number: Decimal(number).scaleb(-places), st.integers(0, largest))


NUMBERS = st.one_of(_digits(600, 0), _digits(9999, 1), _digits(99_999, 2), _digits(99_999_999, 6))
TEXT = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "))
"""Anything a file may hold but control characters."""

INSTANTS = st.integers(0, int((FAR_AHEAD - LONG_AGO) / timedelta(milliseconds=1)) - 1).map(
    lambda ms: LONG_AGO + timedelta(milliseconds=ms)
)


@st.composite
def readings(draw: st.DrawFn, patient: str) -> Reading:
    """Any reading of that patient that some source might bring."""
    metric = draw(st.sampled_from(Metric))
    limit = draw(st.none() | st.sampled_from(Limit)) if metric is Metric.GLUCOSE else None
    is_pressure = metric is Metric.BLOOD_PRESSURE
    units = {
        Metric.GLUCOSE: ("mg/dL", "mmol/L"),
        Metric.BLOOD_PRESSURE: ("mm[Hg]",),
        Metric.KETONE: ("mmol/L",),
    }
    return Reading(
        patient=patient,
        metric=metric,
        taken_at=draw(INSTANTS),
        device=draw(TEXT.filter(bool).map(lambda text: text[:160])),
        sequence=draw(st.integers(0, 2**31 - 1)),
        value=None if limit else draw(NUMBERS),
        unit=draw(st.sampled_from(units[metric])),
        kind=draw(st.sampled_from(Kind)),
        source=draw(TEXT.map(lambda text: text[:40])),
        diastolic=draw(NUMBERS) if is_pressure else None,
        pulse=draw(st.none() | NUMBERS) if is_pressure else None,
        limit=limit,
        meal=draw(st.none() | st.sampled_from(Meal)),
        device_time=draw(st.just("") | st.datetimes().map(lambda time: time.isoformat()[:40])),
        clock_offset_s=draw(st.integers(-(2**31), 2**31 - 1)),
        flags=draw(TEXT.map(lambda text: text[:60])),
        raw=draw(st.binary(max_size=200)),
    )
