"""What people sent and said is sealed in the database, each under the key of whose it is."""

import secrets

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from companion.db import looking, writing
from companion.devices.models import Quarantined
from companion.errors import BadInput, Unavailable
from companion.messages.channel import InboundText
from companion.messages.models import Inbound
from companion.replies import take_reply
from companion.sealing import data_keys
from companion.sealing.cipher import BrokenSealError
from companion.sealing.columns import INBOUND, QUARANTINED, sealer, texts_by_id
from companion.sealing.data_keys import DataKey
from companion.sealing.keyring import KeyRing, use_keys
from companion.sealing.master import MasterKeyFile, MasterKeyText
from tests.sealing.kept import set_aside, texts
from tests.world import World


def test_a_value_set_aside_is_sealed_and_read_again(world: World) -> None:
    set_aside(world, "0201")

    row = world.only(Quarantined)

    assert texts(world) == ["0201"]
    assert (row.content, b"0201" in (row.sealed or b"")) == ("", False)


def test_a_text_that_came_is_sealed_and_read_again(world: World) -> None:
    world.text("my private trouble")

    row = world.only(Inbound)

    with looking(world.engine) as connection:
        assert texts_by_id(connection, INBOUND, [row]) == {row.id: "my private trouble"}
    assert (row.body, b"private" in (row.sealed or b"")) == ("", False)


def test_nothing_of_it_is_in_the_file_of_the_database(world: World) -> None:
    set_aside(world, "unmistakable words")

    files = [path.read_bytes() for path in world.folder.glob("companion.db*")]

    assert not any(b"unmistakable words" in content for content in files)


def test_everybody_has_a_key_of_their_own_and_one_only(world: World) -> None:
    for text, person in (("one", world.anna), ("two", world.anna), ("three", world.ben)):
        set_aside(world, text, person.id)

    keys = [key for key in world.all(DataKey) if key.person_id in (world.anna.id, world.ben.id)]

    assert {key.person_id for key in keys} == {world.anna.id, world.ben.id}
    assert len(keys) == len({key.wrapped for key in keys}) == 2
    assert sorted(texts(world)) == ["one", "three", "two"]


def test_a_value_moved_to_another_row_does_not_open(world: World) -> None:
    for text in ("one", "two"):
        set_aside(world, text)
    first, second = world.all(Quarantined)
    with writing(world.engine) as session:
        session.execute(update(Quarantined).where(Quarantined.id == first.id).values(sealed=second.sealed))

    with pytest.raises(BrokenSealError, match=r"quarantined\.content"):
        texts(world)


def test_a_row_from_before_there_was_sealing_is_read_as_it_is(world: World) -> None:
    set_aside(world, "0201")
    with writing(world.engine) as session:
        session.execute(update(Quarantined).values(content="0201", sealed=None))

    assert texts(world) == ["0201"]


def test_with_the_key_destroyed_nothing_opens_and_nothing_new_is_kept(world: World) -> None:
    set_aside(world, "0201")
    assert texts(world) == ["0201"], "the process has the key in memory"

    with world.engine.begin() as connection:
        was_there = data_keys.destroy(connection, world.anna.id, world.now)

    key = world.only(DataKey, person_id=world.anna.id)
    assert (was_there, key.wrapped, key.destroyed_at) == (True, None, world.now)
    with pytest.raises(BrokenSealError):
        texts(world)
    with pytest.raises(BadInput, match="was erased"):
        set_aside(world, "0202")


def test_a_key_is_not_destroyed_while_something_is_sealed_with_it(world_on_postgresql: World) -> None:
    world = world_on_postgresql
    set_aside(world, "0201")

    with world.engine.connect() as seals, world.engine.connect() as erases:
        sealer(seals, QUARANTINED, world.anna.id, world.now)
        erases.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            data_keys.destroy(erases, world.anna.id, world.now)

    assert texts(world) == ["0201"]


def test_a_key_of_a_transaction_that_was_rolled_back_seals_nothing(world: World) -> None:
    with Session(world.engine) as session:
        sealer(session.connection(), QUARANTINED, world.anna.id, world.now)
        session.rollback()

    set_aside(world, "kept")

    use_keys(world.engine, KeyRing(MasterKeyFile(world.folder / "master.key")))  # with nothing in memory
    assert texts(world) == ["kept"]


def test_a_lost_master_key_is_told_and_no_second_one_takes_its_place(world: World) -> None:
    set_aside(world, "0201")
    (world.folder / "master.key").rename(world.folder / "elsewhere")
    use_keys(world.engine, KeyRing(MasterKeyFile(world.folder / "master.key")))

    for person in (world.anna, world.ben):
        with pytest.raises(Unavailable, match="is not here"):
            set_aside(world, "0202", person.id)

    assert not (world.folder / "master.key").exists()
    with pytest.raises(Unavailable, match="master key"):
        texts(world)


def test_another_master_key_opens_nothing_and_wraps_nothing(world: World) -> None:
    set_aside(world, "0201")
    use_keys(world.engine, KeyRing(MasterKeyText(secrets.token_hex(32))))

    with pytest.raises(Unavailable):
        texts(world)
    with pytest.raises(Unavailable):
        set_aside(world, "0202", world.ben.id)


def test_a_text_of_nobody_stays_as_it_came(world: World) -> None:
    inbound = InboundText("in-1", "+499999999", "wrong number", None)

    take_reply(world.engine, inbound, "console", world.now)

    row = world.only(Inbound)
    assert (row.person_id, row.body, row.sealed) == (None, "wrong number", None)
