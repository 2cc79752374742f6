"""The way down leaves nothing that nobody can read, and writes nothing back in the clear."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, insert, inspect, select

from companion.care.people import Person
from companion.clock import EPOCH
from companion.db import make_engine
from companion.errors import BadInput
from companion.migrations import downgrade, upgrade
from companion.sealing.data_keys import DataKey
from tests.keys import from_before

SOMEBODY = {
    "id": 1, "public_id": "pa_1", "role": "patient", "name": from_before(Person.name, "Anna"),
    "language": "en", "zone": "UTC", "is_demo": False,
    "created_at": EPOCH,
}  # fmt: skip


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = make_engine(database)
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(insert(Person).values(SOMEBODY))
    yield engine
    engine.dispose()


def add_key(engine: Engine, wrapped: bytes | None) -> None:
    with engine.begin() as connection:
        key = {"id": "00" * 8, "person_id": 1, "master": "m", "wrapped": wrapped, "made_at": EPOCH}
        connection.execute(insert(DataKey).values(key))


def test_with_a_key_the_way_down_is_refused_and_nothing_is_changed(engine: Engine) -> None:
    add_key(engine, b"wrapped")

    with pytest.raises(BadInput, match="restore the backup"):
        downgrade(engine, "0027")

    with engine.connect() as connection:
        assert connection.scalar(select(DataKey.wrapped)) == b"wrapped"


def test_with_every_key_destroyed_it_goes_down_and_up_again(engine: Engine) -> None:
    add_key(engine, None)

    downgrade(engine, "0027")
    tables = set(inspect(engine).get_table_names())
    upgrade(engine)

    assert "data_key" not in tables
    assert "sealed" in {column["name"] for column in inspect(engine).get_columns("inbound")}
