"""Every model of the quirk table has a virtual device that behaves as it does, and is read right over real GATT."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from companion.devices.profiles import blood_pressure_profile, cgm_profile, cgm_session, glucose_profile
from companion.devices.profiles.wire import Special
from companion.devices.quirk_table import ROWS, quirks_of
from companion.devices.radio.link import PairingRefused
from companion.devices.radio.selection import Mark
from companion.devices.radio.troubles import Trouble
from firmware_mocks import builds
from firmware_mocks.air import Air
from firmware_mocks.bp_cuff import BloodPressureCuff
from firmware_mocks.cgm_sensor import CgmSensor
from firmware_mocks.encode import BloodPressure
from firmware_mocks.glucose_meter import GlucoseMeter
from firmware_mocks.lives import steady_fortnight
from firmware_mocks.models import MODELS, make
from firmware_mocks.peripheral import Peripheral, WallClock
from tests.devices.air import RadioOn, fetch_quickly, measurements, memory, play, quick_order, radio_on

SHOWS = datetime(2026, 3, 15, 9, 0)
LIFE = steady_fortnight(SHOWS)
PRESSURES = [BloodPressure(str(120 + n), "80", "93", time=datetime(2026, 3, 1 + n, 7, 0)) for n in range(4)]


def new(name: str, air: Air) -> Peripheral:
    return make(name, air, steady_fortnight, WallClock(SHOWS), None)


def raws(session: object, characteristic: str) -> list[bytes]:
    return [payload.raw for payload in session.payloads if payload.characteristic == characteristic]  # type: ignore[attr-defined]


def test_every_row_of_the_quirk_table_has_its_virtual_device() -> None:
    assert {row.page for row in ROWS} <= set(MODELS)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_virtual_device_is_known_by_what_it_says_of_itself(name: str) -> None:
    async def story() -> Peripheral:
        return new(name, Air())

    device = play(story())

    row = quirks_of(device.build.manufacturer, device.build.model, device.name)

    assert row.page == (name if name in {row.page for row in ROWS} else "standard")


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_virtual_device_is_read_to_its_end(radio_on: RadioOn, name: str) -> None:
    async def story() -> None:
        air = Air()
        device = new(name, air)
        await device.start()
        async with radio_on(air, device.build.passkey) as radio:
            session = await fetch_quickly(radio, device, quick_order(may_empty=True))

        sent = [p for p in session.payloads if p.characteristic in {"2a18", "2a35", "2aa7"}]
        remembers = {"glucose": LIFE.glucose, "cuff": LIFE.blood_pressure}
        records = len(remembers["glucose" if device.service == 0x1808 else "cuff"])
        extra = {"caresens": 1, "boso": 1}.get(name, 0)
        assert len(sent) == (288 if name == "sensor" else records + extra)
        assert session.complete
        assert session.identity.model == device.build.model

    play(story())


def test_an_accu_chek_bonds_by_its_passkey_and_keeps_its_clock_in_the_glucose_service() -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(5), build=builds.ACCU_CHEK, clock=WallClock(SHOWS))
        await meter.start()
        async with radio_on(air, passkey=123456) as radio:
            with pytest.raises(PairingRefused, match="pairing mode"):
                await fetch_quickly(radio, meter)
        async with radio_on(air, passkey=builds.ACCU_CHEK.passkey) as radio:
            session = await fetch_quickly(radio, meter, quick_order(wall=lambda: datetime(2026, 1, 1)))

        assert session.clock is not None
        assert session.clock.device_time - SHOWS < timedelta(seconds=30)
        assert (len(measurements(session)), session.clock_set_to, meter.pairings) == (5, None, 1)

    play(story())


def test_a_meter_that_is_about_to_measure_ends_the_link_and_is_read_afterwards() -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(40), build=builds.ACCU_CHEK)
        meter.faults.hangs_up_after = 12
        await meter.start()
        async with radio_on(air, passkey=builds.ACCU_CHEK.passkey) as radio:
            session = await fetch_quickly(radio, meter)

        assert measurements(session) == [record.encode() for record in meter.records]
        assert {anomaly.trouble for anomaly in session.anomalies} == {Trouble.STRIP_INSERTED}
        assert session.links == 4

    play(story())


def test_a_contour_is_asked_from_a_number_only_and_then_for_what_is_new() -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(30), build=builds.CONTOUR_NEXT)
        await meter.start()
        async with radio_on(air) as radio:
            first = await fetch_quickly(radio, meter)
            meter.measure(Decimal("0.00133"), datetime(2026, 3, 14, 7, 0))
            second = await fetch_quickly(radio, meter, quick_order(first.mark))

        assert (len(measurements(first)), first.anomalies) == (30, ())
        assert measurements(second) == [record.encode() for record in meter.records[29:]]

    play(story())


def test_a_taidoc_numbers_backwards_and_is_known_by_its_times() -> None:
    async def story() -> None:
        air = Air()
        records = [record for record in memory(12) if record.context is None]
        meter = GlucoseMeter(air, records, build=builds.TAIDOC)
        await meter.start()
        async with radio_on(air) as radio:
            first = await fetch_quickly(radio, meter)
            nothing_new = await fetch_quickly(radio, meter, quick_order(first.mark))
            newer = meter.measure(Decimal("0.00133"), datetime(2026, 3, 14, 7, 0))
            second = await fetch_quickly(radio, meter, quick_order(first.mark))

        assert (first.clock, first.mark) == (None, Mark(0, records[-1].time))
        assert (nothing_new.payloads, nothing_new.complete, nothing_new.mark) == ((), True, first.mark)
        assert [glucose_profile.decode(raw).sequence for raw in measurements(second)] == list(range(9))
        assert second.mark == Mark(0, newer.time)

    play(story())


def test_a_transfer_of_backward_numbers_goes_on_by_the_time_on_the_display() -> None:
    async def story() -> None:
        air = Air()
        records = [record for record in memory(60) if record.context is None]
        meter = GlucoseMeter(air, records, build=builds.TAIDOC)
        meter.faults.link_lost_after = 25
        await meter.start()
        async with radio_on(air) as radio:
            session = await fetch_quickly(radio, meter)

        assert measurements(session) == [record.encode() for record in meter.memory()]
        assert (session.links, session.complete) == (2, True)

    play(story())


def test_a_caresens_is_set_by_its_own_command_and_marks_its_ketones() -> None:
    async def story() -> None:
        air = Air()
        meter = new("caresens", air)
        await meter.start()
        async with radio_on(air) as radio:
            session = await fetch_quickly(radio, meter, quick_order(wall=lambda: datetime(2026, 3, 15, 10, 30)))

        last = glucose_profile.decode_context(raws(session, "2a34")[-1])
        assert (session.clock, last.meal) == (None, 6)
        assert session.clock_set_to == datetime(2026, 3, 15, 10, 30)
        assert meter.clock.now() - datetime(2026, 3, 15, 10, 30) < timedelta(seconds=30)

    play(story())


def test_an_and_serves_its_own_central_only_and_sends_a_record_once() -> None:
    async def story() -> None:
        air = Air()
        cuff = BloodPressureCuff(air, PRESSURES, build=builds.AND)
        await cuff.start()
        async with radio_on(air) as own, radio_on(air) as other:
            first = await fetch_quickly(own, cuff)
            with pytest.raises(PairingRefused):
                await fetch_quickly(other, cuff)
            again = await fetch_quickly(own, cuff)

        assert raws(first, "2a35") == [record.encode() for record in PRESSURES]
        assert (again.payloads, cuff.stored, cuff.pairings) == ((), [], 1)

    play(story())


def test_a_clock_is_set_only_after_everything_was_read() -> None:
    async def story() -> None:
        air = Air()
        cuff = BloodPressureCuff(air, PRESSURES, build=builds.AND, clock=WallClock(SHOWS), hangs_up=False)
        await cuff.start()
        async with radio_on(air) as radio:
            session = await fetch_quickly(radio, cuff, quick_order(wall=lambda: datetime(2026, 3, 15, 10, 30)))

        assert session.clock is not None
        assert session.clock.device_time - SHOWS < timedelta(seconds=30)
        assert (session.clock_set_to, cuff.clock_was_set) == (datetime(2026, 3, 15, 10, 30), 1)

    play(story())


def test_a_clock_that_is_right_is_left_alone() -> None:
    async def story() -> None:
        air = Air()
        cuff = BloodPressureCuff(air, PRESSURES, build=builds.AND, clock=WallClock(SHOWS), hangs_up=False)
        await cuff.start()
        async with radio_on(air) as radio:
            session = await fetch_quickly(radio, cuff, quick_order(wall=lambda: SHOWS + timedelta(seconds=20)))

        assert (session.clock_set_to, cuff.clock_was_set) == (None, 0)

    play(story())


def test_an_omron_tells_its_time_once_and_is_set_at_that_moment() -> None:
    async def story() -> None:
        air = Air()
        cuff = BloodPressureCuff(air, PRESSURES, build=builds.OMRON, clock=WallClock(SHOWS))
        await cuff.start()
        async with radio_on(air) as radio:
            session = await fetch_quickly(radio, cuff, quick_order(wall=lambda: datetime(2026, 3, 15, 10, 30)))

        assert session.clock is not None
        assert session.clock.device_time - SHOWS < timedelta(seconds=30)
        assert (session.clock_set_to, cuff.clock_was_set) == (datetime(2026, 3, 15, 10, 30), 1)
        assert raws(session, "2a35") == [record.encode() for record in PRESSURES]

    play(story())


def test_a_memory_is_never_emptied_by_surprise() -> None:
    async def story() -> None:
        air = Air()
        cuff = BloodPressureCuff(air, PRESSURES, build=builds.OMRON_X4)
        await cuff.start()
        async with radio_on(air) as radio:
            refused = await fetch_quickly(radio, cuff)
            left = list(cuff.stored)
            kept: list[bytes] = []
            order = quick_order(may_empty=True, keep=lambda payload: kept.append(payload.raw))
            agreed = await fetch_quickly(radio, cuff, order)

        assert (refused.payloads, refused.complete, refused.links, left) == ((), False, 1, PRESSURES)
        assert "empties its memory" in refused.sentence
        assert raws(agreed, "2a35") == [record.encode() for record in PRESSURES]
        assert {record.encode() for record in PRESSURES} <= set(kept)
        assert cuff.stored == []

    play(story())


@pytest.mark.parametrize("build", [builds.MEDISANA, builds.BEURER])
def test_a_cuff_that_resends_everything_is_read_whole_each_time_oldest_first(build: builds.CuffBuild) -> None:
    async def story() -> None:
        air = Air()
        cuff = BloodPressureCuff(air, PRESSURES, build=build)
        await cuff.start()
        async with radio_on(air) as radio:
            sessions = [await fetch_quickly(radio, cuff) for _ in range(2)]

        for session in sessions:
            assert raws(session, "2a35") == [record.encode() for record in PRESSURES]
            assert (session.complete, session.sentence) == (True, "")

    play(story())


def test_a_boso_that_failed_to_measure_says_nan_everywhere() -> None:
    async def story() -> None:
        air = Air()
        cuff = new("boso", air)
        await cuff.start()
        async with radio_on(air) as radio:
            session = await fetch_quickly(radio, cuff)

        failed = blood_pressure_profile.decode(raws(session, "2a35")[-1])
        assert (failed.systolic, failed.diastolic) == (Special.NAN, Special.NAN)

    play(story())


def test_a_sensor_tells_when_its_session_started_and_is_asked_by_minutes() -> None:
    async def story() -> None:
        air = Air()
        sensor = new("sensor", air)
        assert isinstance(sensor, CgmSensor)
        await sensor.start()
        async with radio_on(air) as radio:
            first = await fetch_quickly(radio, sensor)
            second = await fetch_quickly(radio, sensor, quick_order(Mark(1400, sensor.started)))

        assert cgm_session.decode_start(raws(first, "2aaa")[0]).local == sensor.started
        assert {"2aa8", "2aa9"} <= {payload.characteristic for payload in first.payloads}
        assert first.mark == Mark(1440, sensor.started)
        assert (first.battery, first.complete) == (64, True)
        assert [cgm_profile.decode(raw).time_offset_min for raw in raws(second, "2aa7")] == list(range(1400, 1441, 5))

    play(story())


def test_a_new_session_of_a_sensor_is_read_from_its_start() -> None:
    async def story() -> None:
        air = Air()
        sensor = new("sensor", air)
        await sensor.start()
        async with radio_on(air) as radio:
            session = await fetch_quickly(radio, sensor, quick_order(Mark(1400, datetime(2026, 3, 1, 9, 0))))

        assert len(raws(session, "2aa7")) == 288

    play(story())


def test_battery_and_features_are_read_where_they_are_told() -> None:
    async def story() -> None:
        air = Air()
        meter, cuff = GlucoseMeter(air, memory(1)), BloodPressureCuff(air, PRESSURES)
        await meter.start()
        await cuff.start()
        async with radio_on(air) as radio:
            of_meter, of_cuff = await fetch_quickly(radio, meter), await fetch_quickly(radio, cuff)

        assert (of_meter.battery, of_meter.features) == (81, b"\xff\x07")
        assert (of_cuff.battery, of_cuff.features) == (None, b"\x3f\x00")

    play(story())
