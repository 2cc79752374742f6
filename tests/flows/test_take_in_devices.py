"""What devices of all kinds bring, kept in the store and the quarantine as the quirk table and the clock tell."""

from datetime import datetime, timedelta

from companion.arrivals import Download
from companion.devices.ingest import DeviceIdentity
from companion.devices.models import Quarantined
from companion.devices.profiles.assigned_numbers import (
    BLOOD_PRESSURE_MEASUREMENT,
    CGM_MEASUREMENT,
    CGM_SESSION_START,
    GLUCOSE_CONTEXT,
    GLUCOSE_MEASUREMENT,
)
from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload
from companion.flows import TakenIn, take_in
from companion.readings.reading import Kind, Limit, Metric
from firmware_mocks import encode
from tests.sealing.kept import texts
from tests.world import World

CARESENS = DeviceIdentity("i-SENS/CareSens Dual/1", "meter", "CareSens", manufacturer="i-SENS", model="CareSens Dual")
TAIDOC = DeviceIdentity("address/1", "meter", "Diamond", manufacturer="TaiDoc", model="DM30b")
BOSO = DeviceIdentity("boso/medicus/1", "cuff", "boso medicus", manufacturer="boso", model="medicus")
SENSOR = DeviceIdentity("Sensor/1", "sensor", "Sensor")


def download(
    world: World, device: DeviceIdentity, *values: tuple[str, bytes], clock: datetime | None = None
) -> TakenIn:
    payloads = [RawPayload(uuid, raw, world.now) for uuid, raw in values]
    reading = ClockReading(clock, world.now) if clock else None
    return take_in(world.stores, Download(world.anna.id, device, payloads, reading), world.now)


def wall(world: World, **ago: float) -> datetime:
    """What a right clock on Anna's wall showed so long ago."""
    return (world.now - timedelta(**ago)).astimezone(world.zone).replace(tzinfo=None)


def test_a_ketone_never_enters_the_glucose_series(world: World) -> None:
    ketone = encode.Context(meal=6)
    record = encode.Glucose(1, wall(world, hours=1), "0.00015", context=ketone).encode()

    download(world, CARESENS, (GLUCOSE_MEASUREMENT, record), (GLUCOSE_CONTEXT, ketone.encode(1)))

    (kept,) = world.readings(Metric.KETONE)
    assert (str(kept.value), kept.unit, kept.raw) == ("1.5", "mmol/L", record)
    assert world.readings() == []


def test_control_solution_is_kept_aside_and_out_of_range_is_kept(world: World) -> None:
    at = wall(world, hours=1)
    control = encode.Glucose(1, at, "0.00110", type=10).encode()
    high = encode.Glucose(2, at, "POS_INF", status=1 << 5).encode()

    taken = download(world, TAIDOC, (GLUCOSE_MEASUREMENT, control), (GLUCOSE_MEASUREMENT, high), clock=wall(world))

    assert [(reading.limit, reading.value) for reading in world.readings()] == [(Limit.HIGH, None)]
    assert (taken.new, taken.refused) == (1, 1)
    kept_aside = world.only(Quarantined)
    assert (kept_aside.place, texts(world)) == ("2a18", [control.hex()])
    assert "control solution" in kept_aside.reason


def test_a_failed_measurement_of_a_cuff_is_an_event_and_no_value(world: World) -> None:
    failed = encode.BloodPressure("NAN", time=wall(world), pulse="NAN", status=0).encode()

    taken = download(world, BOSO, (BLOOD_PRESSURE_MEASUREMENT, failed), clock=wall(world))

    assert (taken.new, taken.refused) == (0, 1)
    assert "failed" in world.only(Quarantined).reason
    assert world.readings(Metric.BLOOD_PRESSURE) == []


def test_a_meter_that_numbers_backwards_brings_each_measurement_once(world: World) -> None:
    older, newer = wall(world, hours=9), wall(world, hours=1)

    def memory(*times: datetime) -> list[tuple[str, bytes]]:
        """The newest first, and numbered 0."""
        records = enumerate(reversed(times))
        return [(GLUCOSE_MEASUREMENT, encode.Glucose(number, at, "0.00120").encode()) for number, at in records]

    first = download(world, TAIDOC, *memory(older))
    second = download(world, TAIDOC, *memory(older, newer))

    assert (first.new, second.new, second.known) == (1, 1, 1)
    assert [reading.taken_at for reading in world.readings()] == [
        world.now - timedelta(hours=9), world.now - timedelta(hours=1)
    ]  # fmt: skip


def test_a_sensor_brings_its_values_with_the_times_of_its_session(world: World) -> None:
    start = encode.date_time(wall(world, hours=5)) + bytes([0x80, 0xFF])
    values = encode.Sensor("115", 60).encode() + encode.Sensor("118", 65).encode()

    download(world, SENSOR, (CGM_SESSION_START, start), (CGM_MEASUREMENT, values), clock=wall(world))

    kept = world.readings()
    assert [(reading.kind, reading.value, reading.sequence) for reading in kept] == [
        (Kind.CGM, 115, 60), (Kind.CGM, 118, 65)
    ]  # fmt: skip
    assert kept[0].taken_at == world.now - timedelta(hours=4)


def test_a_record_keeps_the_instant_of_first_sight_though_the_clock_was_set_since(world: World) -> None:
    """Three hours ahead when it was read first; then somebody set it."""
    record = GLUCOSE_MEASUREMENT, encode.Glucose(1, wall(world, hours=-2), "0.00120").encode()
    download(world, CARESENS, record, clock=wall(world, hours=-3))

    again = download(world, CARESENS, record, clock=wall(world))

    (kept,) = world.readings()
    assert (again.new, again.known) == (0, 1)
    assert (kept.taken_at, kept.flags, kept.clock_offset_s) == (
        world.now - timedelta(hours=1), "clock_wrong", -3 * 3600
    )  # fmt: skip
    assert kept.device_time == wall(world, hours=-2).isoformat()
