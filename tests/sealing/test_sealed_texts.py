"""A column of sealed text: sealed where it is kept, read as if it were not, and written by `seal_text` only."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, Text, select, text, type_coerce
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from companion.db import looking
from companion.sealing import data_keys
from companion.sealing.cipher import BrokenSealError
from companion.sealing.keyring import KeyRing, use_keys
from companion.sealing.known import BELIEVED_S
from companion.sealing.master import MasterKeyFile
from companion.sealing.texts import ERASED, MARK, SealedText, seal_text, stored
from tests.world import World

NOTE = Table(
    "note_of_tests",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("said", SealedText("note_of_tests.said")),
    Column("other", SealedText("note_of_tests.other")),
    Column("listed", SealedText("note_of_tests.listed", is_listed=True)),
)


@pytest.fixture
def notes(world: World) -> World:
    NOTE.create(world.engine)
    return world


def keep(world: World, said: str | None, of: int | None = None) -> None:
    with world.engine.begin() as connection:
        sealed = seal_text(connection, of or world.anna.id, NOTE.c.said, said, world.now)
        connection.execute(NOTE.insert().values(said=sealed))


def read(world: World) -> list[str | None]:
    with looking(world.engine) as connection:
        return list(connection.scalars(select(NOTE.c.said).order_by(NOTE.c.id)))


def listed(world: World) -> str | None:
    with looking(world.engine) as connection:
        return connection.scalar(select(NOTE.c.listed))


def kept(world: World) -> list[str]:
    with looking(world.engine) as connection:
        return list(connection.scalars(select(type_coerce(NOTE.c.said, Text)).order_by(NOTE.c.id)))


def with_nothing_in_memory(world: World) -> None:
    use_keys(world.engine, KeyRing(MasterKeyFile(world.folder / "master.key")))


def test_a_text_is_sealed_where_it_is_kept_and_read_as_it_was(notes: World) -> None:
    keep(notes, "my private trouble 心")

    with_nothing_in_memory(notes)

    assert read(notes) == ["my private trouble 心"]
    assert kept(notes)[0].startswith(MARK)
    assert "private" not in kept(notes)[0]


def test_nothing_and_an_empty_text_stay_what_they_are(notes: World) -> None:
    keep(notes, None)
    keep(notes, "")

    assert (read(notes), kept(notes)) == ([None, ""], [None, ""])


def test_a_text_from_before_is_read_as_it_is(notes: World) -> None:
    with notes.engine.begin() as connection:
        connection.execute(text("INSERT INTO note_of_tests (said) VALUES ('from before')"))

    assert read(notes) == ["from before"]


def test_a_text_that_nobody_sealed_is_refused_without_telling_it(notes: World) -> None:
    with pytest.raises(StatementError) as refused, notes.engine.begin() as connection:
        connection.execute(NOTE.insert().values(said="my private trouble"))

    assert "seal_text" in str(refused.value)
    assert "private" not in str(refused.value)


def test_a_text_sealed_for_another_column_is_refused(notes: World) -> None:
    with notes.engine.begin() as connection:
        other = seal_text(connection, notes.anna.id, NOTE.c.other, "words", notes.now)

    with pytest.raises(StatementError, match=r"note_of_tests\.said"), notes.engine.begin() as connection:
        connection.execute(NOTE.insert().values(said=other))


@pytest.mark.parametrize(
    "compare",
    [
        lambda column: column == "words",
        lambda column: column.icontains("words"),
        lambda column: column.in_(["words"]),
        lambda column: column.desc(),
        lambda column: "words" + column,
    ],
)
def test_it_is_not_compared_in_sql(compare: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="sealed"):
        compare(NOTE.c.said)


def test_whether_there_is_one_may_be_asked(notes: World) -> None:
    keep(notes, None)
    keep(notes, "words")

    with looking(notes.engine) as connection:
        found = connection.scalars(select(NOTE.c.said).where(NOTE.c.said.is_not(None), NOTE.c.said != None)).all()  # noqa: E711

    assert found == ["words"]


def test_a_text_that_was_changed_does_not_open(notes: World) -> None:
    keep(notes, "words")
    with notes.engine.begin() as connection:
        connection.execute(text("UPDATE note_of_tests SET said = substr(said, 1, 60) || 'AAAA' || substr(said, 65)"))

    with pytest.raises(BrokenSealError, match=r"note_of_tests\.said"):
        read(notes)


def test_a_text_moved_to_another_column_does_not_open(notes: World) -> None:
    keep(notes, "words")
    with notes.engine.begin() as connection:
        connection.execute(text("UPDATE note_of_tests SET other = said"))

    with pytest.raises(BrokenSealError), looking(notes.engine) as connection:
        connection.execute(select(NOTE.c.other)).all()


def test_under_a_destroyed_key_it_says_that_it_is_erased(notes: World) -> None:
    keep(notes, "words")
    keep(notes, "of Ben", notes.ben.id)
    with notes.engine.begin() as connection:
        data_keys.destroy(connection, notes.anna.id, notes.now)

    with_nothing_in_memory(notes)

    assert read(notes) == [ERASED, "of Ben"]


def test_a_key_destroyed_by_another_process_is_believed_for_five_minutes_only(notes: World) -> None:
    uptime = [0.0]
    ring = KeyRing(MasterKeyFile(notes.folder / "master.key"), lambda: uptime[0])
    use_keys(notes.engine, ring)
    keep(notes, "words")
    with notes.engine.begin() as connection:
        data_keys.destroy(connection, notes.anna.id, notes.now)

    before, uptime[0] = read(notes), BELIEVED_S

    assert (before, read(notes)) == (["words"], [ERASED])


def test_what_a_listed_text_said_is_remembered_as_long_as_there_is_its_key(notes: World) -> None:
    uptime = [0.0]
    ring = KeyRing(MasterKeyFile(notes.folder / "master.key"), lambda: uptime[0])
    use_keys(notes.engine, ring)
    with notes.engine.begin() as connection:
        name = seal_text(connection, notes.anna.id, NOTE.c.listed, "Anna", notes.now)
        connection.execute(NOTE.insert().values(listed=name))
    said = [listed(notes), listed(notes)]

    with notes.engine.begin() as connection:
        data_keys.destroy(connection, notes.anna.id, notes.now)
    uptime[0] = BELIEVED_S

    assert (said, listed(notes)) == (["Anna", "Anna"], ERASED)


def test_what_a_transaction_sealed_it_also_reads(world_on_postgresql: World) -> None:
    world = world_on_postgresql
    NOTE.create(world.engine)

    with Session(world.engine) as session:
        sealed = seal_text(session, world.ben.id, NOTE.c.said, "words", world.now)
        session.execute(NOTE.insert().values(said=sealed))
        found = session.scalars(select(NOTE.c.said)).all()

    assert found == ["words"]


def test_keys_of_many_people_are_looked_up_together(notes: World) -> None:
    for person in (notes.anna, notes.ben, notes.cora):
        keep(notes, person.public_id, person.id)
    with_nothing_in_memory(notes)

    read(notes)

    ring = notes.engine.get_execution_options()["companion_sealing_keys"]
    keys = [notes.only(data_keys.DataKey, person_id=person.id) for person in (notes.ben, notes.cora)]
    assert all(ring.known.get(key.id) for key in keys)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_kept_of_any_text_is_one_line_of_letters_that_a_database_takes(said: str) -> None:
    value = stored(b"k" * 32, b"i" * 8, said, "table.column")

    assert value.startswith(MARK)
    assert value[len(MARK) :].isascii()
    assert value[len(MARK) :].isprintable()
