"""The product's own radio, through bleak and real GATT, against the virtual meter and cuff on a virtual air: with a
backend of our own, and with bleak's own for BlueZ."""

import asyncio
from pathlib import Path

import pytest

from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.download import download
from companion.devices.radio.link import DeviceUnreachable, OperationRefused, PairingRefused, SessionBroken
from companion.devices.radio.selection import Mark
from companion.devices.radio.session import Order
from companion.devices.radio.troubles import Trouble
from firmware_mocks.air import Air
from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.bp_cuff import BloodPressureCuff
from firmware_mocks.encode import BloodPressure
from firmware_mocks.faults import Faults
from firmware_mocks.glucose_meter import GlucoseMeter
from tests.devices.air import RadioOn, measurements, memory, now, play, read_meter


def test_devices_are_found_by_the_service_they_advertise(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter, cuff = GlucoseMeter(air, []), BloodPressureCuff(air, [])
        await meter.start()
        await cuff.start()
        async with radio_on(air) as radio:
            both = await radio.scan(["1808", "1810"], seconds=0.2)
            cuffs = await radio.scan(["1810"], seconds=0.2)
            nothing = await radio.find(["181f"], seconds=0.1)

        assert {found.address for found in both} == {meter.address, cuff.address}
        assert [(found.name, found.service_uuids) for found in cuffs] == [(cuff.name, ("1810",))]
        assert nothing is None

    play(story())


def test_a_meter_is_paired_with_counted_and_read_whole(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(40))
        await meter.start()
        async with radio_on(air) as radio:
            session = await read_meter(radio)

        assert measurements(session) == [record.encode() for record in meter.records]
        assert (session.announced, session.complete, session.anomalies) == (40, True, ())
        assert session.identity.serial == "01234567"
        assert session.clock is not None
        assert session.clock.read_at == now()
        assert meter.pairings == 1

    play(story())


def test_a_second_session_reuses_the_bond_and_reads_only_what_is_new(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(40))
        await meter.start()
        async with radio_on(air) as radio:
            await read_meter(radio)
            session = await read_meter(radio, Mark(36))

        assert measurements(session) == [record.encode() for record in meter.records[36:]]
        assert (session.announced, meter.connections, meter.pairings) == (4, 2, 1)

    play(story())


def test_a_link_lost_midway_is_made_good_by_the_next_session(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(40), faults=Faults(link_lost_after=17))
        await meter.start()
        async with radio_on(air) as radio:
            broken = await read_meter(radio)
            meter.faults.link_lost_after = None
            rest = await read_meter(radio, Mark(16))

        assert (broken.complete, rest.complete) == (False, True)
        assert broken.anomalies[0].trouble is Trouble.LINK_LOST
        assert measurements(broken)[:-1] + measurements(rest) == [record.encode() for record in meter.records]

    play(story())


@pytest.mark.parametrize(
    ("faults", "received", "complete", "anomaly"),
    [
        (Faults(stalls_after=5), 5, False, "silent"),
        (Faults(malformed={3: b"\x1b\x03\x00\xea"}), 40, True, "cut short"),
        (Faults(duplicated={5, 6}), 42, True, "2 records came twice"),
        (Faults(lost={7, 9}), 38, False, "40 records were counted and 38 came"),
        (Faults(counted=41), 40, False, "41 records were counted and 40 came"),
        (Faults(context_lost=True), 40, True, "no context came"),
        (Faults(garbled_answers=2), 40, True, "record access"),
        (Faults(cannot_count=True), 40, True, None),
    ],
)
def test_a_faulty_meter_gives_what_it_can_and_its_fault_is_told(
    radio_on: RadioOn, faults: Faults, received: int, complete: bool, anomaly: str | None
) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(40), faults=faults)
        await meter.start()
        async with radio_on(air) as radio:
            session = await read_meter(radio, idle_timeout=0.3)

        assert (len(measurements(session)), session.complete) == (received, complete)
        assert not session.anomalies if anomaly is None else anomaly in str(session.anomalies[-1])

    play(story())


def test_a_meter_that_cannot_select_is_read_whole(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(10), faults=Faults(cannot_select=True))
        await meter.start()
        async with radio_on(air) as radio:
            session = await read_meter(radio, Mark(7))

        assert (len(measurements(session)), session.announced, session.complete) == (10, 10, True)

    play(story())


def test_an_erased_meter_is_read_from_its_new_start(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(3))
        await meter.start()
        async with radio_on(air) as radio:
            session = await read_meter(radio, Mark(200))

        assert measurements(session) == [record.encode() for record in meter.records]
        assert session.complete

    play(story())


def test_a_refused_pairing_says_what_to_do(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(3), faults=Faults(refuses_pairing=True))
        await meter.start()
        async with radio_on(air) as radio:
            with pytest.raises(PairingRefused, match="pairing mode"):
                await read_meter(radio)

    play(story())


def test_a_meter_that_forgot_the_bond_has_to_be_paired_again_by_a_person(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(3))
        await meter.start()
        async with radio_on(air) as radio:
            await read_meter(radio)
            await meter.forget_bonds()

            with pytest.raises(PairingRefused, match="remove that pairing"):
                await read_meter(radio)
            await radio.forget(meter.address)
            session = await read_meter(radio)

        assert (session.complete, meter.pairings) == (True, 2)

    play(story())


def test_a_device_that_is_not_there_is_unreachable(radio_on: RadioOn) -> None:
    async def story() -> None:
        async with radio_on(Air()) as radio:
            with pytest.raises(DeviceUnreachable, match="C1:00:00:00:18:08"):
                async with radio.connect("C1:00:00:00:18:08", seconds=0.2):
                    pytest.fail("connected to nothing")

    play(story())


def test_a_computer_without_a_radio_is_told_in_a_line() -> None:
    radio = BleakRadio(BumbleBackend("tcp-client:127.0.0.1:9"))  # the discard port: nobody listens

    async def connect() -> None:
        async with radio.connect("C1:00:00:00:18:08", seconds=0.2):
            pytest.fail("connected to nothing")

    with pytest.raises(DeviceUnreachable, match="the radio does not work"):
        play(radio.scan(["1808"], seconds=0.1))
    with pytest.raises(DeviceUnreachable, match="C1:00:00:00:18:08"):
        play(connect())


def test_security_is_raised_when_a_characteristic_asks_for_it(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, [])
        await meter.start()
        async with radio_on(air) as radio, radio.connect(meter.address, pair=False, seconds=30) as link:
            before = meter.pairings
            feature = await link.read("2a51")

            assert (before, meter.pairings, feature) == (0, 1, b"\xff\x07")

    play(story())


def test_what_the_device_refuses_comes_with_its_code(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, [])
        await meter.start()
        async with radio_on(air) as radio, radio.connect(meter.address, seconds=30) as link:
            with pytest.raises(OperationRefused) as not_subscribed:
                await link.write("2a52", b"\x01\x01")
            with pytest.raises(OperationRefused) as not_offered:
                await link.read("2a35")

        assert (not_subscribed.value.code, not_offered.value.code) == (0xFD, None)

    play(story())


def test_a_link_lost_while_waiting_is_a_broken_session_and_no_cancellation(radio_on: RadioOn) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, [])
        await meter.start()
        async with radio_on(air) as radio, radio.connect(meter.address, seconds=30) as link:
            asyncio.get_running_loop().call_soon(air.lose_links, meter.controller)

            with pytest.raises(SessionBroken, match="lost"):
                await link.read("2a2b")
            assert link.disconnected.is_set()

    play(story())


@pytest.mark.parametrize("hangs_up", [True, False])
def test_a_cuff_sends_what_it_has_stored(radio_on: RadioOn, hangs_up: bool) -> None:
    stored = [BloodPressure("138", "86", "103"), BloodPressure("NAN", status=0)]

    async def story() -> None:
        air = Air()
        cuff = BloodPressureCuff(air, stored, hangs_up=hangs_up)
        await cuff.start()
        async with radio_on(air) as radio, radio.connect(cuff.address, seconds=30) as link:
            session = await download(link, Order(now, quiet_s=0.3))

        assert [payload.raw for payload in session.payloads] == [record.encode() for record in stored]
        assert {payload.characteristic for payload in session.payloads} == {"2a35"}
        assert (session.complete, session.identity.model) == (True, "BC-1")

    play(story())


def test_a_bond_outlives_the_process_that_made_it(tmp_path: Path) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(3), bonds=tmp_path / "meter.json")
        await meter.start()
        for _ in range(2):
            host, controller = air.new_host("companion")
            radio = BleakRadio(BumbleBackend(host=host, keystore=tmp_path / "companion.json"))
            session = await read_meter(radio)
            await radio.close()
            air.unplug(controller)

            assert session.complete
        assert (meter.connections, meter.pairings) == (2, 1)

    play(story())
