"""The daily anchor: once a day, in the table, the log and a folder; and what the databases refuse."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from companion.care.anchor import parse, public_key_of
from companion.care.anchors import anchor_daily, kept_anchors, signing_key
from companion.care.audit import note, use_keys
from companion.care.audit_check import check
from companion.care.audit_keys import KeyRing
from companion.care.read_log import hash_reads, note_reads
from companion.db import Base, make_engine, reading, writing
from companion.errors import BadInput
from companion.migrations import upgrade
from tests.servers import own_database

TABLES = ("audit_entry", "audit_anchor", "read_log")
NOW = datetime(2026, 3, 4, 23, 59, tzinfo=UTC)


@pytest.fixture
def engine(database: str, tmp_path: Path) -> Iterator[Engine]:
    """An act, and a read in its batch."""
    engine = make_engine(database)
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in TABLES])
    use_keys(engine, KeyRing(tmp_path / "audit.key"))
    act(engine)
    note_reads(engine, who="cl_1", patients=["pa_1"], kind="x", route="y", now=NOW)
    hash_reads(engine, NOW)
    yield engine
    engine.dispose()


def act(engine: Engine) -> None:
    with writing(engine) as session:
        note(session, actor="cl_1", action="looked", now=NOW)


def make(engine: Engine, tmp_path: Path, now: datetime = NOW, folder: str = "published") -> None:
    anchor_daily(engine, tmp_path / "anchor.pem", tmp_path / folder, now)


def found(engine: Engine) -> list[tuple[str, int]]:
    with reading(engine) as session:
        return [(where, anchor.entry) for where, anchor in kept_anchors(session)]


def test_there_is_one_a_day_in_the_table_and_in_the_folder_and_both_hold(engine: Engine, tmp_path: Path) -> None:
    make(engine, tmp_path)
    act(engine)
    make(engine, tmp_path, NOW + timedelta(seconds=59))
    make(engine, tmp_path, NOW + timedelta(minutes=1))

    files = sorted((tmp_path / "published").iterdir())
    published = [anchor for file in files for anchor in parse(file.read_text(), file.name)]

    assert found(engine) == [
        ("the database's anchor of 2026-03-04", 2), ("the database's anchor of 2026-03-05", 3),
    ]  # fmt: skip
    assert [file.name for file in files] == [f"companion-anchor-2026-03-0{day}.json" for day in (4, 5)]
    with reading(engine) as session:
        kept = [anchor for _, anchor in kept_anchors(session)]
        report = check(session, kept_anchors(session), {public_key_of(signing_key(tmp_path / "anchor.pem"))})
    assert published == kept
    assert (report.anchors, report.faults) == (2, [])


def test_cut_off_between_file_and_row_the_day_still_gets_its_row_and_keeps_its_file(
    engine: Engine, tmp_path: Path
) -> None:
    make(engine, tmp_path)
    file = tmp_path / "published" / "companion-anchor-2026-03-05.json"
    file.write_text("the one that was published before the crash")

    make(engine, tmp_path, NOW + timedelta(minutes=1))

    assert len(found(engine)) == 2
    assert file.read_text().startswith("the one that was published")


def test_a_folder_that_cannot_be_written_is_told_and_the_day_stays_without(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BadInput, match="cannot be written"):
        make(engine, tmp_path, folder="file/inside")

    assert found(engine) == []


def test_the_signing_key_is_its_owners_only_and_stays(tmp_path: Path) -> None:
    first, again = signing_key(tmp_path / "a.pem"), signing_key(tmp_path / "a.pem")

    assert public_key_of(first) == public_key_of(again)
    assert (tmp_path / "a.pem").stat().st_mode & 0o777 == 0o600


def test_another_file_is_no_signing_key(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text(json.dumps({}))

    with pytest.raises(BadInput, match="is not a private Ed25519 key"):
        signing_key(tmp_path / "a.pem")


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_changed_taken_out_or_replaced_and_no_table_emptied(protected: Engine, table: str) -> None:
    replaced = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    emptied = f"TRUNCATE {table}"
    statements = [
        f"UPDATE {table} SET id = id + 1",
        f"DELETE FROM {table}",
        replaced if protected.dialect.name == "sqlite" else emptied,
    ]

    for statement in statements:
        with pytest.raises(DatabaseError, match=f"{table} is history"), protected.begin() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def protected(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The schema that the migrations make, with its triggers, and a row in each table."""
    folder = tmp_path_factory.mktemp("protected")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'a.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(own_database(request.getfixturevalue("postgresql_url")))
        engine = make_engine(url)
        stack.callback(engine.dispose)
        upgrade(engine)
        use_keys(engine, KeyRing(folder / "audit.key"))
        act(engine)
        note_reads(engine, who="cl_1", patients=["pa_1"], kind="x", route="y", now=NOW)
        make(engine, folder)
        yield engine
