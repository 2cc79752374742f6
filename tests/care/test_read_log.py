"""Who was shown what: rows that are there at once, and batches of them in the chain; on both engines."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, insert, select, text

from companion.care.audit import READS_HASHED, AuditEntry, note, use_keys
from companion.care.audit_check import check
from companion.care.audit_keys import KeyRing
from companion.care.read_log import ReadEntry, hash_reads, hashed_up_to, note_reads, unhashed
from companion.db import Base, make_engine, reading, writing

NOW = datetime(2026, 3, 4, 9, 30, 0, 123456, tzinfo=UTC)


def engine_at(url: str, keys: Path) -> Engine:
    engine = make_engine(url)
    use_keys(engine, KeyRing(keys))
    names = ("audit_entry", "audit_anchor", "read_log")
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in names])
    return engine


@pytest.fixture
def engine(database: str, tmp_path: Path) -> Iterator[Engine]:
    engine = engine_at(database, tmp_path / "audit.key")
    yield engine
    engine.dispose()


def look(engine: Engine, *patients: str, who: str = "cl_1") -> None:
    note_reads(engine, who=who, patients=patients, kind="see_readings", route="GET x", now=NOW)


def batches(engine: Engine) -> list[tuple[int, int, int]]:
    with reading(engine) as session:
        found = session.scalars(select(AuditEntry.details).where(AuditEntry.action == READS_HASHED))
        return [(told["after"], told["last"], told["rows"]) for told in found]


def test_a_look_is_a_row_a_patient_and_looking_at_nobody_is_none(engine: Engine) -> None:
    look(engine, "pa_1", "pa_2")
    look(engine)

    with reading(engine) as session:
        rows = session.scalars(select(ReadEntry).order_by(ReadEntry.id)).all()

    assert [(row.who, row.patient, row.kind, row.route) for row in rows] == [
        ("cl_1", "pa_1", "see_readings", "GET x"),
        ("cl_1", "pa_2", "see_readings", "GET x"),
    ]
    assert {row.at for row in rows} == {NOW.replace(microsecond=123000)}


def test_each_batch_begins_where_the_last_one_ended_and_nothing_new_is_no_entry(engine: Engine) -> None:
    look(engine, "pa_1", "pa_2")
    hashed = [hash_reads(engine, NOW), hash_reads(engine, NOW)]
    look(engine, "pa_3")
    hashed.append(hash_reads(engine, NOW))

    assert hashed == [2, 0, 1]
    assert batches(engine) == [(0, 2, 2), (2, 3, 1)]
    with reading(engine) as session:
        assert (hashed_up_to(session), unhashed(session)) == (3, 0)
        assert check(session).faults == []


def test_a_batch_that_was_cut_off_is_made_again_with_all_its_rows(engine: Engine) -> None:
    look(engine, "pa_1")

    def refuse(*_: object) -> None:
        raise KeyboardInterrupt

    from sqlalchemy import event

    event.listen(engine, "commit", refuse)
    with pytest.raises(KeyboardInterrupt):
        hash_reads(engine, NOW)
    event.remove(engine, "commit", refuse)

    assert batches(engine) == []
    assert hash_reads(engine, NOW) == 1
    with reading(engine) as session:
        assert check(session).faults == []


def test_looks_do_not_wait_for_whoever_writes_to_the_chain(postgresql_database: str, tmp_path: Path) -> None:
    engine = engine_at(postgresql_database, tmp_path / "audit.key")
    with writing(engine) as session:
        note(session, actor="cl_1", action="slow", now=NOW)

        look(engine, "pa_1")

        with reading(engine) as other:
            assert unhashed(other) == 1
    engine.dispose()


def test_a_row_that_comes_after_a_higher_number_is_in_its_batch(postgresql_database: str, tmp_path: Path) -> None:
    engine = engine_at(postgresql_database, tmp_path / "audit.key")
    row = {"at": NOW, "who": "cl_1", "patient": "pa_slow", "kind": "x", "route": "y"}
    begun, go_on = Event(), Event()

    def slowly() -> None:
        with engine.begin() as connection:
            connection.execute(insert(ReadEntry), [row])
            begun.set()
            go_on.wait(5)

    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(slowly)
        begun.wait(5)
        look(engine, "pa_quick")
        batch = threads.submit(hash_reads, engine, NOW)
        while not _waits_for_lock(engine):
            pass
        go_on.set()
        slow.result(5)

        assert batch.result(5) == 2
    assert batches(engine) == [(0, 2, 2)]
    engine.dispose()


def _waits_for_lock(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_several_processes_make_one_batch_of_the_same_rows(engine: Engine) -> None:
    look(engine, *(f"pa_{number}" for number in range(50)))

    with ThreadPoolExecutor(4) as processes:
        hashed = list(processes.map(lambda _: hash_reads(engine, NOW), range(4)))

    assert sorted(hashed) == [0, 0, 0, 50]
    assert batches(engine) == [(0, 50, 50)]


def test_the_newest_batch_is_found_by_its_index(sqlite_database: str, tmp_path: Path) -> None:
    engine = engine_at(sqlite_database, tmp_path / "audit.key")

    with engine.connect() as connection:
        query = "SELECT details FROM audit_entry WHERE action = 'reads.hashed' ORDER BY id DESC LIMIT 1"
        plan = str(connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())

    assert "SEARCH audit_entry USING INDEX" in plan
    assert "TEMP B-TREE" not in plan
    engine.dispose()
