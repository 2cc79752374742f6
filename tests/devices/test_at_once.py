"""Several devices and several homes' computers at the same time."""

import asyncio
from datetime import datetime

from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.session import Session
from firmware_mocks.air import Air
from firmware_mocks.bp_cuff import BloodPressureCuff
from firmware_mocks.encode import BloodPressure
from firmware_mocks.faults import Faults
from firmware_mocks.glucose_meter import GlucoseMeter
from tests.devices.air import fetch_quickly, measurements, memory, play, radio_on

OTHER = "C1:00:00:00:28:08"
PRESSURES = [BloodPressure(str(120 + n), "80", "93", time=datetime(2026, 3, 1 + n, 7, 0)) for n in range(6)]


def raw(meter: GlucoseMeter) -> list[bytes]:
    return [record.encode() for record in meter.records]


def test_two_meters_and_a_cuff_are_read_at_once_over_one_radio() -> None:
    async def story() -> None:
        air = Air()
        first = GlucoseMeter(air, memory(120))
        second = GlucoseMeter(air, memory(80, first=500), address=OTHER, faults=Faults(link_lost_after=30))
        cuff = BloodPressureCuff(air, PRESSURES)
        for device in (first, second, cuff):
            await device.start()
        async with radio_on(air) as radio:
            of_first, of_second, of_cuff = await asyncio.gather(
                fetch_quickly(radio, first), fetch_quickly(radio, second), fetch_quickly(radio, cuff)
            )

        assert measurements(of_first) == raw(first)
        assert measurements(of_second) == raw(second)
        assert [payload.raw for payload in of_cuff.payloads] == [record.encode() for record in PRESSURES]

    play(story())


def test_two_computers_read_a_device_each_at_once() -> None:
    async def story() -> None:
        air = Air()
        first, second = GlucoseMeter(air, memory(120)), GlucoseMeter(air, memory(80, first=500), address=OTHER)
        await first.start()
        await second.start()
        async with radio_on(air) as one, radio_on(air) as other:
            of_first, of_second = await asyncio.gather(fetch_quickly(one, first), fetch_quickly(other, second))

        assert (measurements(of_first), measurements(of_second)) == (raw(first), raw(second))

    play(story())


def test_two_computers_that_want_the_same_meter_both_get_all_of_it_one_after_the_other() -> None:
    async def story() -> GlucoseMeter:
        air = Air()
        meter = GlucoseMeter(air, memory(120))
        await meter.start()

        async def read(radio: BleakRadio) -> Session:
            return await fetch_quickly(radio, meter)

        async with radio_on(air) as one, radio_on(air) as other:
            sessions = await asyncio.gather(read(one), read(other))

        for session in sessions:
            assert (measurements(session), session.complete) == (raw(meter), True)
        return meter

    assert play(story()).pairings == 2
