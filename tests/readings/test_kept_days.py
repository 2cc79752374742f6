"""Days of a sensor that a store keeps packed: always what its readings tell, whatever came after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from struct import pack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text

from companion.clock import to_ms
from companion.db import make_engine
from companion.readings.copy_journal import CopyJournal
from companion.readings.copying import Copying
from companion.readings.opening import open_store
from companion.readings.reading import Kind, Metric
from companion.readings.sql_days import day_table
from companion.readings.sql_store import SqlReadingStore
from companion.readings.store import ReadingStore
from companion.readings.values import Values
from tests.readings.backends import BACKENDS
from tests.readings.store_builders import NOON, glucose, sensed, told

DAY = timedelta(days=1)
SPAN = (NOON - DAY, NOON + 9 * DAY)
numbers = count()


@dataclass
class Sql:
    """A store and the engine under it."""

    engine: Engine
    store: SqlReadingStore

    def kept(self) -> int:
        """How many days."""
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(day_table)) or 0


@pytest.fixture(params=["sqlite", "postgresql"])
def sql(request: pytest.FixtureRequest) -> Iterator[Sql]:
    with BACKENDS[request.param](request) as url:
        engine = make_engine(url)
        store = SqlReadingStore(engine)
        store.make_tables()
        yield Sql(engine, store)
        engine.dispose()


def look(store: ReadingStore, patient: str = "pa_wang", span: tuple[datetime, datetime] = SPAN) -> list[list[str]]:
    return told(store.values(patient, Metric.GLUCOSE, *span))


def read(store: ReadingStore, patient: str = "pa_wang", span: tuple[datetime, datetime] = SPAN) -> list[list[str]]:
    """The same, from the readings themselves."""
    return told(Values.of(store.between(patient, Metric.GLUCOSE, *span)))


def test_whole_days_of_a_sensor_are_kept_by_the_first_look_and_told_by_the_next(sql: Sql) -> None:
    sql.store.append(sensed())

    first, kept, second = look(sql.store), sql.kept(), look(sql.store)

    assert kept == 6  # from the day of the first value to that of the last: the span goes beyond both
    assert first == second == read(sql.store)


@pytest.mark.parametrize("hours", [(3, 60), (12, 36), (-24, 0), (30, 31)])
def test_a_span_may_begin_and_end_within_days_that_are_kept(sql: Sql, hours: tuple[int, int]) -> None:
    sql.store.append(sensed())
    look(sql.store)
    span = NOON + timedelta(hours=hours[0]), NOON + timedelta(hours=hours[1])

    assert look(sql.store, span=span) == read(sql.store, span=span)


def test_kept_days_tell_only_the_kinds_that_are_asked_for(sql: Sql) -> None:
    sql.store.append([*sensed(), glucose(7, 1)])
    look(sql.store)

    sticks = sql.store.values("pa_wang", Metric.GLUCOSE, *SPAN, kinds={Kind.METER})

    assert (len(sticks), list(sticks.kind)) == (1, [Kind.METER])


def test_a_meter_is_read_value_by_value(sql: Sql) -> None:
    sql.store.append([glucose(6 * 60 * n, n) for n in range(1500)])

    sql.store.values("pa_wang", Metric.GLUCOSE, NOON, NOON + 400 * DAY)

    assert sql.kept() == 0


def test_readings_that_are_there_already_throw_nothing_away(sql: Sql) -> None:
    sql.store.append(sensed())
    look(sql.store)

    sql.store.append(sensed()[:500])

    assert sql.kept() == 6


def test_an_erasure_takes_the_days_of_that_patient_along(sql: Sql) -> None:
    for patient in ("pa_wang", "pa_li"):
        sql.store.append(sensed(patient))
        look(sql.store, patient)

    sql.store.erase_patient("pa_wang")

    assert sql.kept() == 6
    assert look(sql.store) == read(sql.store) == [[]] * 6


def test_a_look_while_somebody_writes_waits_for_nobody_and_keeps_nothing(sql: Sql) -> None:
    sql.store.append(sensed())
    with sql.engine.begin() as connection:
        sql.store.append([glucose(1, 1)], within=connection)

        found = look(sql.store)

    assert (len(found[0]), sql.kept()) == (5 * 288, 0)
    assert look(sql.store) == read(sql.store)
    assert sql.kept() == 6


def test_values_are_told_though_no_day_can_be_kept(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'readings.db'}")
    store = SqlReadingStore(engine)
    store.make_tables()
    store.append(sensed())
    with engine.begin() as connection:
        full = "CREATE TRIGGER full BEFORE INSERT ON reading_day BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        connection.execute(text(full))

    found = look(store)

    assert found == read(store)
    assert len(found[0]) == 5 * 288


def test_days_that_were_thrown_away_are_gone_from_the_files_with_the_patient(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'readings.db'}")
    some = sensed()
    store.append([glucose(patient="pa_li")])
    store.erase_patient("pa_li")
    store.append(some)
    look(store)
    secrets = [pack("<2q", to_ms(one.taken_at), to_ms(next_one.taken_at)) for one, next_one in pairwise(some)]
    before = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    store.append([glucose(1440 * day + 7, day) for day in range(5)])

    store.erase_patient("pa_wang")
    after = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert any(secret in before for secret in secrets)
    assert not any(secret in after for secret in secrets)


def test_a_copy_throws_away_what_was_kept_of_days_to_which_it_brings_more(tmp_path: Path) -> None:
    source, target = (open_store(f"sqlite:///{tmp_path / name}") for name in ("from.db", "to.db"))
    journal = CopyJournal(tmp_path / "journal", "from", "to")
    source.append(sensed())
    Copying(source, target, journal).bring("pa_wang")
    look(target)
    source.append([glucose(60 * hour + 1, hour) for hour in range(100)])

    Copying(source, target, journal).bring("pa_wang")
    journal.close()

    assert look(target) == read(source)


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, int]]:
    """What happens to a patient's readings, one thing after the other, and at which hour."""
    happens = st.sampled_from(["days", "late", "look", "look", "erase"])
    return draw(st.lists(st.tuples(happens, st.integers(-30, 200)), min_size=2, max_size=7))


@given(history=steps())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_whatever_happened_the_days_kept_tell_what_the_readings_tell(
    sql: Sql, history: list[tuple[str, int]]
) -> None:
    patient = f"pa_{next(numbers)}"
    sql.store.append(sensed(patient))
    for what, hour in history:
        at = NOON + timedelta(hours=hour)
        if what == "days":
            sql.store.append(sensed(patient, days=2, first=at + timedelta(minutes=2)))
        elif what == "late":
            sql.store.append([glucose(60 * hour + 1, 7, "4.40", patient, "another")])
        elif what == "erase":
            sql.store.erase_patient(patient)
            sql.store.append(sensed(patient, first=at))
        else:
            assert look(sql.store, patient) == read(sql.store, patient)

    assert look(sql.store, patient) == read(sql.store, patient)
    assert look(sql.store, patient) == read(sql.store, patient)
