"""What every readings store must do. A backend joins by adding itself to the fixture."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest

from companion.db import Base, make_engine
from companion.readings.reading import Kind, Limit, Meal, Metric, Reading
from companion.readings.sql_store import SqlReadingStore
from companion.readings.store import Appended, ReadingStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def glucose(minutes: int = 0, sequence: int = 1, value: str = "7.8", patient: str = "pa_wang") -> Reading:
    return Reading(
        patient=patient,
        metric=Metric.GLUCOSE,
        taken_at=NOON + timedelta(minutes=minutes),
        device="meter-1",
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


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ReadingStore]:
    engine = make_engine(f"sqlite:///{tmp_path / 'readings.db'}")
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[n] for n in ("reading", "reading_name")])
    yield SqlReadingStore(engine)
    engine.dispose()


def test_a_reading_comes_back_exactly_as_it_was_given(store: ReadingStore) -> None:
    readings = [glucose(), glucose(1, 2)._replace(value=None, limit=Limit.HIGH, meal=None)]

    store.append(readings)

    assert store.between("pa_wang", Metric.GLUCOSE, NOON, NOON + timedelta(hours=1)) == readings


def test_appending_a_batch_again_changes_nothing(store: ReadingStore) -> None:
    batch = [glucose(n, n) for n in range(20)]
    first = store.append(batch)

    again = store.append(batch)

    assert (first, again) == (Appended(20, 0), Appended(0, 20))
    assert store.between("pa_wang", Metric.GLUCOSE, NOON, NOON + timedelta(hours=1)) == batch


def test_the_first_value_of_a_key_stays(store: ReadingStore) -> None:
    store.append([glucose(value="7.8")])

    store.append([glucose(value="4.1")])

    assert store.latest("pa_wang", Metric.GLUCOSE)[0].value == Decimal("7.8")


def test_readings_come_in_order_of_time_however_they_arrive(store: ReadingStore) -> None:
    store.append([glucose(30, 3), glucose(10, 1)])
    store.append([glucose(20, 2)])

    found = store.between("pa_wang", Metric.GLUCOSE, NOON, NOON + timedelta(hours=1))

    assert [r.sequence for r in found] == [1, 2, 3]


def test_two_readings_in_one_second_are_two_readings(store: ReadingStore) -> None:
    appended = store.append([glucose(sequence=1), glucose(sequence=2, value="7.9")])

    assert appended == Appended(2, 0)


def test_a_span_includes_its_start_and_not_its_end(store: ReadingStore) -> None:
    store.append([glucose(0, 1), glucose(60, 2)])

    found = store.between("pa_wang", Metric.GLUCOSE, NOON, NOON + timedelta(minutes=60))

    assert [r.sequence for r in found] == [1]


def test_the_latest_come_first(store: ReadingStore) -> None:
    store.append([glucose(n, n) for n in range(5)])

    assert [r.sequence for r in store.latest("pa_wang", Metric.GLUCOSE, 2)] == [4, 3]


def test_nobody_sees_the_readings_of_another(store: ReadingStore) -> None:
    store.append([glucose(), glucose(patient="pa_li", value="9.9")])

    found = store.between("pa_li", Metric.GLUCOSE, NOON, NOON + timedelta(hours=1))

    assert [r.value for r in found] == [Decimal("9.9")]
    assert store.latest("pa_stranger", Metric.GLUCOSE) == []


def test_ten_years_of_history_can_be_added_afterwards(store: ReadingStore) -> None:
    store.append([glucose()])
    old = [glucose(-n * 24 * 60, n) for n in range(1, 3650)]

    assert store.append(old) == Appended(3649, 0)
    assert len(store.between("pa_wang", Metric.GLUCOSE, NOON - timedelta(days=4000), NOON)) == 3649


def test_writers_beside_each_other_lose_nothing(store: ReadingStore) -> None:
    def write(patient: str) -> None:
        for n in range(20):
            store.append([glucose(n, n, patient=patient)])

    threads = [Thread(target=write, args=(f"pa_{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(store.latest(f"pa_{n}", Metric.GLUCOSE, 100)) for n in range(4)] == [20] * 4


def test_a_transaction_rolled_back_leaves_no_reading_and_no_name_behind(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'readings.db'}")
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[n] for n in ("reading", "reading_name")])
    store = SqlReadingStore(engine)

    with engine.connect() as connection, connection.begin() as transaction:
        store.append([glucose(patient="pa_gone")], within=connection)
        transaction.rollback()
    store.append([glucose(patient="pa_wang", value="5.5")])

    assert store.latest("pa_gone", Metric.GLUCOSE) == []
    assert store.latest("pa_wang", Metric.GLUCOSE)[0].value == Decimal("5.5")
