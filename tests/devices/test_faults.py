"""Every fault that a virtual device can have is survived: nothing is lost or doubled, and there is one sentence."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from companion.devices.radio.link import DeviceUnreachable, PairingRefused
from companion.devices.radio.selection import Mark
from companion.devices.radio.session import Session
from companion.devices.radio.troubles import Trouble
from firmware_mocks import builds
from firmware_mocks.air import Air
from firmware_mocks.bp_cuff import BloodPressureCuff
from firmware_mocks.encode import BloodPressure, Glucose
from firmware_mocks.faults import NAMED, Abort, Faults, named
from firmware_mocks.glucose_meter import GlucoseMeter
from tests.devices.air import QUICK, fetch_quickly, measurements, memory, play, quick_order, radio_on

RECORDS = memory(40)
RAW = [record.encode() for record in RECORDS]
NONSENSE = b"\x1b\x03\x00\xea"
ALL_READ = "nothing to do"


def told(session: Session) -> set[Trouble]:
    return {anomaly.trouble for anomaly in session.anomalies}


def contexts(session: Session) -> list[bytes]:
    return [payload.raw for payload in session.payloads if payload.characteristic == "2a34"]


def name_of(parameter: object) -> str | None:
    """Of a fault, only what is wrong."""
    if not isinstance(parameter, Faults):
        return None
    usual = vars(Faults())
    return " ".join(f"{name}={value}" for name, value in vars(parameter).items() if value != usual[name])


def heal_after_the_first_link(meter: GlucoseMeter) -> None:
    """What was wrong is over when the link ends."""

    def heal(_reason: int) -> None:
        meter.faults = Faults()

    meter.device.on("connection", lambda connection: connection.on("disconnection", heal))


async def read(faults: Faults, *, heals: bool = True, records: list[Glucose] = RECORDS) -> tuple[Session, GlucoseMeter]:
    air = Air()
    meter = GlucoseMeter(air, records, faults=faults)
    if heals:
        heal_after_the_first_link(meter)
    await meter.start()
    async with radio_on(air) as radio:
        return await fetch_quickly(radio, meter), meter


@pytest.mark.parametrize("name", NAMED)
def test_whatever_is_wrong_the_next_download_after_it_leaves_nothing_out(name: str) -> None:
    async def story() -> tuple[Session | None, Session]:
        air = Air()
        meter = GlucoseMeter(air, RECORDS, faults=named(name))
        await meter.start()
        async with radio_on(air) as radio:
            first: Session | None = None
            with suppress(PairingRefused):
                first = await fetch_quickly(radio, meter)
            meter.faults = Faults()
            if "subscription-missing" in name:  # it is built so: repaired, it is another one
                await meter.stop()
                meter = GlucoseMeter(air, RECORDS, address="C1:00:00:00:18:09")
                await meter.start()
            return first, await fetch_quickly(radio, meter, quick_order(first.mark if first else None))

    first, second = play(story())

    came = {raw for session in (first, second) if session for raw in measurements(session)}
    replaced = set(NAMED[name].get("malformed", {})) | set(NAMED[name].get("special", {}))
    assert {raw for number, raw in enumerate(RAW) if number not in replaced} <= came
    assert second.complete
    if first:
        assert first.sentence.count(".") <= 1
        assert first.complete or first.sentence


@pytest.mark.parametrize(
    ("faults", "trouble", "links"),
    [
        (Faults(link_lost_after=17), Trouble.LINK_LOST, 2),
        (Faults(hangs_up_after=17), Trouble.LINK_LOST, 2),
        (Faults(silent_after=17), Trouble.LINK_LOST, 2),
        (Faults(stalls_after=17), Trouble.SILENT, 2),
        (Faults(stalls_after=17, abort=Abort.REFUSED), Trouble.SILENT, 2),
        (Faults(stalls_after=17, abort=Abort.IGNORED), Trouble.SILENT, 2),
        (Faults(lost={7, 9}), Trouble.MISSING, 2),
        (Faults(sends_nothing=True), Trouble.MISSING, 2),
        (Faults(counted=41), Trouble.MISSING, 2),
        (Faults(counted=39), Trouble.MISCOUNTED, 1),
        (Faults(ends_with=8), Trouble.NOT_FINISHED, 2),
        (Faults(duplicated={5, 6}), Trouble.REPEATED, 1),
        (Faults(garbled_answers=2), Trouble.ODD_ANSWER, 1),
        (Faults(busy_for=1), Trouble.BUSY, 1),
        (Faults(busy_for=3, busy_code=0x80), Trouble.BUSY, 2),
        (Faults(forgets_subscriptions=1), Trouble.REFUSED, 2),
        (Faults(forgets_subscriptions=1, not_subscribed_code=0x81), Trouble.REFUSED, 2),
    ],
    ids=name_of,
)
def test_what_goes_wrong_on_the_way_is_made_good_and_leaves_nothing_to_do(
    faults: Faults, trouble: Trouble, links: int
) -> None:
    session, meter = play(read(faults))

    assert sorted(set(measurements(session))) == sorted(RAW)
    assert len(measurements(session)) == len(RAW) + len(faults.duplicated)
    assert sorted(set(contexts(session))) == sorted(r.context.encode(r.sequence) for r in RECORDS if r.context)
    assert (session.complete, session.links, meter.pairings) == (True, links, 1)
    assert trouble in told(session)
    assert session.sentence.endswith(f"{ALL_READ}.")


@pytest.mark.parametrize(
    "faults",
    [Faults(cannot_count=True), Faults(shuffled=True), Faults(hangs_up_when_done=True), Faults(mtu=23)],
    ids=name_of,
)
def test_what_is_merely_unusual_needs_no_sentence(faults: Faults) -> None:
    session, _ = play(read(faults, heals=False))

    assert sorted(measurements(session)) == sorted(RAW)
    assert (session.complete, session.links, session.anomalies, session.sentence) == (True, 1, (), "")


@pytest.mark.parametrize(
    ("faults", "trouble", "sentence"),
    [
        (Faults(malformed={3: NONSENSE}), Trouble.UNREADABLE, "your clinic can see them"),
        (Faults(conflicting={3}), Trouble.CONFLICTING, "contradict"),
        (Faults(context_lost=True), Trouble.CONTEXT_MISSING, "notes on meals"),
        (Faults(refused_reads={0x2A2B: 0x0E, 0x2A08: 0x0E}), Trouble.NO_CLOCK, "set its clock"),
        (Faults(without_subscription={0x2A34}), Trouble.CONTEXT_MISSING, "notes on meals"),
    ],
    ids=name_of,
)
def test_what_cannot_be_made_good_is_kept_and_told_in_a_sentence(
    faults: Faults, trouble: Trouble, sentence: str
) -> None:
    session, _ = play(read(faults, heals=False))

    unharmed = [raw for number, raw in enumerate(RAW) if number not in faults.malformed]
    assert set(unharmed) <= set(measurements(session))
    assert session.complete
    assert trouble in told(session)
    assert sentence in session.sentence


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        (Faults(lost={7, 9}), "more records than it sent"),
        (Faults(sends_nothing=True), "more records than it sent"),
        (Faults(ends_with=8), "stopped before the end"),
        (Faults(stalls_after=0), "wake it"),
        (Faults(link_lost_after=0), "bring the device nearer"),
        (Faults(busy_for=1000), "refused"),
        (Faults(without_subscription={0x2A18}), "refused"),
        (Faults(without_subscription={0x2A52}), "refused"),
    ],
    ids=name_of,
)
def test_a_device_that_never_gets_better_is_given_up_and_the_person_told_what_to_do(
    faults: Faults, sentence: str
) -> None:
    session, _ = play(read(faults, heals=False))

    assert not session.complete
    assert session.mark is None
    assert set(measurements(session)) <= set(RAW)
    assert sentence in session.sentence


def test_a_radio_so_weak_that_every_link_brings_a_few_records_gets_them_all() -> None:
    session, _ = play(read(Faults(link_lost_after=4), heals=False))

    assert measurements(session) == RAW
    assert (session.complete, session.links) == (True, 14)


def test_values_that_are_no_numbers_come_as_they_are() -> None:
    specials = {0: "NAN", 1: "NRES", 2: "POS_INF", 3: "NEG_INF"}

    session, _ = play(read(Faults(special=specials), heals=False))

    expected = [replace(record, value=specials.get(number, record.value)) for number, record in enumerate(RECORDS)]
    assert measurements(session) == [record.encode() for record in expected]


def test_a_clock_that_was_reset_is_read_as_it_stands() -> None:
    session, _ = play(read(Faults(clock_shows=datetime(2000, 1, 1))))

    assert session.clock is not None
    assert session.clock.device_time == datetime(2000, 1, 1)


def test_one_of_two_clocks_is_enough() -> None:
    session, _ = play(read(Faults(refused_reads={0x2A2B: 0x0E})))

    assert session.clock is not None
    assert session.anomalies == ()


def test_late_contexts_are_waited_for() -> None:
    session, _ = play(read(Faults(contexts_late=True)))

    assert len(contexts(session)) == len([record for record in RECORDS if record.context])
    assert session.anomalies == ()


def test_numbers_that_run_over_are_read_whole_through_a_lost_link() -> None:
    records = memory(10, first=65531)

    session, _ = play(read(Faults(link_lost_after=3), heals=False, records=records))

    assert set(measurements(session)) == {record.encode() for record in records}
    assert (session.complete, session.mark) == (True, Mark(4, records[-1].time))


def test_a_memory_erased_between_two_links_is_read_anew() -> None:
    async def story() -> tuple[Session, Session]:
        air = Air()
        meter = GlucoseMeter(air, RECORDS)
        await meter.start()
        async with radio_on(air) as radio:
            before = await fetch_quickly(radio, meter)
            meter.records = [replace(record, value=Decimal("0.00077")) for record in memory(45)]
            meter.records = [replace(r, time=datetime(2026, 4, 1, 7, r.sequence)) for r in meter.records]
            return before, await fetch_quickly(radio, meter, quick_order(before.mark))

    before, after = play(story())

    assert before.mark == Mark(39, RECORDS[-1].time)
    assert len(set(measurements(after))) == 45
    assert "started over" in after.sentence


def test_a_memory_erased_in_the_middle_of_a_transfer_loses_nothing() -> None:
    async def story() -> tuple[Session, GlucoseMeter]:
        air = Air()
        meter = GlucoseMeter(air, RECORDS, faults=Faults(link_lost_after=17))

        def erase(_reason: int) -> None:
            meter.faults = Faults()
            meter.records = [replace(record, time=datetime(2026, 4, 1, 7, record.sequence)) for record in memory(3)]

        meter.device.on("connection", lambda connection: connection.on("disconnection", erase))
        await meter.start()
        async with radio_on(air) as radio:
            return await fetch_quickly(radio, meter), meter

    session, meter = play(story())

    assert set(measurements(session)) == {*RAW[:17], *(record.encode() for record in meter.records)}


def test_a_device_that_sleeps_between_its_links_is_waited_for() -> None:
    async def story() -> Session:
        air = Air()
        meter = GlucoseMeter(air, RECORDS, faults=Faults(link_lost_after=17, asleep_s=0.25))
        await meter.start()
        async with radio_on(air) as radio:
            return await fetch_quickly(radio, meter, patience=replace(QUICK, connect_s=0.1, fruitless_links=6))

    session = play(story())

    assert measurements(session) == RAW
    assert Trouble.NOT_FOUND in told(session)
    assert ALL_READ in session.sentence


def test_a_device_that_is_never_heard_is_unreachable() -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, RECORDS)
        async with radio_on(air) as radio:
            with pytest.raises(DeviceUnreachable, match=meter.address):
                await fetch_quickly(radio, meter, patience=replace(QUICK, connect_s=0.05))

    play(story())


def test_a_cuff_whose_link_is_lost_is_looked_for_again() -> None:
    stored = [BloodPressure(str(120 + n), "80", "93", time=datetime(2026, 3, 1 + n, 7, 0)) for n in range(6)]

    async def story() -> Session:
        air = Air()
        cuff = BloodPressureCuff(air, stored, build=builds.OMRON, faults=Faults(link_lost_after=4))
        await cuff.start()
        async with radio_on(air) as radio:
            return await fetch_quickly(radio, cuff)

    session = play(story())

    assert [payload.raw for payload in session.payloads] == [record.encode() for record in stored]
    assert (session.complete, session.sentence) == (True, "")


def test_a_bond_lost_in_the_middle_of_a_download_needs_a_person() -> None:
    async def story() -> Session:
        air = Air()
        meter = GlucoseMeter(air, RECORDS, faults=Faults(link_lost_after=17))
        await meter.start()
        async with radio_on(air) as radio:
            reading = asyncio.create_task(fetch_quickly(radio, meter))
            while not meter.pairings:
                await asyncio.sleep(0)
            await meter.forget_bonds()
            return await reading

    session = play(story())

    assert measurements(session) == RAW[: len(measurements(session))]
    assert not session.complete
    assert "pair the two again" in session.sentence


@pytest.mark.parametrize(("typed", "refuses"), [(None, False), (123456, False), (builds.ACCU_CHEK.passkey, True)])
def test_a_pairing_that_does_not_come_about_is_told_at_once(typed: int | None, refuses: bool) -> None:
    async def story() -> GlucoseMeter:
        air = Air()
        meter = GlucoseMeter(air, RECORDS, build=builds.ACCU_CHEK, faults=Faults(refuses_pairing=refuses))
        await meter.start()
        async with radio_on(air, passkey=typed) as radio:
            with pytest.raises(PairingRefused, match="pairing mode"):
                await fetch_quickly(radio, meter)
        return meter

    assert play(story()).connections == 1


def test_what_the_disk_cannot_keep_is_not_acknowledged_and_ends_the_session() -> None:
    def full(_payload: object) -> None:
        raise OSError("no space left")

    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, RECORDS)
        await meter.start()
        async with radio_on(air) as radio:
            with pytest.raises(OSError, match="no space left"):
                await fetch_quickly(radio, meter, quick_order(keep=full))

    play(story())
