"""What comes in is kept once, with the instant of first sight, whatever way and how often it comes."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from companion.arrivals import Typed, Upload
from companion.care.due_work import DueWork, WorkKind
from companion.care.people import Role
from companion.care.tasks import Task, TaskKind
from companion.crash_points import Point, listeners
from companion.db import writing
from companion.devices.ingest import TypedReading
from companion.devices.models import Device, Intake, Quarantined
from companion.devices.profiles.assigned_numbers import GLUCOSE_MEASUREMENT
from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload
from companion.devices.uploads import read_export
from companion.errors import BadInput
from companion.flows import TakenIn, take_in
from companion.readings.reading import Kind, Meal, Metric
from tests.sealing.kept import texts
from tests.world import FASTING, World, glucose_bytes

EXPORT = b"""Device,Date,Glucose (mg/dL)
Meter,2026-03-02 08:00,140
Meter,2026-03-03 08:00,151
Meter,2026-03-04 08:00,many
"""


@pytest.fixture(params=[False, True], ids=["one database", "readings in their own database"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Anna's world, with either place for the readings."""
    return World(tmp_path, separate_readings=request.param)


class Killed(BaseException):
    """Stands for a process that dies."""


@pytest.fixture
def dies_at() -> Iterator[list[Point]]:
    """Points at which take_in is cut off, each once."""
    points: list[Point] = []

    def die(point: Point) -> None:
        if point in points:
            points.remove(point)
            raise Killed

    listeners.append(die)
    yield points
    listeners.remove(die)


def counts(taken: TakenIn) -> tuple[int, int, int]:
    return taken.new, taken.known, taken.refused


def take_file(world: World, content: bytes) -> TakenIn:
    report = read_export(content, zone=world.zone, unit=None, dates=None)
    assert report.questions == ()
    return take_in(world.stores, Upload.whole(world.anna.id, report, "0" * 64, by=world.anna), world.now)


def type_in(world: World, local: datetime, value: str = "150", meal: Meal | None = Meal.FASTING) -> TakenIn:
    entry = TypedReading(Metric.GLUCOSE, local, Decimal(value), "mg/dL", meal=meal)
    return take_in(world.stores, Typed(world.anna.id, entry, by=world.anna), world.now)


def test_a_download_is_kept_with_its_device_and_its_counts(home: World) -> None:
    taken = home.download(home.payloads(150, home.now - timedelta(hours=1), FASTING))

    (kept,) = home.readings()
    assert counts(taken) == (1, 0, 0)
    assert (kept.value, kept.meal, kept.taken_at) == (150, Meal.FASTING, home.now - timedelta(hours=1))
    assert kept.source == home.only(Intake).public_id
    assert kept.device == home.only(Device).public_id
    assert home.only(Device).last_sequence == 1


def test_after_a_broken_download_the_meter_is_asked_from_where_the_last_whole_one_ended(home: World) -> None:
    first, second, third = home.fasting_payloads(150, 155, 152)[::2]
    home.download([first])

    home.download([third], is_complete=False)

    assert home.only(Device).last_sequence == 1
    assert len(home.readings()) == 2
    assert home.download([first, second, third]).new == 1


def test_the_same_download_again_adds_nothing(home: World) -> None:
    payloads = home.fasting_payloads(150, 155)
    home.download(payloads)

    again = home.download(payloads)

    assert counts(again) == (0, 2, 0)
    assert len(home.readings()) == 2


def test_a_record_sent_twice_in_one_session_is_one_reading(home: World) -> None:
    payloads = home.payloads(150, home.now)

    taken = home.download(payloads + payloads)

    assert counts(taken) == (1, 1, 0)
    assert len(home.readings()) == 1


def test_a_replay_after_the_meters_clock_was_set_keeps_the_instant_of_first_sight(home: World) -> None:
    payloads = [RawPayload(GLUCOSE_MEASUREMENT, glucose_bytes(1, datetime(2026, 3, 4, 8), 150), home.now)]
    wrong = ClockReading(datetime(2026, 3, 4, 13, 30), home.now)  # three hours ahead of Berlin
    home.download(payloads, wrong)
    first_seen = home.readings()

    again = home.download(payloads)

    assert counts(again) == (0, 1, 0)
    assert home.readings() == first_seen
    assert first_seen[0].taken_at == datetime(2026, 3, 4, 4, tzinfo=UTC)


@pytest.mark.parametrize("microseconds", [0, 123456])
def test_a_number_used_twice_within_a_second_keeps_both_values(home: World, microseconds: int) -> None:
    home.clock.instant = home.now.replace(microsecond=microseconds)
    local = datetime(2026, 3, 4, 8)
    payloads = [RawPayload(GLUCOSE_MEASUREMENT, glucose_bytes(1, local, value), home.now) for value in (150, 151)]

    first, again = home.download(payloads), home.download(payloads)

    assert (counts(first), counts(again)) == ((2, 0, 0), (0, 2, 0))
    assert sorted((r.value, r.flags) for r in home.readings()) == [(150, ""), (151, "sequence_reused")]


def test_what_cannot_be_read_is_visible_once_and_holds_up_nothing(home: World) -> None:
    broken = RawPayload(GLUCOSE_MEASUREMENT, b"\x02\x01", home.now)
    payloads = [broken, *home.payloads(150, home.now)]

    first, again = home.download(payloads), home.download(payloads)

    assert (counts(first), counts(again)) == ((1, 0, 1), (0, 1, 1))
    assert texts(home) == ["0201"]
    assert [intake.refused for intake in home.all(Intake)] == [1, 0]


def test_a_control_test_is_kept_apart_from_the_patients_values(home: World) -> None:
    control = RawPayload(GLUCOSE_MEASUREMENT, glucose_bytes(1, datetime(2026, 3, 4, 8), 40, sample=0x4A), home.now)

    home.download([control])

    assert home.readings() == []
    assert "control solution" in home.only(Quarantined).reason
    assert home.all(Task) == []


def test_a_file_gives_its_readings_and_shows_the_rows_that_gave_none(home: World) -> None:
    taken = take_file(home, EXPORT)

    assert counts(taken) == (2, 0, 1)
    assert [(r.value, r.kind, r.device_time) for r in home.readings()] == [
        (140, Kind.METER, "2026-03-02T08:00:00"),
        (151, Kind.METER, "2026-03-03T08:00:00"),
    ]
    refused = home.only(Quarantined)
    assert refused.place == "row 4"
    assert texts(home) == [EXPORT.decode().splitlines()[3]]


def test_the_same_rows_in_a_longer_file_add_only_what_is_new(home: World) -> None:
    take_file(home, EXPORT)

    again = take_file(home, EXPORT + b"Meter,2026-03-04 09:00,152\n")

    assert (again.new, again.known) == (1, 2)
    assert len(home.readings()) == 3


def test_a_typed_reading_is_kept_in_the_name_of_who_typed_it(home: World) -> None:
    taken = type_in(home, datetime(2026, 3, 4, 8))

    (kept,) = home.readings()
    assert counts(taken) == (1, 0, 0)
    assert (kept.kind, kept.device, kept.taken_at) == (Kind.TYPED, "typed", datetime(2026, 3, 4, 7, tzinfo=UTC))
    assert home.only(Intake).by_id == home.anna.id


def test_a_typed_reading_in_the_future_is_refused_and_changes_nothing(home: World) -> None:
    with pytest.raises(BadInput, match="future"):
        type_in(home, datetime(2026, 3, 4, 10, 31))

    assert home.readings() == []
    assert home.all(Intake) == []
    assert home.all(DueWork) == []


def test_a_typed_value_nobody_can_have_is_refused_and_changes_nothing(home: World) -> None:
    with pytest.raises(BadInput, match="not possible"):
        type_in(home, datetime(2026, 3, 4, 8), "15000")

    assert home.all(Intake) == []


def test_the_readings_of_one_patient_are_not_anothers(home: World) -> None:
    with writing(home.engine) as session:
        other = home.add(session, Role.PATIENT, "Otto Berg", "+491700000009")
    payloads = home.payloads(150, home.now)
    home.download(payloads)
    ours = home.anna
    home.anna = other

    taken = home.download(payloads)

    assert counts(taken) == (1, 0, 0)
    assert len(home.readings()) == 1
    assert home.readings()[0].patient == other.public_id != ours.public_id


def test_nothing_stays_to_be_assessed(home: World) -> None:
    home.measure(150)

    assert home.all(DueWork, kind=WorkKind.ASSESS.value) == []


# Killed half-way, with readings in their own database


def test_a_download_cut_off_before_its_readings_were_kept_starts_again_from_the_same_record(
    tmp_path: Path, dies_at: list[Point]
) -> None:
    world = World(tmp_path, separate_readings=True)
    dies_at.append(Point.TAKE_IN_AFTER_LEDGER)

    with pytest.raises(Killed):
        world.measure(150)

    assert world.readings() == []
    assert world.only(Device).last_sequence is None


def test_a_low_that_the_ledger_knew_before_the_store_did_is_still_assessed(
    tmp_path: Path, dies_at: list[Point]
) -> None:
    world = World(tmp_path, separate_readings=True)
    low = world.payloads(50, world.now)
    dies_at.append(Point.TAKE_IN_AFTER_LEDGER)
    with pytest.raises(Killed):
        world.download(low)
    world.beat()  # the jobs process looks, and finds nothing to assess yet

    world.download(low)

    assert [task.kind for task in world.all(Task)] == [TaskKind.URGENT_READING]
    assert [reading.value for reading in world.readings()] == [50]


def test_the_same_download_by_hub_and_browser_at_one_instant_is_kept_and_told_once(home: World) -> None:
    low = home.payloads(50, home.now)
    start, taken = threading.Barrier(2), []

    def bring() -> None:
        start.wait()
        taken.append(home.download(low))

    threads = [threading.Thread(target=bring) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted((each.new, each.known) for each in taken) == [(0, 1), (1, 0)]
    assert len(home.readings()) == len(home.all(Task)) == 1
    assert [said.to for said in home.beat()] == [home.anna.phone, home.ben.phone]
