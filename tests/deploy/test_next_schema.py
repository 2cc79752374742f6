"""This version's code on the schema of the next one, which only adds: a column more in every table, and a table more.

So old and new processes can stand beside each other while the new version is brought up (docs/upgrading.md).
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from companion.care.audit import broken_entries
from companion.db import make_engine, partitions, reading
from companion.erasing.erase import Places, erase
from companion.messages.models import Message
from companion.reminders.doses.models import Dose
from tests.approvals import approve_increase
from tests.apps import app_over
from tests.world import World

ON_EITHER = pytest.mark.parametrize("world", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The small world, on a schema that was expanded under it."""
    on_server = getattr(request, "param", "sqlite") == "postgresql"
    url = request.getfixturevalue("postgresql_database") if on_server else ""
    made = World(tmp_path, database_url=url)
    expand(made.settings.database_url)
    yield made
    made.engine.dispose()


def expand(url: str) -> None:
    """What a next version may do."""
    engine = make_engine(url)
    with engine.begin() as connection:
        for table in sorted(set(inspect(connection).get_table_names()) - partitions(connection) - {"alembic_version"}):
            connection.execute(text(f'ALTER TABLE "{table}" ADD COLUMN of_next_version VARCHAR(10)'))
            connection.execute(text(f'ALTER TABLE "{table}" ADD COLUMN counted_by_next INTEGER NOT NULL DEFAULT 0'))
        connection.execute(text("CREATE TABLE made_by_next (id INTEGER PRIMARY KEY)"))
        connection.execute(text("UPDATE alembic_version SET version_num = 'next'"))
    engine.dispose()


@ON_EITHER
def test_the_whole_loop_runs(world: World) -> None:
    suggestion = approve_increase(world)

    world.beat_until(world.local("2026-03-05 08:00"), step=timedelta(hours=3))
    world.text("1")
    world.beat()

    assert suggestion.state == "approved"
    assert "taken" in {dose.state for dose in world.all(Dose) if dose.due_at == world.local("2026-03-05 08:00")}
    assert {message.state for message in world.all(Message)} == {"handed_over"}
    with reading(world.engine) as session:
        assert list(broken_entries(session)) == []


def test_pages_are_ready(world: World) -> None:
    world.beat()
    world.services.beat(world.now)

    checks = app_over(world.services).test_client().get("/readyz").get_json()["checks"]

    assert {name for name, is_well in checks.items() if not is_well} <= {"heartbeat"}


def test_a_patient_can_be_erased(world: World) -> None:
    approve_increase(world)

    places = Places(world.stores, world.services.originals)
    erasure = erase(places, world.anna.public_id, by="test", now=world.now, keep_years=15)

    assert erasure.done_at == world.now
    assert world.readings() == []
