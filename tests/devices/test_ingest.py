"""Who and what readings are from: devices, intakes, the quarantine, and what a person types in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.ingest import (
    DeviceIdentity,
    IntakeKind,
    TypedReading,
    add_intake,
    find_or_add_device,
    new_intake,
    note_device,
    quarantine,
    typed,
)
from companion.devices.models import Device
from companion.devices.records.payloads import Refused
from companion.errors import BadInput
from companion.readings.batch import ReadingBatch
from companion.readings.reading import Meal, Metric, Reading
from tests.sealing.kept import texts
from tests.world import World

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
METER = DeviceIdentity("SN-1", "glucose", "Meter", "AA:BB")


def read(zone: ZoneInfo = BERLIN, **changed: Any) -> Reading:
    """The typed reading that comes of these fields."""
    fields: dict[str, Any] = {
        "metric": Metric.GLUCOSE,
        "local_time": datetime(2026, 3, 4, 8),
        "value": Decimal(150),
        "unit": "mg/dL",
    }
    batch = typed(TypedReading(**fields | changed), "pa_anna", "in_1", zone, NOW)
    ((_, reading),) = batch.incoming
    return reading


def test_a_device_is_known_again_by_its_identity_and_its_address_follows(world: World) -> None:
    later = NOW + timedelta(days=1)
    first = find_or_add_device(world.engine, world.anna.id, METER, NOW)
    again = find_or_add_device(world.engine, world.anna.id, DeviceIdentity("SN-1", "glucose", "Meter", "CC:DD"), later)
    with world.engine.begin() as connection:
        note_device(connection, again.id, "CC:DD", None, None, later)

    device = world.only(Device)
    assert first == again
    assert (device.address, device.first_seen_at, device.last_seen_at) == ("CC:DD", NOW, later)


def test_one_meter_of_two_people_is_two_devices(world: World) -> None:
    find_or_add_device(world.engine, world.anna.id, METER, NOW)
    find_or_add_device(world.engine, world.ben.id, METER, NOW)

    assert len(world.all(Device)) == 2


def test_what_was_refused_is_kept_once_for_each_person(world: World) -> None:
    refused = [Refused(b"1" * 16, "2A18", "too short", "0201"), Refused(b"2" * 16, "2A18", "too short", "0202")]
    with world.engine.begin() as connection:
        intake = new_intake(kind=IntakeKind.DOWNLOAD, patient_id=world.anna.id, now=NOW)
        number = add_intake(connection, intake, ReadingBatch.of([]), new=0)

        first = quarantine(connection, world.anna.id, number, refused, NOW)
        again = quarantine(connection, world.anna.id, number, refused, NOW)

    assert (first, again) == (2, 0)
    assert texts(world) == ["0201", "0202"]


def test_a_typed_time_is_the_wall_of_who_typed_it() -> None:
    assert read(BERLIN).taken_at == datetime(2026, 3, 4, 7, tzinfo=UTC)
    assert read(NEW_YORK, local_time=datetime(2026, 3, 4, 4)).taken_at == datetime(2026, 3, 4, 9, tzinfo=UTC)


def test_a_typed_pressure_keeps_both_numbers_and_the_pulse() -> None:
    reading = read(
        metric=Metric.BLOOD_PRESSURE, value=Decimal(140), unit="mm[Hg]", diastolic=Decimal(85), pulse=Decimal(70)
    )

    assert (reading.value, reading.diastolic, reading.pulse) == (140, 85, 70)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"local_time": datetime(2026, 3, 4, 10, 31)}, "time: lies in the future"),
        ({"unit": "mm[Hg]"}, "unit: 'mm[Hg]' does not fit"),
        ({"value": Decimal(0)}, "not possible"),
        ({"value": Decimal(90), "unit": "mmol/L"}, "not possible"),
        ({"metric": Metric.BLOOD_PRESSURE, "unit": "mm[Hg]"}, "not possible"),
        ({"metric": Metric.BLOOD_PRESSURE, "unit": "mm[Hg]", "diastolic": Decimal(160)}, "not below the upper"),
    ],
)
def test_a_typed_value_that_cannot_be_is_refused_where_it_stands(changed: dict[str, Any], what: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(**changed)

    assert what in str(refused.value)


@given(
    minutes=st.integers(0, 60 * 24 * 400),
    meal=st.sampled_from([None, *Meal]),
    zone=st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Africa/Cairo"), ZoneInfo("Pacific/Apia")]),
)
def test_no_typed_reading_lies_in_the_future_and_the_same_one_is_known_again(
    minutes: int, meal: Meal | None, zone: ZoneInfo
) -> None:
    local = NOW.astimezone(zone).replace(tzinfo=None) - timedelta(minutes=minutes)

    first, again = read(zone, local_time=local, meal=meal), read(zone, local_time=local, meal=None)

    assert first.taken_at <= NOW
    assert (first.taken_at, first.sequence) == (again.taken_at, again.sequence)
