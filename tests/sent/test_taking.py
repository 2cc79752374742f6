"""Files are taken in once, whatever happens in between: cut off, sent again, overlapping, read by a newer importer."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from companion.arrivals import Upload
from companion.care.due_work import LEASE
from companion.clock import Clock
from companion.db import writing
from companion.devices.models import Intake
from companion.devices.uploaded_files import FileState, UploadedFile
from companion.devices.uploads import read_export
from companion.flows import take_in
from companion.readings.amendments import amended, counted
from companion.readings.reading import Metric
from companion.sent import files, taking
from companion.sent.work import work
from tests.world import World

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
ROWS = [f"2026-03-{day:02} {hour:02}:00,{100 + day + hour}" for day in (1, 2, 3) for hour in range(6, 22)]


def table(*rows: str) -> bytes:
    return "\n".join(["time,glucose (mg/dL)", *rows]).encode()


def send(world: World, content: bytes, name: str = "meter.csv", **choices: str) -> UploadedFile:
    """Anna sent the file and said yes; nobody has begun."""
    originals = world.services.originals
    kept = originals.keep(world.anna.public_id, io.BytesIO(content), files.AT_MOST)
    with writing(world.engine) as session:
        file = files.add_file(session, world.anna, world.anna, name, kept, world.now)
        file.choices = {"zone": "Europe/Berlin", **choices}
        files.say_yes(session, file, 0, world.now, soon=world.now)
    return file


def finish(world: World, clock: Clock | None = None) -> None:
    """The jobs process does what is due."""
    work(world.stores, world.services.originals, clock or world.clock)


def take(world: World, content: bytes, **choices: str) -> Intake:
    """Sent and taken in."""
    file = send(world, content, **choices)
    finish(world)
    return world.only(Intake, public_id=world.only(UploadedFile, id=file.id).intake)


def stored(world: World) -> int:
    """How many readings there are."""
    return sum(len(world.readings(metric)) for metric in Metric)


class Killed(Exception):
    """Stands for SIGKILL; tests/test_crashes.py does it in earnest."""


def test_a_file_that_is_cut_off_between_two_parts_is_gone_on_with(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "AT_ONCE", 10)
    send(world, table(*ROWS))
    looks = iter(range(7))

    def dies() -> object:
        if next(looks, None) is None:
            raise Killed
        return world.now

    with pytest.raises(Killed):
        finish(world, dies)  # type: ignore[arg-type]
    half = stored(world)
    world.clock.advance(seconds=LEASE.total_seconds() + 1)
    finish(world)

    intake, file = world.only(Intake), world.only(UploadedFile)
    assert 0 < half < len(ROWS)
    assert stored(world) == len(ROWS)
    assert (intake.new, intake.known, file.state) == (len(ROWS), 0, FileState.TAKEN)


def test_work_under_a_running_lease_is_left_to_whoever_has_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    send(world, table(*ROWS))
    inside: list[int] = []

    def look_inside(done: int) -> None:
        inside.append(work(world.stores, world.services.originals, world.clock))

    monkeypatch.setattr(taking, "reached", look_inside)
    finish(world)

    assert inside == [0]


def test_overlapping_exports_add_up_to_their_union(world: World) -> None:
    counts = [take(world, table(*rows)) for rows in (ROWS[:30], ROWS[20:], ROWS)]

    assert [(intake.new, intake.known) for intake in counts] == [(30, 0), (len(ROWS) - 30, 10), (0, len(ROWS))]
    assert stored(world) == len(ROWS)


def test_another_zone_or_another_way_of_writing_numbers_adds_nothing(world: World) -> None:
    take(world, table("2026-03-01 08:00,140"))

    again = take(world, b"time;glucose (mg/dL)\n01.03.2026 08:00;140,0\n", zone="Asia/Shanghai", dates="DMY")

    assert (again.new, again.known) == (0, 1)


def test_an_export_written_in_another_zone_tells_the_same_instants(world: World) -> None:
    take(world, table("2026-03-01T08:00:00+01:00,140"))

    again = take(world, table("2026-03-01T15:00:00+08:00,140"))

    assert (again.new, again.known) == (0, 1)


def test_a_newer_importer_that_names_things_otherwise_doubles_nothing(world: World) -> None:
    content = table(*ROWS[:5])
    report = read_export(content, zone=world.zone, unit=None, dates=None)
    old = Upload.whole(world.anna.id, report, "0" * 64, world.anna)
    taken = take_in(world.stores, replace(old, file_format="as it was called then", rows=report.rows[:4]), world.now)
    file = send(world, content)
    with writing(world.engine) as session:
        found = session.get_one(UploadedFile, file.id)
        found.intake = taken.intake
        files.read_again(session, found, world.now)

    finish(world)

    intake = world.only(Intake)
    assert stored(world) == 5
    assert (intake.new, intake.known) == (5, 0)


def test_a_wrong_zone_is_put_right_by_taking_the_file_back_and_sending_it_again(world: World) -> None:
    wrong = take(world, table(*ROWS), zone="Asia/Shanghai")
    with writing(world.engine) as session:
        file = session.get_one(UploadedFile, 1)
        files.take_back(session, world.anna, file, world.anna, world.now)

    right = take(world, table(*ROWS))
    again = take(world, table(*ROWS))

    with writing(world.engine) as session:
        counts = counted(amended(session, world.anna.public_id, world.readings()))
    assert (wrong.new, right.new, again.new) == (len(ROWS), len(ROWS), 0)
    assert len(counts) == len(ROWS)
    assert counts[0].taken_at == world.local("2026-03-01 06:00")


def test_a_file_whose_original_is_gone_says_so(world: World) -> None:
    file = send(world, table(*ROWS))
    world.services.originals.forget(world.anna.public_id, file.sha256)

    finish(world)

    kept = world.only(UploadedFile)
    assert (kept.state, "not there" in kept.problem) == (FileState.UNREADABLE, True)


def test_files_without_a_yes_are_forgotten_after_a_day_with_their_originals(world: World) -> None:
    originals = world.services.originals
    kept = originals.keep(world.anna.public_id, io.BytesIO(b"x"), 1)
    with writing(world.engine) as session:
        files.add_file(session, world.anna, world.anna, "x.csv", kept, world.now)
    world.clock.advance(days=1)

    files.forget_waiting(world.engine, originals, world.doctor.id, world.now)

    assert world.all(UploadedFile) == []
    assert list((world.services.settings.originals_folder / world.anna.public_id).iterdir()) == []


def test_the_same_bytes_of_a_file_that_was_taken_in_are_not_forgotten(world: World) -> None:
    taken = send(world, table(*ROWS))
    finish(world)
    originals = world.services.originals
    kept = originals.keep(world.anna.public_id, io.BytesIO(table(*ROWS)), files.AT_MOST)
    with writing(world.engine) as session:
        waiting = files.add_file(session, world.anna, world.anna, "again.csv", kept, world.now)

    files.forget(world.engine, originals, waiting)

    assert originals.get(world.anna.public_id, taken.sha256)


def pairs() -> list[tuple[str, str, int]]:
    """Two exports of the manifest each, and how many glucose values their union has."""
    return [
        ("carelink/carelink_us_723_pump_mgdl.csv", "carelink/carelink_us_2.csv", 151),
        ("carelink/carelink_us_2.csv", "carelink/carelink_us_723_pump_mgdl.csv", 151),
        ("mysugr/mysugr_da_mmol_decimalcomma.csv", "mysugr/mysugr_da.xlsx", 893),
        ("mysugr/mysugr_da.xlsx", "mysugr/mysugr_da_mmol_decimalcomma.csv", 893),
    ]


@pytest.mark.parametrize(("first", "second", "union"), pairs(), ids=lambda value: Path(str(value)).name)
def test_two_exports_of_one_log_merge_to_an_exact_union(world: World, first: str, second: str, union: int) -> None:
    if not SAMPLES.exists():
        pytest.skip("../shared is not beside this checkout")

    for name in (first, second, second):
        take(world, (SAMPLES / name).read_bytes())

    assert len(world.readings()) == union


def test_two_disjoint_exports_of_one_pump_lose_nothing(world: World) -> None:
    if not SAMPLES.exists():
        pytest.skip("../shared is not beside this checkout")
    folder = SAMPLES / "tandem_tconnect"
    names = sorted(path.name for path in folder.glob("tandem_tconnect_mgdl_12Jun_*.csv"))
    expected = json.loads((SAMPLES / "manifest.json").read_text("utf-8"))

    for name in [*names, names[0]]:
        take(world, (folder / name).read_bytes())

    assert any("1108 EGV" in pair["expect"] for pair in expected["pairs"])
    assert sum(1 for one in world.readings() if one.kind == "cgm") == 1108
    assert world.all(Intake)[2].new == 0
