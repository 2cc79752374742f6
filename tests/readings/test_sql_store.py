"""What only a store in an SQL database does: within the records' transaction, by COPY, in partitions, in one file."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, select

from companion.db import make_engine, partitions
from companion.errors import BadInput
from companion.readings.opening import open_store, refuse_what_cannot_erase
from companion.readings.reading import Metric, Reading
from companion.readings.sql_bulk import COPIED_FROM
from companion.readings.sql_names import reading_name
from companion.readings.sql_rows import PARTITIONS, reading_table
from companion.readings.sql_store import SqlReadingStore
from companion.readings.store import Appended, Capabilities
from tests.readings.backends import BACKENDS
from tests.readings.store_builders import everything, glucose


@dataclass
class Sql:
    """A store and the engine under it."""

    engine: Engine
    store: SqlReadingStore


@pytest.fixture(params=["sqlite", "postgresql"])
def sql(request: pytest.FixtureRequest) -> Iterator[Sql]:
    with BACKENDS[request.param](request) as url:
        engine = make_engine(url)
        store = SqlReadingStore(engine)
        store.make_tables()
        yield Sql(engine, store)
        engine.dispose()


@pytest.fixture
def on_postgresql(request: pytest.FixtureRequest) -> Iterator[Sql]:
    with BACKENDS["postgresql"](request) as url:
        engine = make_engine(url)
        store = SqlReadingStore(engine)
        store.make_tables()
        yield Sql(engine, store)
        engine.dispose()


def many(n: int = 2 * COPIED_FROM) -> list[Reading]:
    return [glucose(5 * number, number) for number in range(n)]


def test_a_transaction_rolled_back_leaves_no_reading_and_no_name_behind(sql: Sql) -> None:
    with sql.engine.connect() as connection, connection.begin() as transaction:
        sql.store.append([glucose(patient="pa_gone", device="gone")], within=connection)
        transaction.rollback()
    sql.store.append([glucose(value="5.5")])

    with sql.engine.connect() as connection:
        names = set(connection.scalars(select(reading_name.c.name)))
    assert names == {"pa_wang", "meter-1"}
    assert sql.store.latest("pa_gone", Metric.GLUCOSE) == []
    assert everything(sql.store) == [glucose(value="5.5")]


def test_a_transaction_sees_what_it_appended_and_nobody_else_does(sql: Sql) -> None:
    start, end = glucose().taken_at, glucose(1).taken_at

    with sql.engine.begin() as connection:
        sql.store.append([glucose()], within=connection)
        inside = sql.store.between("pa_wang", Metric.GLUCOSE, start, end, within=connection)
        outside = everything(sql.store)

    assert (inside, outside, everything(sql.store)) == ([glucose()], [], [glucose()])


def test_a_large_batch_is_taken_in_as_a_small_one_is(sql: Sql) -> None:
    batch = many()
    sql.store.append(batch[:3])

    appended = sql.store.append([*reversed(batch), glucose(0, 0, value="4.1")])

    assert appended == Appended(len(batch) - 3, 4)
    assert everything(sql.store) == batch


def test_two_large_batches_of_one_transaction_are_both_kept(sql: Sql) -> None:
    batch = many()

    with sql.engine.begin() as connection:
        first = sql.store.append(batch[: COPIED_FROM + 1], within=connection)
        second = sql.store.append(batch[COPIED_FROM - 1 :], within=connection)

    assert (first, second) == (Appended(COPIED_FROM + 1, 0), Appended(COPIED_FROM - 1, 2))
    assert everything(sql.store) == batch


def test_workers_that_start_at_once_make_the_tables_once(request: pytest.FixtureRequest) -> None:
    with BACKENDS["postgresql"](request) as url, ThreadPoolExecutor(4) as workers:
        stores = list(workers.map(open_store, [url] * 4))

        assert [store.append([glucose()]) for store in stores] == [Appended(1, 0)] + [Appended(0, 1)] * 3


def test_an_erasure_takes_the_names_of_the_patient_and_the_devices_along(sql: Sql) -> None:
    sql.store.append([glucose(device="file:x:Anna's meter"), glucose(patient="pa_li")])

    sql.store.erase_patient("pa_wang")

    with sql.engine.connect() as connection:
        names = set(connection.scalars(select(reading_name.c.name)))
    assert names == {"pa_li", "meter-1"}


def test_no_reading_is_left_under_a_number_that_nobody_has(sql: Sql) -> None:
    elsewhere = SqlReadingStore(make_engine(sql.engine.url.render_as_string(hide_password=False)))
    elsewhere.append([glucose()])
    sql.store.erase_patient("pa_wang")
    sql.store.append([glucose(patient="pa_li")])

    elsewhere.append([glucose(1)])

    assert everything(sql.store) == [glucose(1)]
    assert everything(sql.store, "pa_li") == [glucose(patient="pa_li")]


def test_erased_bytes_are_gone_from_the_files(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'readings.db'}")
    secret = b"something only this reading holds"
    store.append([reading._replace(raw=secret) for reading in many(50)])
    before = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    store.erase_patient("pa_wang")
    after = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert secret in before
    assert secret not in after
    assert b"pa_wang" not in after


def test_an_erasure_does_not_wait_for_somebody_who_reads(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'readings.db'}")
    store.append([*many(6000), glucose(patient="pa_li")])
    reader = store.export_patient("pa_wang")
    next(reader)

    store.erase_patient("pa_wang")

    assert len(list(reader)) == 5999
    assert everything(store) == []


def test_postgresql_parts_readings_by_patient(on_postgresql: Sql) -> None:
    on_postgresql.store.append([glucose(patient=f"pa_{n}") for n in range(64)])

    with on_postgresql.engine.connect() as connection:
        parts = partitions(connection)
        filled = [part for part in sorted(parts) if connection.exec_driver_sql(f"SELECT 1 FROM {part} LIMIT 1").all()]
        total = len(connection.execute(select(reading_table.c.patient)).all())

    assert len(parts) == PARTITIONS
    assert len(filled) > PARTITIONS // 2
    assert total == 64


def test_a_readings_database_of_an_older_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "readings.db"
    with sqlite3.connect(path) as old:
        old.execute("CREATE TABLE reading_name (id INTEGER PRIMARY KEY, name VARCHAR(160) NOT NULL UNIQUE)")

    with pytest.raises(BadInput, match="another version"):
        open_store(f"sqlite:///{path}")


@pytest.mark.parametrize("url", ["oracle://there", "here and there", "mysql://db/readings"])
def test_an_engine_nobody_knows_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="COMPANION_READINGS_URL"):
        open_store(url)


def test_a_store_that_cannot_erase_one_patient_is_refused(sql: Sql) -> None:
    class Keeps(SqlReadingStore):
        def capabilities(self) -> Capabilities:
            return Capabilities("KeepsAll 3", erases_patients=False, joins_records=False, counts_exactly=True)

    with pytest.raises(BadInput, match="COMPANION_READINGS_URL: KeepsAll 3 cannot erase one patient"):
        refuse_what_cannot_erase(Keeps(sql.engine), "COMPANION_READINGS_URL")


def test_postgresql_needs_no_word_about_its_driver(on_postgresql: Sql) -> None:
    plain = on_postgresql.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    store = open_store(plain)
    store.append([glucose()])

    assert make_url(plain).get_backend_name() == "postgresql"
    assert everything(store) == [glucose()]
