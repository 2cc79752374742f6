"""A new master key while the service runs: nothing is unreadable meanwhile, and cut off it is gone on with."""

from datetime import timedelta

import pytest

from companion.care.people import Role
from companion.db import looking, writing
from companion.errors import BadInput, Unavailable
from companion.sealing import data_keys, rotating
from companion.sealing.data_keys import DataKey
from companion.sealing.master import MasterKeyFile
from tests.sealing.kept import set_aside, texts
from tests.world import World


def masters(world: World) -> MasterKeyFile:
    return MasterKeyFile(world.folder / "master.key")


def sealed_for_two(world: World) -> MasterKeyFile:
    for text, person in (("one", world.anna), ("two", world.ben)):
        set_aside(world, text, person.id)
    return masters(world)


def test_everything_opens_before_between_and_after(world: World) -> None:
    file = sealed_for_two(world)

    file.add()
    between = texts(world)
    wrapped = rotating.wrap_anew(world.engine, lambda _n: None)

    assert wrapped == len(world.all(DataKey))
    assert between == texts(world) == ["one", "two"]
    assert {key.master for key in world.all(DataKey)} == {file.ids()[-1]}


def test_a_second_turn_finds_nothing_to_do(world: World) -> None:
    sealed_for_two(world).add()
    rotating.wrap_anew(world.engine, lambda _n: None)

    assert rotating.wrap_anew(world.engine, lambda _n: None) == 0


def test_cut_off_it_is_done_by_calling_it_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed_for_two(world).add()
    monkeypatch.setattr(rotating, "AT_ONCE", 1)

    def cut_off(_n: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotating.wrap_anew(world.engine, cut_off)

    assert texts(world) == ["one", "two"]
    assert rotating.wrap_anew(world.engine, lambda _n: None) == len(world.all(DataKey)) - 1


def test_a_change_that_was_cut_off_is_gone_on_with_and_a_finished_one_is_followed_by_another(world: World) -> None:
    file = sealed_for_two(world)

    rotating.begin(world.engine, file)
    rotating.begin(world.engine, file)
    after_cut_off = file.ids()
    rotating.wrap_anew(world.engine, lambda _n: None)
    rotating.begin(world.engine, file)

    assert len(after_cut_off) == 2
    assert file.ids()[:2] == after_cut_off
    assert len(file.ids()) == 3


def test_a_start_asks_for_every_master_key_that_wraps_anything(world: World) -> None:
    file = sealed_for_two(world)
    old = file.path.read_bytes()
    file.add()
    with writing(world.engine) as session:
        world.add(session, Role.CAREGIVER, "Dora", None)
    file.keep_newest()

    with pytest.raises(Unavailable, match="is not here"):
        rotating.check(world.engine)

    file.path.write_bytes(old)
    with pytest.raises(Unavailable, match="is not here"):
        rotating.check(world.engine)


def test_older_master_keys_go_only_when_they_wrap_nothing(world: World) -> None:
    file = sealed_for_two(world)
    file.add()

    with pytest.raises(BadInput, match="still wraps"):
        rotating.forget_older(world.engine, file)
    rotating.wrap_anew(world.engine, lambda _n: None)
    rotating.forget_older(world.engine, file)

    assert len(file.ids()) == 1
    assert texts(world) == ["one", "two"]


def test_a_key_destroyed_meanwhile_stays_destroyed(world: World) -> None:
    file = sealed_for_two(world)
    with world.engine.begin() as connection:
        data_keys.destroy(connection, world.anna.id, world.now + timedelta(hours=1))
    file.add()

    rotating.wrap_anew(world.engine, lambda _n: None)
    rotating.forget_older(world.engine, file)

    with looking(world.engine) as connection:
        assert data_keys.is_destroyed(connection, world.anna.id)
        assert sum(data_keys.wrapped_by(connection).values()) == len(world.all(DataKey)) - 1


def test_on_postgresql_too(world_on_postgresql: World) -> None:
    file = sealed_for_two(world_on_postgresql)
    file.add()

    rotating.wrap_anew(world_on_postgresql.engine, lambda _n: None)
    rotating.forget_older(world_on_postgresql.engine, file)

    assert texts(world_on_postgresql) == ["one", "two"]
