"""The records move to another engine: every table, all or nothing, and the service goes on there."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import DBAPIError

from companion.care.audit import broken_entries
from companion.care.people import Person, Role
from companion.cli import companion
from companion.clock import system_clock
from companion.db import make_engine, reading, writing
from companion.errors import BadInput
from companion.jobs import note_beat
from companion.migrations import downgrade, upgrade
from companion.migrations.copying import READINGS, copy_records, tables
from companion.readings.opening import open_store
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from tests.keys import from_before, with_keys
from tests.migrations.test_migrations import counts, fill, join_the_ends
from tests.servers import own_database
from tests.world import World


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = with_keys(make_engine(f"sqlite:///{tmp_path / 'a.db'}"))
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    with own_database(postgresql_url) as url:
        engine = with_keys(make_engine(url))
        yield engine
        engine.dispose()


@pytest.fixture
def full(sqlite: Engine) -> Engine:
    return filled(sqlite)


def filled(engine: Engine) -> Engine:
    """Something in every table, also in those that point at each other."""
    upgrade(engine)
    fill(engine)
    join_the_ends(engine)
    return engine


class Moved(NamedTuple):
    before: Engine
    after: Engine


@pytest.fixture(scope="module")
def moved(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """A full database, and what became of it on PostgreSQL."""
    before = filled(with_keys(make_engine(f"sqlite:///{tmp_path_factory.mktemp('moved') / 'a.db'}")))
    with own_database(postgresql_url) as url:
        after = with_keys(make_engine(url))
        copy_records(before, after)
        yield Moved(before, after)
        after.dispose()


def test_every_table_moves_to_postgresql_and_back(full: Engine, postgresql: Engine, tmp_path: Path) -> None:
    back = with_keys(make_engine(f"sqlite:///{tmp_path / 'back.db'}"))

    out = copy_records(full, postgresql)
    home = copy_records(postgresql, back)

    expected = {name: n for name, n in counts(full).items() if name not in READINGS}
    assert {name: proof.rows for name, proof in out.items()} == expected
    assert home == out
    assert min(expected.values()) == 1


def test_new_rows_get_numbers_behind_the_copied_ones(moved: Moved) -> None:
    with writing(moved.after) as session:
        name = from_before(Person.name, "Dr New")
        added = Person(
            public_id="cl_new", role=Role.CLINICIAN, name=name, language="en", zone="UTC", created_at=system_clock()
        )
        session.add(added)
        session.flush()
        number = added.id
        session.rollback()

    assert number == 3


@pytest.mark.parametrize("table", ["audit_entry", "regimen_revision"])
def test_history_stays_history(moved: Moved, table: str) -> None:
    with pytest.raises(DBAPIError, match="history"), moved.after.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM {table}")


def test_keys_are_held_at_once_again(moved: Moved) -> None:
    with moved.after.connect() as connection:
        waiting = connection.exec_driver_sql("SELECT count(*) FROM pg_constraint WHERE condeferrable").scalar_one()

    assert waiting == 0


def test_a_row_that_points_at_nobody_stops_it_and_nothing_was_copied(full: Engine, postgresql: Engine) -> None:
    raw = full.raw_connection()
    raw.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    raw.driver_connection.execute("UPDATE alert SET dose_id = 99")  # type: ignore[union-attr]
    raw.close()

    with pytest.raises(DBAPIError):
        copy_records(full, postgresql)

    assert [name for name, n in counts(postgresql).items() if n] == []


def test_a_database_that_holds_something_is_left_alone(moved: Moved) -> None:
    with pytest.raises(BadInput, match="TO: holds something already: absence"):
        copy_records(*moved)


@pytest.mark.parametrize("revision", ["base", "-1"])
def test_another_version_of_the_schema_is_refused(sqlite: Engine, tmp_path: Path, revision: str) -> None:
    upgrade(sqlite)
    downgrade(sqlite, revision)

    with pytest.raises(BadInput, match="FROM: has the schema of another version"):
        copy_records(sqlite, make_engine(f"sqlite:///{tmp_path / 'b.db'}"))


def test_the_service_goes_on_where_it_was(tmp_path: Path, postgresql: Engine) -> None:
    old = World(_folder(tmp_path / "old"))
    old.clock.instant = old.local("2026-03-05 06:00")
    old.prescribe()
    old.measure(120)
    old.beat()
    url = postgresql.url.render_as_string(hide_password=False)

    copy_records(old.engine, postgresql)
    store = open_store(url)
    assert store.append(list(old.stores.readings.export_patient(old.anna.public_id))).new == 1
    new = _moved(old, tmp_path / "new", url)
    said = new.beat_until(new.local("2026-03-05 08:00"))

    assert [text.to for text in said] == [old.anna.phone]
    assert [dose.state for dose in new.all(Dose)].count(DoseState.DUE.value) == 1
    assert [found.value for found in new.readings()] == [120]
    with reading(new.engine) as session:
        assert list(broken_entries(session)) == []


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _moved(old: World, folder: Path, url: str) -> World:
    """The same people, from the other database."""
    (_folder(folder) / "companion.db").touch()  # nobody is added to a world that is there
    shutil.copy(old.folder / "master.key", folder)
    return World(folder, database_url=url, starts_at=old.now)


def test_nobody_is_lost_or_mixed_up(moved: Moved) -> None:
    everybody = select(Person.public_id, Person.role, Person.name).order_by(Person.id)

    with reading(moved.before) as before, reading(moved.after) as after:
        assert after.execute(everybody).all() == before.execute(everybody).all()


# The command


@pytest.fixture
def chosen(full: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and the database in it."""
    monkeypatch.chdir(tmp_path)
    full.dispose()
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(companion, ["db", "copy", *arguments])


def test_the_command_tells_what_it_proved(chosen: Path) -> None:
    result = run("sqlite:///a.db", "sqlite:///b.db")

    assert result.exit_code == 0, result.exception
    assert result.stdout.endswith(f"rows of {len(tables())} tables, compared and the same\n")


def test_or_tells_each_table_as_json(chosen: Path) -> None:
    result = run("sqlite:///a.db", "sqlite:///b.db", "--json")

    told = json.loads(result.stdout)
    assert told["person"]["rows"] == 2
    assert len(told["person"]["sha256"]) == 64


def test_a_service_that_still_beats_is_not_copied(chosen: Path) -> None:
    note_beat(make_engine("sqlite:///a.db"), system_clock())

    result = run("sqlite:///a.db", "sqlite:///b.db")

    assert "FROM: its jobs process still runs" in str(result.exception)
    assert not (chosen / "b.db").exists() or not inspect(make_engine("sqlite:///b.db")).get_table_names()


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("sqlite:///none.db", "sqlite:///b.db", "FROM: there is no such file"),
        ("sqlite:///a.db", "sqlite:///./a.db", "TO: is the same database"),
        ("sqlite:///a.db", "influxdb://host/db", "TO: no database of the kind 'influxdb'"),
        ("sqlite:///a.db", "postgresql+psycopg://c:geheim@127.0.0.1:1/x", "database: "),
        ("a.db", "sqlite:///b.db", "FROM: is not a URL"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, target: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.db").touch()

    result = run(source, target)

    assert isinstance(result.exception, BadInput), result.exception
    assert str(result.exception).startswith(said)
    assert "geheim" not in str(result.exception)
    assert "\n" not in str(result.exception)
