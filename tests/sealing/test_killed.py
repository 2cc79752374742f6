"""Who changes the master key, or seals what is from before, is killed after every step that lasts: whatever was
readable is readable, and the next process goes on where that one was."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import update

import companion
from companion.db import writing
from companion.devices.models import Quarantined
from companion.originals import FolderOriginals
from companion.sealing import older, rotating
from companion.sealing.data_keys import DataKey
from companion.sealing.keyring import KeyRing, use_keys
from companion.sealing.master import MasterKeyFile
from tests.forking import PROCESSES, forked_knowing
from tests.sealing.kept import set_aside, texts
from tests.world import World

knowing = forked_knowing("tests.world")
OURS = str(Path(companion.__file__).parent)
WORDS, CONTENT = ["one", "two"], b"time,glucose (mg/dL)\n"

Deed = Callable[[World], object]


def change_key(world: World) -> None:
    """What `companion keys rotate --forget-older` does."""
    file = MasterKeyFile(world.folder / "master.key")
    rotating.check(world.engine)
    rotating.begin(world.engine, file)
    rotating.wrap_anew(world.engine, lambda _n: None)
    rotating.forget_older(world.engine, file)


def seal(world: World) -> None:
    """What `companion keys seal` does."""
    rotating.check(world.engine)
    for _ in older.steps(world.engine, world.services.originals, world.clock):
        pass


def is_changed(world: World) -> bool:
    ids = MasterKeyFile(world.folder / "master.key").ids()
    return len(ids) == 1 and {key.master for key in world.all(DataKey)} == set(ids)


def is_sealed(world: World) -> bool:
    left = older.count(world.engine, world.services.originals)
    return not any(left.rows.values()) and left.files == 0


def check_readable(world: World, name: str) -> None:
    use_keys(world.engine, KeyRing(MasterKeyFile(world.folder / "master.key")))  # with nothing in memory
    assert texts(world) == WORDS
    with world.services.originals.get(world.anna.public_id, name).open("rb") as stream:
        assert stream.read() == CONTENT


def sizes(folder: Path) -> list[int]:
    """Every step that lasts makes a file longer or shorter, or makes one more or one less."""
    return sorted(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def die_after_step(folder: Path, step: int) -> None:
    """Looks before every line of ours whether something else stands on the disk; so often it is left alone."""
    seen = [sizes(folder)]

    def look(frame: FrameType, event: str, _argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line" and (there := sizes(folder)) != seen[-1]:
            seen.append(there)
            if len(seen) > step:
                os.kill(os.getpid(), signal.SIGKILL)
        return look

    sys.settrace(look)


def is_killed(world: World, deed: Deed, step: int) -> bool:
    """False where the deed ended before it came to so many steps."""
    world.engine.dispose()
    child = os.fork()
    if not child:
        die_after_step(world.folder, step)
        deed(world)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL)
    return status != 0


def kill_everywhere(home: Path, name: str, deed: Deed, is_done: Callable[[World], bool]) -> None:
    """In a process of its own without threads, which may fork."""
    shutil.copytree(home, folder := home.with_name("tried"))
    world, step, killed = World(folder), 0, True
    while killed:
        step += 1
        world.engine.dispose()
        shutil.rmtree(folder)
        shutil.copytree(home, folder)
        killed = is_killed(world, deed, step)
        check_readable(world, name)
        deed(world)
        assert is_done(world)
        check_readable(world, name)
    (home / "steps").write_text(str(step))


@pytest.mark.parametrize(("deed", "is_done"), [(change_key, is_changed), (seal, is_sealed)])
def test_killed_between_any_two_lines_nothing_is_lost_and_it_is_gone_on_with(
    tmp_path: Path, deed: Deed, is_done: Callable[[World], bool]
) -> None:
    (tmp_path / "home").mkdir()
    world = World(tmp_path / "home")
    for words, person in zip(WORDS, (world.anna, world.ben), strict=True):
        set_aside(world, words, person.id)
    plain = FolderOriginals(world.services.settings.originals_folder)
    name = plain.keep(world.anna.public_id, BytesIO(CONTENT), 100).sha256
    if deed is seal:
        with writing(world.engine) as session:
            its = Quarantined.patient_id == world.anna.id
            session.execute(update(Quarantined).where(its).values(content=WORDS[0], sealed=None))
    world.engine.dispose()

    process = PROCESSES.Process(target=kill_everywhere, args=(world.folder, name, deed, is_done))
    process.start()
    process.join(100)

    assert process.exitcode == 0
    assert int((world.folder / "steps").read_text()) > 6
