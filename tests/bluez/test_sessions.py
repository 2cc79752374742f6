"""bleak's own BlueZ backend, unmodified, against a stand-in for bluetoothd: what is BlueZ's own way of things.

What every radio has to do is in tests/devices/test_bleak_sessions.py, which runs over BlueZ, too."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.download import download
from companion.devices.radio.link import DeviceUnreachable, Link, PairingRefused, SessionBroken
from companion.devices.radio.selection import Mark
from firmware_mocks.air import Air
from firmware_mocks.bluez.daemon import Bluetoothd
from firmware_mocks.bp_cuff import BloodPressureCuff
from firmware_mocks.encode import BloodPressure
from firmware_mocks.faults import Faults
from firmware_mocks.glucose_meter import GlucoseMeter
from tests.bluez.house import bluez, radio_over
from tests.devices.air import measurements, memory, play, quick_order, read_meter


def test_a_device_that_is_heard_before_the_scan_is_said_to_have_begun_is_found(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, [])
        await meter.start()
        async with bluez(system_bus, air) as daemon:
            daemon.discovery.answered_after = 0.1
            found = await BleakRadio().find(["1808"], seconds=1)

        assert found is not None
        assert found.address == meter.address

    play(story())


def test_a_bond_outlives_the_service(system_bus: str, tmp_path: Path) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(3))
        await meter.start()
        for _ in range(2):
            async with bluez(system_bus, air, keystore=tmp_path / "bonds.json"):
                session = await read_meter(BleakRadio())

            assert session.complete
        assert (meter.connections, meter.pairings) == (2, 1)

    play(story())


@pytest.mark.parametrize("told_after", [0.0, 0.05], ids=["told at once", "told after the failure"])
def test_a_link_lost_midway_is_made_good_by_the_next_session(system_bus: str, told_after: float) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(40), faults=Faults(link_lost_after=17))
        await meter.start()
        async with bluez(system_bus, air) as daemon:
            daemon.devices.loss_told_after = told_after
            broken = await read_meter(BleakRadio())
            meter.faults.link_lost_after = None
            rest = await read_meter(BleakRadio(), Mark(16))

        assert (broken.complete, rest.complete) == (False, True)
        assert measurements(broken)[:-1] + measurements(rest) == [record.encode() for record in meter.records]

    play(story())


@asynccontextmanager
async def at_last(address: str) -> AsyncIterator[Link]:
    """A link, as a person gets it: by trying again when the device was not heard."""
    async with AsyncExitStack() as stack:
        for seconds in (3, 3, 10):
            try:
                link = await stack.enter_async_context(BleakRadio().connect(address, seconds=seconds))
            except DeviceUnreachable:
                continue
            yield link
            return
        pytest.fail("the device was never heard")


@pytest.mark.parametrize("told_after", [0.0, 0.05], ids=["told at once", "told after the failure"])
def test_a_link_lost_while_a_value_is_read_is_a_broken_session(system_bus: str, told_after: float) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, [])
        await meter.start()
        async with bluez(system_bus, air) as daemon, at_last(meter.address) as link:
            daemon.devices.loss_told_after = told_after
            asyncio.get_running_loop().call_soon(air.lose_links, meter.controller)

            with pytest.raises(SessionBroken, match="lost"):
                await link.read("2a2b")
            await asyncio.wait_for(link.disconnected.wait(), 1)

    play(story())


def test_values_that_are_the_same_are_told_each(system_bus: str) -> None:
    stored = [BloodPressure("138", "86", "103"), BloodPressure("138", "86", "103")]

    async def story() -> None:
        air = Air()
        cuff = BloodPressureCuff(air, stored)
        await cuff.start()
        async with radio_over(system_bus, air) as radio, radio.connect(cuff.address, seconds=20) as link:
            session = await download(link, quick_order())

        assert [payload.raw for payload in session.payloads] == [record.encode() for record in stored]

    play(story())


def test_a_removed_pairing_is_made_anew(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(3))
        await meter.start()
        async with bluez(system_bus, air) as daemon:
            radio = BleakRadio()
            await read_meter(radio)
            await radio.forget(meter.address)
            known = [path for path in daemon.tree.managed() if "dev_" in path]
            await radio.forget(meter.address)
            session = await read_meter(radio)

        assert known == []
        assert (session.complete, meter.pairings) == (True, 2)

    play(story())


def test_a_forgotten_bond_that_bluez_tells_as_an_aborted_link_ends_in_time(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(3))
        await meter.start()
        async with bluez(system_bus, air) as daemon:
            daemon.devices.aborts_on_lost_bond = True
            radio = BleakRadio()
            await read_meter(radio)
            await meter.forget_bonds()

            with pytest.raises(DeviceUnreachable, match=r"it took too long.*pair it again"):
                async with radio.connect(meter.address, seconds=0.5):
                    pytest.fail("connected without a bond")

    play(story())


def test_security_is_raised_when_a_characteristic_asks_for_it(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, [])
        await meter.start()
        async with bluez(system_bus, air) as daemon:
            async with BleakRadio().connect(meter.address, pair=False, seconds=20) as link:
                before = meter.pairings
                feature = await link.read("2a51")
            path = daemon.devices.path_of(meter.address)

            assert (before, meter.pairings, feature) == (0, 1, b"\xff\x07")
            assert daemon.tree.value(path, "org.bluez.Device1", "Paired")

    play(story())


def test_what_a_characteristic_asks_for_in_vain_is_a_refused_pairing(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, [], faults=Faults(refuses_pairing=True))
        await meter.start()
        async with radio_over(system_bus, air) as radio, radio.connect(meter.address, pair=False, seconds=20) as link:
            with pytest.raises(PairingRefused, match="did not pair"):
                await link.read("2a51")

    play(story())


def test_a_device_that_bluetoothd_forgot_after_the_scan_is_unreachable(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, [])
        await meter.start()
        async with bluez(system_bus, air) as daemon:
            radio = BleakRadio()
            await radio.scan(["1808"], seconds=0.1)
            daemon.devices.forget_strangers()

            with pytest.raises(DeviceUnreachable, match="wake the device"):
                async with radio.connect(meter.address, seconds=1):
                    pytest.fail("connected to what is not known")

    play(story())


def test_a_device_that_fell_asleep_after_the_scan_is_unreachable(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, [])
        await meter.start()
        async with radio_over(system_bus, air) as radio:
            await radio.scan(["1808"], seconds=0.1)
            await meter.stop()

            with pytest.raises(DeviceUnreachable, match="wake the device"):
                async with radio.connect(meter.address, seconds=0.5):
                    pytest.fail("connected to what sleeps")

    play(story())


@pytest.mark.parametrize(
    ("make_it_so", "told"),
    [
        (lambda daemon: daemon.switch(powered=False), "No powered Bluetooth adapters found"),
        (Bluetoothd.unplug, "No Bluetooth adapters found"),
    ],
    ids=["switched off", "pulled out"],
)
def test_a_radio_that_does_not_work_is_told_in_a_line(
    system_bus: str, make_it_so: Callable[[Bluetoothd], None], told: str
) -> None:
    async def story() -> None:
        async with bluez(system_bus, Air()) as daemon:
            make_it_so(daemon)
            radio = BleakRadio()

            with pytest.raises(DeviceUnreachable, match=f"the radio does not work: {told}.*switch Bluetooth on"):
                await radio.scan(["1808"], seconds=0.1)
            with pytest.raises(DeviceUnreachable, match=told):
                async with radio.connect("C1:00:00:00:18:08", seconds=0.3):
                    pytest.fail("connected without a radio")

    play(story())


def test_a_computer_where_bluetoothd_does_not_run_is_told_in_a_line(system_bus: str) -> None:
    with pytest.raises(DeviceUnreachable, match="systemctl start bluetooth"):
        play(BleakRadio().scan(["1808"], seconds=0.1))


def test_a_computer_without_a_system_bus_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nothing'}")

    with pytest.raises(DeviceUnreachable, match="the radio does not work"):
        play(BleakRadio().scan(["1808"], seconds=0.1))


class CountingMeter(GlucoseMeter):
    """Tells how many values it sent."""

    values = 0

    async def notify(self, connection: Any, number: int, record: Any) -> None:
        await super().notify(connection, number, record)
        self.values += 1


def test_a_service_that_stops_mid_session_breaks_the_session_and_no_more(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        meter = CountingMeter(air, memory(40), faults=Faults(stalls_after=5))
        await meter.start()
        async with bluez(system_bus, air) as daemon:
            reading = asyncio.create_task(read_meter(BleakRadio()))
            while meter.values < 5:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)  # what is on the air arrives
            await daemon.stop()
            session = await reading

        assert (len(measurements(session)), session.complete) == (5, False)

    play(story())
