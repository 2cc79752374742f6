"""Files that people sent lie sealed on the disk, and are read as they were, also those from before."""

import io
from pathlib import Path

import pytest
from sqlalchemy import update

from companion.cli.jobs import _long_work
from companion.db import writing
from companion.devices.models import Quarantined
from companion.errors import BadInput, Unavailable
from companion.originals import FolderOriginals
from companion.sealing import data_keys, older, rotating
from companion.sealing.cipher import BrokenSealError
from companion.sealing.data_keys import DataKey
from companion.sealing.keyring import KeyRing, use_keys
from companion.sealing.master import MasterKeyFile
from companion.sealing.stream import HEAD_BYTES
from tests.sealing.kept import set_aside, texts
from tests.world import World

CONTENT = b"time,glucose (mg/dL)\n2026-03-01 08:00,140\n"


def keep(world: World, content: bytes = CONTENT) -> tuple[str, Path]:
    """Its digest, and where it lies."""
    kept = world.services.originals.keep(world.anna.public_id, io.BytesIO(content), len(content))
    return kept.sha256, world.services.settings.originals_folder / world.anna.public_id / kept.sha256


def keep_as_before(world: World, content: bytes = CONTENT) -> Path:
    plain = FolderOriginals(world.services.settings.originals_folder)
    kept = plain.keep(world.anna.public_id, io.BytesIO(content), len(content))
    return world.services.settings.originals_folder / world.anna.public_id / kept.sha256


def read(world: World, sha256: str) -> bytes:
    with world.services.originals.get(world.anna.public_id, sha256).open("rb") as stream:
        return stream.read()


def test_a_file_is_sealed_under_the_digest_of_what_was_sent(world: World) -> None:
    sha256, path = keep(world)

    assert read(world, sha256) == CONTENT
    assert b"glucose" not in path.read_bytes()
    key = world.only(DataKey, person_id=world.anna.id)
    assert bytes.fromhex(key.id) in path.read_bytes()[:HEAD_BYTES]


def test_a_file_of_nobody_is_refused_and_leaves_nothing(world: World) -> None:
    with pytest.raises(BadInput, match="nobody"):
        world.services.originals.keep("pa_nobody", io.BytesIO(CONTENT), 100)

    assert list((world.services.settings.originals_folder / "pa_nobody").iterdir()) == []


def test_with_its_key_destroyed_a_file_that_was_left_does_not_open(world: World) -> None:
    sha256, _path = keep(world)

    with world.engine.begin() as connection:
        data_keys.destroy(connection, world.anna.id, world.now)

    with pytest.raises(BrokenSealError):
        read(world, sha256)


def test_a_file_from_before_is_read_as_it_is_until_it_is_sealed(world: World) -> None:
    path = keep_as_before(world)
    before = read(world, path.name)

    list(older.steps(world.engine, world.services.originals, world.clock))

    assert before == read(world, path.name) == CONTENT
    assert b"glucose" not in path.read_bytes()


def test_all_that_is_from_before_is_sealed(world: World) -> None:
    for number in range(3):
        set_aside(world, f"words {number}")
        keep_as_before(world, CONTENT + bytes([65 + number]))
    with writing(world.engine) as session:
        session.execute(update(Quarantined).values(content="old words", sealed=None))
    before = older.count(world.engine, world.services.originals)

    done = sum(older.steps(world.engine, world.services.originals, world.clock))

    after = older.count(world.engine, world.services.originals)
    assert (before.rows["quarantined"], before.files, done) == (3, 3, 6)
    assert (set(after.rows.values()), after.files) == ({0}, 0)
    assert texts(world) == ["old words"] * 3
    assert not any(b"old words" in path.read_bytes() for path in world.folder.glob("companion.db*"))


def test_what_is_left_of_somebody_who_was_erased_keeps_nobody_else_waiting(world: World) -> None:
    for person in (world.anna, world.ben):
        set_aside(world, "old words", person.id)
    with writing(world.engine) as session:
        session.execute(update(Quarantined).values(content="old words", sealed=None))
        data_keys.destroy(session.connection(), world.anna.id, world.now)

    done = sum(older.steps(world.engine, world.services.originals, world.clock))

    assert done == 1
    assert {row.patient_id for row in world.all(Quarantined) if row.sealed} == {world.ben.id}


def test_a_file_forgotten_while_others_are_sealed_holds_nothing_up(world: World) -> None:
    there = {keep_as_before(world, content) for content in (b"a", b"b")}
    files = older._files(world.services.originals)
    _patient, first = next(files)
    (there - {first}).pop().unlink()

    assert list(files) == []
    assert first.exists()


def test_the_jobs_process_seals_step_by_step_until_nothing_is_left(world: World) -> None:
    path = keep_as_before(world)
    long_work = _long_work(world.services)

    for _ in range(3):
        long_work()

    assert older.count(world.engine, world.services.originals).files == 0
    assert read(world, path.name) == CONTENT


def test_the_jobs_process_goes_on_after_a_step_that_failed(world: World) -> None:
    rotating.check(world.engine)
    set_aside(world, "0201", world.ben.id)
    path, key = keep_as_before(world), world.folder / "master.key"
    long_work = _long_work(world.services)
    away = key.rename(world.folder / "away")
    use_keys(world.engine, KeyRing(MasterKeyFile(key)))  # with nothing in memory

    with pytest.raises(Unavailable):
        long_work()
    away.rename(key)
    long_work()

    assert b"glucose" not in path.read_bytes()


def test_on_postgresql_too(world_on_postgresql: World) -> None:
    world = world_on_postgresql
    set_aside(world, "old words")
    with writing(world.engine) as session:
        session.execute(update(Quarantined).values(content="old words", sealed=None))
    path = keep_as_before(world)

    done = sum(older.steps(world.engine, world.services.originals, world.clock))

    assert (done, world.only(Quarantined).content) == (2, "")
    assert (texts(world), read(world, path.name)) == (["old words"], CONTENT)
