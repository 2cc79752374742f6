"""Each step of the schema's history by itself: the way down loses nothing unasked, and triggers outlive every step."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import Engine, inspect, text

from companion.cli import companion
from companion.db import Base, make_engine, partitions
from companion.errors import BadInput
from companion.migrations import config_for, downgrade, newer_revision, upgrade
from companion.migrations.going_back import go_back, what_is_lost
from tests.empty_database import copy_empty_database
from tests.migrations.test_migrations import counts, fill
from tests.servers import own_database

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'companion.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    with own_database(postgresql_url) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """An empty database of each kind."""
    empty: Engine = request.getfixturevalue(request.param)
    return empty


@pytest.fixture
def current(tmp_path: Path) -> Iterator[Engine]:
    """An SQLite file with the newest schema."""
    copy_empty_database(tmp_path)
    engine = make_engine(f"sqlite:///{tmp_path / 'companion.db'}")
    yield engine
    engine.dispose()


def revisions(engine: Engine) -> list[str]:
    """From the first to the last."""
    history = ScriptDirectory.from_config(config_for(engine)).walk_revisions()
    return [each.revision for each in history][::-1]


def triggers(engine: Engine) -> set[tuple[str, str]]:
    """Name and table of each of ours; those of partitions and of foreign keys are the engine's own."""
    said = {
        "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
    }
    with engine.connect() as connection:
        return {(name, table) for name, table in connection.execute(text(said[engine.dialect.name]))}


def tables(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(inspect(engine).get_table_names()) - partitions(connection)


def rows(engine: Engine) -> dict[str, int]:
    """By table, of those that have any."""
    with engine.connect() as connection:
        found = {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in tables(engine)}
    return {name: n for name, n in found.items() if n and name != "alembic_version"}


class Walk(NamedTuple):
    """All the way up, then down with a row in every table: the triggers at each revision, tables that lost theirs on
    the way up, and tables that lost rows on the way down without a word."""

    up: dict[str, set[tuple[str, str]]]
    down: dict[str, set[tuple[str, str]]]
    unguarded: set[str]
    untold: set[str]


def walk(engine: Engine) -> Walk:
    history, seen = revisions(engine), Walk({}, {}, set(), set())
    for revision in history:
        before = {table for _, table in triggers(engine)}
        upgrade(engine, revision)
        seen.up[revision] = triggers(engine)
        seen.unguarded.update(before & tables(engine) - {table for _, table in seen.up[revision]})
    fill(engine)
    for revision, older in pairwise([*reversed(history), "base"]):
        seen.down[revision] = triggers(engine)
        told, before_it = " ".join(what_is_lost(engine, older)), rows(engine)
        downgrade(engine, older)
        after = rows(engine)
        lost = {name for name, n in before_it.items() if after.get(name, 0) < n}
        seen.untold.update(f"{name} to {older}" for name in lost if f" of {name}" not in told)
    return seen


@pytest.mark.timeout(400)
def test_triggers_outlive_every_step_up_and_down_and_no_row_is_lost_untold(engine: Engine) -> None:
    seen = walk(engine)

    assert seen.down == seen.up
    assert seen.unguarded == set()
    assert len({table for _, table in max(seen.up.items())[1]}) >= 19  # as many tables of history on either engine
    assert seen.untold == set()


def test_the_way_down_is_refused_and_nothing_changed(engine: Engine) -> None:
    upgrade(engine)
    fill(engine)
    before = counts(engine)

    for older in ("0020", "0041"):
        with pytest.raises(BadInput, match="downgrade to"):
            go_back(engine, older)

    assert counts(engine) == before
    assert newer_revision(engine) is None


def test_what_would_be_lost_is_told_with_counts(current: Engine) -> None:
    fill_backups(current)

    assert list(what_is_lost(current, "0028")) == ["2 rows of backup_made"]


def fill_backups(engine: Engine) -> None:
    made = Base.metadata.tables["backup_made"]
    with engine.begin() as connection:
        for number in (1, 2):
            plain = {"id": number, "file": "a", "bytes": 1, "sha256": "x"}
            connection.execute(made.insert().values(plain | {"taken_at": AT, "done_at": AT}))


def test_an_empty_database_goes_down_unasked(current: Engine) -> None:
    go_back(current, "0028")

    assert "backup_made" not in tables(current)


def test_who_says_so_may_lose_it(current: Engine) -> None:
    fill_backups(current)

    go_back(current, "0028", may_lose=True)

    assert "backup_made" not in tables(current)


# The commands


@pytest.fixture
def chosen(current: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("COMPANION_DATABASE_URL", str(current.url))
    monkeypatch.setenv("COMPANION_SECRET_KEY", "k" * 40)
    return current


def test_the_command_refuses_and_says_how_to_go_on(chosen: Engine) -> None:
    fill_backups(chosen)

    refused = CliRunner().invoke(companion, ["db", "downgrade", "0028"])
    done = CliRunner().invoke(companion, ["db", "downgrade", "0028", "--lose"])

    assert "would lose 2 rows of backup_made (the version before runs on this schema" in str(refused.exception)
    assert done.exit_code == 0


def test_a_schema_of_the_next_version_is_left_as_it_is(chosen: Engine) -> None:
    with chosen.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    result = CliRunner().invoke(companion, ["db", "upgrade"])

    assert (result.exit_code, result.stderr) == (0, "the schema is 9999, of a newer version: left as it is\n")
