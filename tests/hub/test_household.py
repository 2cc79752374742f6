"""From a device that wakes to readings at the service: through days offline, restarts and clock changes, once each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from companion.db import writing
from companion.devices.models import Device, Intake, Quarantined, RefusedBatch
from companion.devices.models import Hub as HubRow
from companion.devices.radio.bleak_radio import BleakRadio
from companion.hub import outgoing, paired
from companion.hub.clock_jumps import look_at_clock
from companion.hub.delivery import LOOK_AGAIN, NOT_PAIRED, NOT_WELCOME, STATE
from companion.hub.spool import fact
from companion.readings.reading import Meal, Metric
from companion.web.door.hub_door import revoke_hub
from firmware_mocks.air import Air
from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.bp_cuff import BloodPressureCuff
from firmware_mocks.builds import STANDARD_METER
from firmware_mocks.encode import BloodPressure
from firmware_mocks.glucose_meter import GlucoseMeter
from firmware_mocks.peripheral import WallClock
from tests.devices.air import play
from tests.hub.household import EPOCH, Household, Hub

METER_2 = "C2:00:00:00:18:08"


@pytest.fixture
def home(tmp_path: Path) -> Household:
    return Household(tmp_path)


@asynccontextmanager
async def radio_of(air: Air, name: str = "hub") -> AsyncIterator[BleakRadio]:
    host, _ = air.new_host(name)
    radio = BleakRadio(BumbleBackend(host=host))
    try:
        yield radio
    finally:
        await radio.close()


async def meter_on(air: Air, home: Household, *mg_dl: int, **chosen: object) -> GlucoseMeter:
    meter = GlucoseMeter(air, home.records(*mg_dl), clock=WallClock(home.local()), **chosen)  # type: ignore[arg-type]
    await meter.start()
    return meter


async def second_meter_on(air: Air, home: Household, *mg_dl: int) -> GlucoseMeter:
    return await meter_on(air, home, *mg_dl, address=METER_2, build=replace(STANDARD_METER, serial="another"))


def taken_about(home: Household, *expected: datetime) -> bool:
    """Whether the glucose values are of these instants; a virtual meter's clock goes on while a test runs."""
    taken = sorted(reading.taken_at for reading in home.house.readings())
    return all(abs(at - wanted) < timedelta(seconds=30) for at, wanted in zip(taken, expected, strict=True))


def test_a_device_that_wakes_is_read_and_its_values_reach_the_service(home: Household) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101, 102, 103)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            with home.service():
                hub.pair()
                hub.add(meter)
                await hub.hear()
                assert hub.waiting > 0
                await hub.send()
        assert hub.waiting == 0
        assert fact(hub.spool, STATE) == "up to date"
        assert len(meter.records) == 3

    play(story(), seconds=60)

    assert home.values() == [101, 102, 103]
    assert taken_about(home, home.house.now - timedelta(hours=2), home.house.now - timedelta(hours=1), home.house.now)
    assert [reading.meal for reading in home.house.readings()] == [None, Meal.FASTING, None]
    assert home.house.only(Device).kind == "meter"


def test_a_cuff_that_hangs_up_and_a_meter_are_read_one_after_the_other(home: Household) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101, 102)
        cuff = BloodPressureCuff(air, home.pressures(131, 132), clock=WallClock(home.local()))
        await cuff.start()
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            with home.service():
                hub.pair()
                hub.add(meter)
                hub.add(cuff, "cuff")
                await hub.hear(2)
                await hub.send()

    play(story(), seconds=60)

    assert home.values() == [101, 102]
    assert [reading.value for reading in home.house.readings(Metric.BLOOD_PRESSURE)] == [131, 132]


def test_two_meters_and_two_hubs_bring_each_record_once(home: Household) -> None:
    async def story() -> None:
        air = Air()
        first = await meter_on(air, home, 101, 102)
        second = await second_meter_on(air, home, 201, 202, 203)
        async with radio_of(air, "kitchen") as radio, radio_of(air, "bedroom") as other_radio:
            hubs = [Hub(home, radio, "kitchen"), Hub(home, other_radio, "bedroom")]
            with home.service():
                for hub in hubs:
                    hub.pair()
                    hub.add(first)
                    hub.add(second)
                    await hub.hear(2)
                for hub in hubs:
                    await hub.send()

    play(story(), seconds=60)

    assert sorted(home.values()) == [101, 102, 201, 202, 203]
    assert len(home.house.all(Device)) == 2
    assert sum(intake.new for intake in home.house.all(Intake)) == 5


def test_only_devices_of_the_household_are_read(home: Household) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            await hub.watch.listen_once(0.5)
        assert (meter.connections, hub.waiting) == (0, 0)

    play(story(), seconds=60)


def test_a_device_that_somebody_is_pairing_is_left_alone(home: Household) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            paired.add(hub.spool, meter.address, "meter", "Meter", may_empty=False)
            await hub.watch.listen_once(0.5)
        assert meter.connections == 0

    play(story(), seconds=60)


def test_days_offline_lose_nothing_and_every_value_keeps_its_instant(home: Household) -> None:
    async def story() -> list[datetime]:
        air, taken = Air(), list[datetime]()
        meter = await meter_on(air, home, 101)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            with home.service():
                hub.pair()
            hub.add(meter)
            for value in (111, 112, 113):
                home.pass_time(days=1)
                meter.clock = WallClock(home.local())
                meter.records += home.records(value, first=len(meter.records))
                taken.append(home.house.now)
                await hub.hear()
                await hub.send()
                assert "waiting for the service" in fact(hub.spool, STATE)
            home.pass_time(days=4)
            with home.service():
                await hub.send()
        assert hub.waiting == 0
        return taken

    taken = play(story(), seconds=60)

    assert home.values() == [101, 111, 112, 113]
    assert taken_about(home, home.house.readings()[0].taken_at, *taken)


def test_a_hub_that_is_started_again_goes_on_where_it_was(home: Household) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101, 102)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            with home.service():
                hub.pair()
            hub.add(meter)
            await hub.hear()
            hub = hub.start_again()
            meter.records += home.records(103, first=2)
            await hub.hear()
            with home.service():
                await hub.send()

    play(story(), seconds=60)

    assert home.values() == [101, 102, 103]
    assert [(intake.new, intake.known) for intake in home.house.all(Intake)] == [(2, 0), (1, 1)]


@pytest.mark.parametrize("shift", [timedelta(days=-20_000), timedelta(hours=5), timedelta(days=400)], ids=str)
@pytest.mark.parametrize("when", ["before", "between", "between, and restarted"])
def test_whatever_the_hubs_clock_shows_every_instant_is_right(home: Household, shift: timedelta, when: str) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101, 102)
        cuff = BloodPressureCuff(air, [BloodPressure(131, 80, 93, time=None)], clock=WallClock(home.local()))  # type: ignore[arg-type]
        await cuff.start()
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            hub.machine.wall = max(EPOCH, hub.machine.wall + shift)
            hub.add(meter)
            hub.add(cuff, "cuff")
            await hub.hear(2)
            home.pass_time(hours=3)
            if when != "before":
                hub.machine.wall, hub.machine.is_synchronised = home.house.now, True
                look_at_clock(hub.spool, hub.machine())
            if when == "between, and restarted":
                hub.machine.restart(timedelta(0))
                hub = hub.start_again()
            with home.service():
                hub.pair()
                await hub.send()
        assert hub.waiting == 0

    now = home.house.now
    play(story(), seconds=60)

    assert taken_about(home, now - timedelta(hours=1), now)
    (pressure,) = home.house.readings(Metric.BLOOD_PRESSURE)
    assert abs(pressure.taken_at - now) < timedelta(seconds=1)


def test_after_a_reboot_that_nothing_bridges_the_records_own_times_count_and_are_in_doubt(home: Household) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101, 102)
        cuff = BloodPressureCuff(air, [BloodPressure(131, 80, 93, time=None)], clock=WallClock(home.local()))  # type: ignore[arg-type]
        await cuff.start()
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            hub.machine.wall -= timedelta(hours=5)
            hub.add(meter)
            hub.add(cuff, "cuff")
            await hub.hear(2)
            hub.machine.restart()
            hub.machine.wall = home.house.now
            with home.service():
                hub = hub.start_again()
                hub.pair()
                await hub.send()
        assert (hub.waiting, outgoing.refusals(hub.spool)) == (0, [])

    now = home.house.now
    play(story(), seconds=60)

    assert taken_about(home, now - timedelta(hours=1), now)
    assert {reading.flags for reading in home.house.readings()} == {"clock_unknown"}
    assert home.house.readings(Metric.BLOOD_PRESSURE) == []
    assert "no time" in home.house.only(Quarantined).reason


def test_after_a_reboot_a_clock_that_was_right_before_it_is_believed(home: Household) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101, 102)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            hub.machine.is_synchronised = True
            hub.add(meter)
            await hub.hear()
            home.pass_time(hours=7)
            hub.machine.restart(timedelta(0))
            with home.service():
                hub = hub.start_again()
                hub.pair()
                await hub.send()

    play(story(), seconds=60)

    assert {reading.flags for reading in home.house.readings()} == {""}


def test_a_revoked_hub_stops_sending_goes_on_reading_and_is_welcome_when_paired_anew(home: Household) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            with home.service():
                hub.pair()
                with writing(home.house.engine) as session:
                    revoke_hub(session, home.house.only(HubRow), home.house.anna, home.house.now)
                hub.add(meter)
                await hub.hear()
                first_rest = await hub.send()
                assert fact(hub.spool, STATE) == NOT_WELCOME
                await hub.send()  # asks nobody any more
                assert hub.waiting > 0
                home.pass_time(hours=1)
                meter.records += home.records(102, first=1)
                await hub.hear()
                hub.pair()
                await hub.send()
        assert (hub.waiting, first_rest) == (0, LOOK_AGAIN)

    play(story(), seconds=60)

    assert home.values() == [101, 102]


def test_a_hub_that_is_not_paired_keeps_what_it_reads(home: Household) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            hub.add(meter)
            await hub.hear()
            await hub.send()
            assert fact(hub.spool, STATE) == NOT_PAIRED
            with home.service():
                hub.pair()
                await hub.send()

    play(story(), seconds=60)

    assert home.values() == [101]


def test_a_refused_batch_is_set_aside_shown_and_holds_nothing_up(home: Household) -> None:
    async def story() -> None:
        air = Air()
        first = await meter_on(air, home, 101)
        second = await second_meter_on(air, home, 201)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            with home.service():
                hub.pair()
                hub.add(first)
                hub.add(second)
                await hub.hear(2)
                with writing(home.house.engine) as session:
                    session.execute(Device.__table__.delete())  # type: ignore[attr-defined]
                hub.spool.execute("UPDATE device SET is_known = 1 WHERE address = ?", (METER_2,))
                await hub.send()
                (refused,) = outgoing.refusals(hub.spool)
                assert (refused.address, refused.code) == (METER_2, "unknown_device")
                assert home.values() == [101]
                assert home.house.only(RefusedBatch).code == "unknown_device"
                hub.add(second)
                hub = hub.start_again()
                await hub.hear(2)
                await hub.send()
        assert outgoing.refusals(hub.spool) == []
        assert hub.waiting == 0

    play(story(), seconds=60)

    assert sorted(home.values()) == [101, 201]


def test_a_large_memory_is_sent_in_batches_that_the_service_takes(home: Household) -> None:
    values = [80 + number % 200 for number in range(700)]

    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, *values)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            hub.add(meter)
            await hub.hear()
            with home.service():
                hub.pair()
                await hub.send()

    play(story(), seconds=60)

    intakes = home.house.all(Intake)
    assert home.values() == values
    assert [intake.is_complete for intake in intakes] == [False, False, True]
    assert {reading.meal for reading in home.house.readings()[1::2]} == {Meal.FASTING}


def test_the_spool_is_for_its_owner_only_and_forgets_what_was_taken(home: Household) -> None:
    async def story() -> None:
        air = Air()
        meter = await meter_on(air, home, 101)
        async with radio_of(air) as radio:
            hub = Hub(home, radio)
            with home.service():
                hub.pair()
                hub.add(meter)
                await hub.hear()
                await hub.send()
        left = {table: hub.spool.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}
        assert left == dict.fromkeys(TABLES, 0)
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in hub.folder.iterdir()}
        assert modes["token.json"] == modes["spool.db"] == "0o600"

    play(story(), seconds=60)


TABLES = ("session", "batch", "payload")
