"""What every readings store must do, on every engine. One joins in `backends.py`."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count, groupby
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.readings.days import Day, days_of
from companion.readings.digest import ReadingsDigest, canonical
from companion.readings.reading import Kind, Limit, Metric, Reading
from companion.readings.store import Appended, Held, ReadingStore
from companion.readings.summaries import held
from companion.readings.values import Values
from tests.readings.store_builders import FAR_AHEAD, LONG_AGO, NOON, everything, glucose, pressure, readings

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)

FEW = settings(
    max_examples=15,
    deadline=None,
    # One store for all examples: each has a patient of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
numbers = count()


@st.composite
def histories(draw: st.DrawFn) -> list[Reading]:
    """Readings of one patient nobody has seen before, in any order, each key once."""
    one = readings(f"pa_{next(numbers)}")
    return draw(st.lists(one, min_size=1, max_size=12, unique_by=lambda reading: reading[1:5]))


def in_key_order(some: list[Reading]) -> list[Reading]:
    metrics = list(Metric)
    return sorted(some, key=lambda r: (metrics.index(r.metric), r.taken_at, r.device, r.sequence))


# Append


def test_a_reading_comes_back_exactly_as_it_was_given(store: ReadingStore) -> None:
    given_readings = [glucose(), glucose(1, 2)._replace(value=None, limit=Limit.HIGH, meal=None)]

    store.append(given_readings)

    assert everything(store) == given_readings


@given(history=histories())
@FEW
def test_whatever_a_source_brings_comes_back_to_the_last_digit_and_byte(
    store: ReadingStore, history: list[Reading]
) -> None:
    patient = history[0].patient

    appended = store.append(history)
    found = [reading for metric in Metric for reading in everything(store, patient, metric)]

    assert appended == Appended(len(history), 0)
    assert list(map(canonical, found)) == list(map(canonical, in_key_order(history)))


def test_appending_a_batch_again_changes_nothing(store: ReadingStore) -> None:
    batch = [glucose(n, n) for n in range(20)]
    first = store.append(batch)

    again = store.append(batch)

    assert (first, again) == (Appended(20, 0), Appended(0, 20))
    assert everything(store) == batch


def test_a_batch_may_hold_what_is_known_and_what_is_new(store: ReadingStore) -> None:
    store.append([glucose(n, n) for n in range(0, 20, 2)])

    appended = store.append([glucose(n, n) for n in range(20)])

    assert appended == Appended(10, 10)
    assert everything(store) == [glucose(n, n) for n in range(20)]


def test_a_key_that_comes_twice_in_one_batch_is_one_reading(store: ReadingStore) -> None:
    appended = store.append([glucose(value="7.8"), glucose(value="4.1")])

    assert appended == Appended(1, 1)
    assert everything(store) == [glucose(value="7.8")]


def test_an_empty_batch_is_no_work(store: ReadingStore) -> None:
    assert store.append([]) == Appended(0, 0)


def test_the_first_value_of_a_key_stays_also_when_a_lower_one_comes(store: ReadingStore) -> None:
    store.append([glucose(value="7.8")])

    store.append([glucose(value="4.1")])

    assert store.latest("pa_wang", Metric.GLUCOSE)[0].value == Decimal("7.8")


def test_readings_come_in_order_of_time_however_they_arrive(store: ReadingStore) -> None:
    store.append([glucose(30, 3), glucose(10, 1)])
    store.append([glucose(20, 2)])

    found = everything(store)

    assert [r.sequence for r in found] == [1, 2, 3]


def test_two_readings_in_one_second_are_two_readings(store: ReadingStore) -> None:
    appended = store.append([glucose(sequence=2, value="7.9"), glucose(sequence=1)])

    assert appended == Appended(2, 0)
    assert everything(store) == [glucose(sequence=1), glucose(sequence=2, value="7.9")]


def test_readings_of_one_instant_are_in_the_order_of_their_devices(store: ReadingStore) -> None:
    at_once = [glucose(device=device, sequence=n) for device in ("é", "typed", "Meter", "de_1") for n in (2, 1)]
    store.append(at_once)

    found = everything(store)

    assert [(r.device, r.sequence) for r in found] == [
        (device, n) for device in ("Meter", "de_1", "typed", "é") for n in (1, 2)
    ]
    assert store.latest("pa_wang", Metric.GLUCOSE, 3) == found[:-4:-1]


def test_what_one_patient_and_another_have_from_a_device_of_one_name_stays_apart(store: ReadingStore) -> None:
    store.append([glucose(device="typed"), glucose(device="typed", patient="pa_li", value="9.9")])

    assert everything(store, "pa_wang") == [glucose(device="typed")]
    assert everything(store, "pa_li") == [glucose(device="typed", patient="pa_li", value="9.9")]


def test_ten_years_of_history_can_be_added_afterwards(store: ReadingStore) -> None:
    store.append([glucose()])
    old = [glucose(-n * 24 * 60, n) for n in range(1, 3650)]

    assert store.append(old) == Appended(3649, 0)
    assert len(everything(store)) == 3650
    assert store.latest("pa_wang", Metric.GLUCOSE) == [glucose()]


# Look


def test_a_span_includes_its_start_and_not_its_end(store: ReadingStore) -> None:
    store.append([glucose(0, 1), glucose(60, 2)])

    found = store.between("pa_wang", Metric.GLUCOSE, NOON, NOON + timedelta(minutes=60))

    assert [r.sequence for r in found] == [1]


def test_only_those_of_some_kinds_are_told_to_whoever_asks_for_these(store: ReadingStore) -> None:
    kinds = [Kind.METER, Kind.CGM, Kind.TYPED, Kind.CGM]
    store.append([glucose(n, n)._replace(kind=kind) for n, kind in enumerate(kinds)])
    span = ("pa_wang", Metric.GLUCOSE, NOON, NOON + timedelta(hours=1))

    sticks = store.between(*span, kinds={Kind.METER, Kind.TYPED})
    sensor = store.values(*span, kinds={Kind.CGM})

    assert [reading.sequence for reading in sticks] == [0, 2]
    assert list(sensor.kind) == [Kind.CGM, Kind.CGM]
    assert len(store.values(*span)) == len(kinds)
    assert store.between(*span, kinds=()) == []


def test_instants_are_told_apart_by_the_millisecond(store: ReadingStore) -> None:
    millisecond = timedelta(milliseconds=1)
    later = glucose(sequence=2)._replace(taken_at=NOON + millisecond)
    store.append([glucose(), later])

    found = store.between("pa_wang", Metric.GLUCOSE, NOON + millisecond, NOON + 2 * millisecond)

    assert found == [later]


def test_the_latest_come_first(store: ReadingStore) -> None:
    store.append([glucose(n, n) for n in range(5)])

    assert [r.sequence for r in store.latest("pa_wang", Metric.GLUCOSE, 2)] == [4, 3]


@given(history=histories(), wanted=st.integers(1, 15))
@FEW
def test_the_latest_are_the_end_of_everything(store: ReadingStore, history: list[Reading], wanted: int) -> None:
    patient, metric = history[0].patient, history[0].metric
    store.append(history)

    latest = store.latest(patient, metric, wanted)

    assert latest == everything(store, patient, metric)[::-1][:wanted]


@given(history=histories(), data=st.data())
@FEW
def test_the_values_of_a_span_are_those_of_its_readings(
    store: ReadingStore, history: list[Reading], data: st.DataObject
) -> None:
    patient, metric = history[0].patient, history[0].metric
    instants = st.sampled_from([LONG_AGO, FAR_AHEAD, *(reading.taken_at for reading in history)])
    start, end = sorted([data.draw(instants), data.draw(instants)])
    store.append(history)

    values = store.values(patient, metric, start, end)

    assert told(values) == told(Values.of(store.between(patient, metric, start, end)))


def told(values: Values) -> list[list[str]]:
    """Every column, as text: of equal Decimals, too, the digits are told."""
    return [[repr(each) for each in getattr(values, field.name)] for field in fields(values)]


def test_values_of_one_instant_are_in_the_order_of_their_devices(store: ReadingStore) -> None:
    store.append([glucose(device="typed", value="9.9"), glucose(device="Meter", value="7.8")])

    values = store.values("pa_wang", Metric.GLUCOSE, NOON, FAR_AHEAD)

    assert values.value == [Decimal("7.8"), Decimal("9.9")]


def test_nobody_sees_the_readings_of_another(store: ReadingStore) -> None:
    store.append([glucose(), glucose(patient="pa_li", value="9.9")])

    assert [r.value for r in everything(store, "pa_li")] == [Decimal("9.9")]
    assert store.latest("pa_stranger", Metric.GLUCOSE) == []
    assert everything(store, "pa_stranger") == []
    assert len(store.values("pa_stranger", Metric.GLUCOSE, LONG_AGO, FAR_AHEAD)) == 0


# Days and spans


@pytest.mark.parametrize(
    ("zone", "first_on", "readings_a_day"),
    [
        ("Europe/Berlin", date(2026, 3, 28), [48, 46, 48]),
        ("Europe/Berlin", date(2026, 10, 24), [48, 50, 48]),
        ("Australia/Lord_Howe", date(2026, 4, 4), [48, 49, 48]),
        ("Australia/Lord_Howe", date(2026, 10, 3), [48, 47, 48]),
        ("Africa/Cairo", date(2026, 4, 23), [48, 46, 48]),
        ("Asia/Shanghai", date(2026, 3, 28), [48, 48, 48]),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(
    store: ReadingStore, zone: str, first_on: date, readings_a_day: list[int]
) -> None:
    start = datetime.combine(first_on - timedelta(days=1), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    every_half_hour = [glucose(sequence=n)._replace(taken_at=start + n * timedelta(minutes=30)) for n in range(5 * 48)]
    store.append(every_half_hour)

    days = store.daily("pa_wang", Metric.GLUCOSE, ZoneInfo(zone), first_on, first_on + timedelta(days=2))

    assert [(day.on, day.n) for day in days] == [
        (first_on + timedelta(days=number), n) for number, n in enumerate(readings_a_day)
    ]


def test_a_day_brings_units_together_and_takes_no_limit_for_a_value(store: ReadingStore) -> None:
    store.append(
        [
            glucose(0, 1, "5.0"),
            glucose(1, 2, "180")._replace(unit="mg/dL"),
            glucose(2, 3)._replace(value=None, limit=Limit.HIGH),
            glucose(3, 4)._replace(value=None, limit=Limit.LOW),
            glucose(24 * 60, 5)._replace(value=None, limit=Limit.LOW),
        ]
    )

    days = store.daily("pa_wang", Metric.GLUCOSE, BERLIN, date(2026, 3, 1), date(2026, 3, 9))

    low, high = Decimal("90.0910"), Decimal(180)
    assert days == [
        Day(date(2026, 3, 1), 4, low, high, (low + high) / 2, too_low=1, too_high=1),
        Day(date(2026, 3, 2), 1, None, None, None, too_low=1, too_high=0),
    ]


def test_a_day_of_pressures_is_told_by_the_systolic(store: ReadingStore) -> None:
    store.append([pressure(0, "150"), pressure(5, "131")])

    (day,) = store.daily("pa_wang", Metric.BLOOD_PRESSURE, BERLIN, date(2026, 3, 1), date(2026, 3, 1))

    assert (day.n, day.lowest, day.highest, day.mean) == (2, 131, 150, Decimal("140.5"))


@given(history=histories(), zone=st.sampled_from(["Europe/Berlin", "Pacific/Apia", "Asia/Kathmandu"]))
@FEW
def test_days_are_those_of_the_readings_themselves(store: ReadingStore, history: list[Reading], zone: str) -> None:
    patient, metric = history[0].patient, history[0].metric
    there = ZoneInfo(zone)
    store.append(history)

    days = store.daily(patient, metric, there, LONG_AGO.date() - DAY, FAR_AHEAD.date())

    assert days == days_of(everything(store, patient, metric), there)


def test_coverage_counts_readings_instants_and_devices(store: ReadingStore) -> None:
    store.append([glucose(0, 1), glucose(0, 2), glucose(5, 1, device="typed"), glucose(90, 9), pressure(3)])

    covered = store.coverage("pa_wang", Metric.GLUCOSE, NOON, NOON + timedelta(minutes=90))

    assert covered == Held(3, 2, 2, NOON, NOON + timedelta(minutes=5))


def test_coverage_of_nothing_is_nothing(store: ReadingStore) -> None:
    assert store.coverage("pa_wang", Metric.GLUCOSE, NOON, FAR_AHEAD) == Held(0, 0, 0, None, None)


@given(history=histories())
@FEW
def test_coverage_is_that_of_the_readings_themselves(store: ReadingStore, history: list[Reading]) -> None:
    patient, metric = history[0].patient, history[0].metric
    store.append(history)

    covered = store.coverage(patient, metric, LONG_AGO, FAR_AHEAD)

    assert covered == held(everything(store, patient, metric))


# Out, and away


@given(history=histories())
@FEW
def test_an_export_is_everything_metric_by_metric(store: ReadingStore, history: list[Reading]) -> None:
    patient = history[0].patient
    store.append(history)

    exported = list(store.export_patient(patient))

    assert exported == [reading for metric in Metric for reading in everything(store, patient, metric)]
    assert exported == in_key_order(history)


def test_an_export_longer_than_what_is_fetched_at_once_is_whole_and_can_be_left(store: ReadingStore) -> None:
    many = [glucose(5 * n, n) for n in range(5500)]
    store.append([*many, pressure()])

    left = next(iter(store.export_patient("pa_wang")))
    exported = list(store.export_patient("pa_wang"))

    assert left == many[0]
    assert exported == [*many, pressure()]
    assert list(store.export_patient("pa_stranger")) == []


def test_every_patient_with_a_reading_is_listed_once(store: ReadingStore) -> None:
    store.append([glucose(patient="pa_b"), glucose(patient="pa_a"), pressure(patient="pa_a")])

    assert list(store.patients()) == ["pa_a", "pa_b"]


def test_an_erasure_leaves_nothing_of_that_patient_and_all_of_the_others(store: ReadingStore) -> None:
    store.append([glucose(), glucose(1, 2), pressure(), glucose(patient="pa_li")])

    store.erase_patient("pa_wang")

    assert [everything(store, "pa_wang", metric) for metric in Metric] == [[], [], []]
    assert store.latest("pa_wang", Metric.GLUCOSE) == []
    assert list(store.export_patient("pa_wang")) == []
    assert store.coverage("pa_wang", Metric.GLUCOSE, LONG_AGO, FAR_AHEAD).n == 0
    assert list(store.patients()) == ["pa_li"]
    assert everything(store, "pa_li") == [glucose(patient="pa_li")]


@given(history=histories())
@FEW
def test_an_erasure_proves_what_would_have_been_exported(store: ReadingStore, history: list[Reading]) -> None:
    patient = history[0].patient
    store.append(history)
    expected = ReadingsDigest()
    for reading in store.export_patient(patient):
        expected.add(reading)

    erased = store.erase_patient(patient)

    assert (erased.patient, erased.sha256) == (patient, expected.hexdigest())
    assert erased.readings == {
        metric: len(list(some)) for metric, some in groupby(in_key_order(history), lambda r: r.metric)
    }


def test_erasing_again_finds_nothing_left(store: ReadingStore) -> None:
    store.append([glucose()])
    store.erase_patient("pa_wang")

    again = store.erase_patient("pa_wang")

    assert (again.readings, again.sha256) == ({}, ReadingsDigest().hexdigest())
    assert store.erase_patient("pa_stranger").readings == {}


def test_what_was_erased_can_be_sent_again(store: ReadingStore) -> None:
    store.append([glucose(), pressure()])
    store.erase_patient("pa_wang")

    appended = store.append([glucose(), pressure()])

    assert appended == Appended(2, 0)
    assert list(store.export_patient("pa_wang")) == [glucose(), pressure()]


def test_a_store_says_that_it_can_erase(store: ReadingStore) -> None:
    able = store.capabilities()

    assert able.name
    assert able.erases_patients
