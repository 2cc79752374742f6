"""A restore that is killed leaves the machine as empty as it was, or with a note that it is half restored: the service
does not start on that, and the note says how to start again."""

import shutil
import signal
from pathlib import Path

import pytest

from companion.backups import half_way
from companion.backups.leftovers import RESTORING
from companion.backups.make import Made
from companion.cli import jobs, run, serve
from companion.crash_points import Point
from companion.errors import BadInput
from companion.settings import Settings
from tests.backups.dying import Dying, restore_and_die
from tests.backups.machines import KEY, back_up, bring_back, counts, counts_at, empty_machine, keep_file, services_in
from tests.forking import PROCESSES, forked_knowing
from tests.servers import own_database
from tests.world import World

knowing = forked_knowing("tests.backups.dying")

FILE = b"time,glucose (mg/dL)\n2026-03-01 08:00,140\n" * 9
HALF = r"half-restored: the restore of a.backup that began at .* was cut off; what is here is not whole"
SHARES = (0.2, 0.6, 0.97)
"""Of all bytes: the first half is looked at, the second one brought."""


def lived_in(world: World) -> tuple[Made, dict[str, int]]:
    """Her backup, and what is in it."""
    world.fast(150, 155)
    services = services_in(world, world.folder)
    keep_file(services, world.anna.public_id, FILE)
    services.keep_audit()
    return back_up(services, world.folder / "a.backup"), counts(world.engine) | {"backup_made": 0}


def killed(settings: Settings, made: Made, dying: Dying) -> int | None:
    """How the process of such a restore ended."""
    process = PROCESSES.Process(target=restore_and_die, args=(settings, made.path, str(KEY), dying))
    process.start()
    process.join(60)
    return process.exitcode


def bytes_of_a_restore(settings: Settings, made: Made) -> int:
    """How many a whole one moves, which is then thrown away."""
    passed: list[int] = []
    bring_back(settings, made.path, tick=passed.append)
    shutil.rmtree(settings.originals_folder.parent)
    return sum(passed)


def in_place(settings: Settings) -> set[str]:
    """What has a name that the service looks at, but for the keys."""
    keys = {".key", ".pem"}
    folder = settings.originals_folder.parent
    return {path.name for path in folder.iterdir() if path.suffix not in keys and not path.name.startswith(RESTORING)}


def test_killed_before_anything_has_its_name_it_leaves_an_empty_machine(world: World, tmp_path: Path) -> None:
    made, wanted = lived_in(world)
    total = bytes_of_a_restore(empty_machine(world.settings, tmp_path / "measured"), made)
    elsewhere = empty_machine(world.settings, tmp_path / "elsewhere")

    ends = [killed(elsewhere, made, Dying(after_bytes=int(share * total))) for share in SHARES]

    assert ends == [-signal.SIGKILL] * len(SHARES)
    assert in_place(elsewhere) == set()
    half_way.refuse(elsewhere)
    bring_back(elsewhere, made.path)
    assert counts_at(elsewhere) == wanted


@pytest.mark.parametrize(
    ("point", "at_the", "there"),
    [
        (Point.RESTORE_AFTER_SETTLING, 1, {"originals"}),
        (Point.RESTORE_AFTER_SETTLING, 2, {"originals", "readings.db"}),
        (Point.RESTORE_AFTER_SETTLING, 3, {"originals", "readings.db", "companion.db"}),
        (Point.RESTORE_BEFORE_END, 1, {"originals", "readings.db", "companion.db"}),
    ],
)
def test_killed_later_it_says_that_it_is_half_restored_and_how_to_start_again(
    tmp_path: Path, point: Point, at_the: int, there: set[str]
) -> None:
    world = World(tmp_path, separate_readings=True)
    made, wanted = lived_in(world)
    folder = tmp_path / "elsewhere"
    elsewhere = empty_machine(world.settings, folder, readings_url=f"sqlite:///{folder / 'readings.db'}")

    ended = killed(elsewhere, made, Dying(point, at_the))
    left = in_place(elsewhere)
    with pytest.raises(BadInput, match=HALF) as said:
        bring_back(elsewhere, made.path)
    for name in there:
        assert str(folder / name) in str(said.value)
        empty(folder / name)
    bring_back(elsewhere, made.path)

    assert ended == -signal.SIGKILL
    assert {name for name in left if not name.endswith(("-wal", "-shm", ".turn"))} == {"half-restored", *there}
    assert counts_at(elsewhere) == wanted
    half_way.refuse(elsewhere)


def empty(place: Path) -> None:
    """What the advice asks for."""
    if place.is_dir():
        shutil.rmtree(place)
    else:
        for file in place.parent.glob(f"{place.name}*"):
            file.unlink()


def test_of_a_database_on_a_server_it_says_so_from_the_first_piece_on(
    world_on_postgresql: World, postgresql_url: str, tmp_path: Path
) -> None:
    made, wanted = lived_in(world_on_postgresql)
    with own_database(postgresql_url) as half, own_database(postgresql_url) as another:
        elsewhere = empty_machine(world_on_postgresql.settings, tmp_path / "elsewhere", database_url=half)

        ended = killed(elsewhere, made, Dying(Point.RESTORE_AFTER_BRINGING, 2))
        with pytest.raises(BadInput, match=HALF + r".*COMPANION_DATABASE_URL \(dropdb, createdb\)"):
            bring_back(elsewhere, made.path)
        again = empty_machine(world_on_postgresql.settings, tmp_path / "again", database_url=another)
        bring_back(again, made.path)

        assert ended == -signal.SIGKILL
        assert counts_at(again) == wanted


@pytest.mark.parametrize("start", [serve.command, jobs.command, run.command], ids=["serve", "jobs", "run"])
def test_the_service_does_not_start_on_half_of_its_records(
    world: World, monkeypatch: pytest.MonkeyPatch, start: object
) -> None:
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    half_way.begin(world.settings, Path("a.backup"), ["the database"], world.now)

    with pytest.raises(BadInput, match=HALF + r" \(empty the database, then run the same `companion restore` again"):
        start([], standalone_mode=False)  # type: ignore[operator]
