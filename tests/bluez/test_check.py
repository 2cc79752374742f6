"""`companion devices check`: the list is walked through over BlueZ, with somebody's hands and without."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from companion.clock import system_clock
from companion.devices.check.report import as_json, as_text
from companion.devices.check.visit import Result, State, Visit, Witness
from companion.devices.check.walk import STEPS, walk
from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.bluez_agent import BluezAgent
from companion.devices.radio.fetch import Patience
from companion.devices.radio.link import Found
from companion.devices.radio.session import Session
from firmware_mocks.air import Air
from firmware_mocks.bluez.daemon import Bluetoothd
from firmware_mocks.bp_cuff import BloodPressureCuff
from firmware_mocks.encode import BloodPressure, Glucose
from firmware_mocks.faults import Faults
from firmware_mocks.glucose_meter import GlucoseMeter
from firmware_mocks.peripheral import WallClock
from tests.bluez.house import PIN, Knows, bluez, pin_meter
from tests.devices.air import memory, play

SOON = Patience(fruitless_links=2, first_pause_s=0.05, connect_s=5, look_again_s=0.3, settle_s=0)
Deed = Callable[[], Awaitable[None] | None]


class Hands:
    """A person who does what the list asks for, by what is told of it; nothing else."""

    def __init__(self, **deeds: Deed) -> None:
        self._deeds = {next(step.asks for step in STEPS if step.name == name): deed for name, deed in deeds.items()}

    async def does(self, what: str) -> bool:
        deed = self._deeds.get(what)
        done = deed() if deed else None
        if done is not None:
            await done
        return deed is not None


class Book:
    """Stores each record once, as the service does, and tells how many were new."""

    def __init__(self) -> None:
        self.records: set[bytes] = set()

    def keep(self, _found: Found, session: Session) -> int:
        before = len(self.records)
        self.records |= {p.raw for p in session.payloads if p.characteristic in ("2a18", "2a35")}
        return len(self.records) - before


def visit_of(attendant: Knows, hands: Hands, book: Book, *, agent: bool = True) -> Visit:
    witness = Witness(attendant)
    return Visit(
        BleakRadio(agent=BluezAgent(witness) if agent else None),
        hands,
        witness,
        book.keep,
        system_clock,
        WallClock().now,
        scan_s=0.2,
        idle_s=1.0,
        patience=SOON,
    )


def states(results: list[Result]) -> dict[str, str]:
    return {result.step: result.state.value for result in results}


def everything_a_person_does(air: Air, meter: GlucoseMeter, attendant: Knows, daemon: Bluetoothd) -> Hands:
    right = attendant.pin

    def measure() -> None:
        meter.records.append(Glucose(900, WallClock().now(), "0.00111"))

    def leave() -> None:
        meter.faults.link_lost_after = 3
        meter.device.once("connection", lambda link: link.once("disconnection", lambda _: come_back()))

    def come_back() -> None:
        meter.faults.link_lost_after = None

    def type_it_wrong() -> None:
        attendant.pin = "1"

    def type_it_right() -> None:
        attendant.pin = right

    async def plug_in() -> None:
        daemon.switch(powered=True)
        await asyncio.sleep(0.1)  # a person is slower than the bus

    return Hands(
        measure=measure,
        walk_away=leave,
        lost_bond=meter.forget_bonds,
        wrong_number=type_it_wrong,
        pair_again=type_it_right,
        unplug=lambda: daemon.switch(powered=False),
        plug_in=plug_in,
    )


def test_with_a_person_every_step_passes_and_each_record_is_stored_once(system_bus: str) -> None:
    async def story() -> None:
        air, attendant, book = Air(), Knows(PIN), Book()
        meter = await pin_meter(air)
        async with bluez(system_bus, air) as daemon:
            results = await walk(visit_of(attendant, everything_a_person_does(air, meter, attendant, daemon), book))

        assert {name for name, state in states(results).items() if state != "passed"} == set()
        assert book.records == {record.encode() for record in meter.records}

    play(story(), seconds=60)


def test_without_a_person_the_steps_for_hands_are_left_out(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(40))
        await meter.start()
        async with bluez(system_bus, air):
            results = await walk(visit_of(Knows(None), Hands(), Book()))

        by_hand = {step.name for step in STEPS if step.needs_person}
        assert {name for name, state in states(results).items() if state == "skipped"} == by_hand
        assert {name for name, state in states(results).items() if state == "failed"} == set()
        counted = next(result for result in results if result.step == "count")
        assert counted.facts == {"records": 40}

    play(story(), seconds=60)


def test_a_cuff_is_checked_as_far_as_it_goes(system_bus: str) -> None:
    async def story() -> None:
        air, book = Air(), Book()
        cuff = BloodPressureCuff(air, [BloodPressure("138", "86", "103"), BloodPressure("NAN", status=0)])
        await cuff.start()
        async with bluez(system_bus, air):
            results = await walk(visit_of(Knows(None), Hands(), book))

        told = states(results)
        assert (told["read"], told["count"], told["after"]) == ("passed", "skipped", "skipped")
        assert "failed" not in told.values()
        assert book.records == {record.encode() for record in cuff.stored}

    play(story(), seconds=60)


@pytest.mark.parametrize(
    ("faults", "step"),
    [
        (Faults(refuses_pairing=True), "pair"),
        (Faults(lost={2}), "read"),
    ],
)
def test_what_goes_wrong_is_the_step_that_fails_and_the_rest_is_not_reached(
    system_bus: str, faults: Faults, step: str
) -> None:
    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(5), faults=faults)
        await meter.start()
        async with bluez(system_bus, air):
            results = await walk(visit_of(Knows(None), Hands(), Book()))

        assert [result.step for result in results if result.state is State.FAILED] == [step]
        assert states(results)["count"] == "skipped"
        assert next(result for result in results if result.step == step).said

    play(story(), seconds=60)


@pytest.mark.parametrize("minutes", [3, -45])
def test_the_clock_of_the_device_is_compared_with_the_wall(system_bus: str, minutes: int) -> None:
    async def story() -> None:
        air = Air()
        ahead = WallClock().now() + timedelta(minutes=minutes)
        meter = GlucoseMeter(air, memory(5), clock=WallClock(ahead))
        await meter.start()
        async with bluez(system_bus, air):
            results = await walk(visit_of(Knows(None), Hands(), Book()))

        clock = next(result for result in results if result.step == "clock")
        assert abs(int(clock.facts["seconds_off"] or 0) - minutes * 60) < 30
        assert ("should be set" in clock.said) == (minutes == -45)

    play(story(), seconds=60)


def test_nothing_is_heard_where_nothing_is(system_bus: str) -> None:
    async def story() -> None:
        async with bluez(system_bus, Air()):
            results = await walk(visit_of(Knows(None), Hands(), Book()))

        assert [result.step for result in results if result.state is State.PASSED] == ["adapter"]
        assert "not heard" in next(result.said for result in results if result.step == "scan")

    play(story(), seconds=60)


def test_where_bluetooth_is_off_the_first_step_says_so(system_bus: str) -> None:
    async def story() -> None:
        async with bluez(system_bus, Air()) as daemon:
            daemon.switch(powered=False)
            results = await walk(visit_of(Knows(None), Hands(), Book()))

        assert results[0].state is State.FAILED
        assert "switch Bluetooth on" in results[0].said
        assert {result.state for result in results[1:]} == {State.SKIPPED}

    play(story(), seconds=60)


def test_of_several_devices_the_one_that_was_named_is_checked(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        meters = [GlucoseMeter(air, memory(n), address=f"C1:00:00:00:18:0{n}") for n in (3, 4)]
        for meter in meters:
            await meter.start()
        async with bluez(system_bus, air):
            undecided = await walk(visit_of(Knows(None), Hands(), Book()))
            named = visit_of(Knows(None), Hands(), Book())
            named.address = meters[1].address.lower()
            results = await walk(named)

        assert "--address" in next(result.said for result in undecided if result.step == "scan")
        assert next(result.facts for result in results if result.step == "count") == {"records": 4}

    play(story(), seconds=60)


def test_a_report_tells_no_reading_no_serial_number_and_no_address(system_bus: str, tmp_path: Path) -> None:
    async def story() -> str:
        air = Air()
        meter = GlucoseMeter(air, memory(5), faults=Faults(malformed={1: b"\x1b\x03\x00\xea"}))
        await meter.start()
        async with bluez(system_bus, air):
            visit = visit_of(Knows(None), Hands(), Book())
            report = as_json(await walk(visit), visit.found_device, {"radio": "its own"}, system_clock())
        secrets = [meter.address, "01234567", *(record.encode().hex() for record in meter.records), "1b0300ea"]
        for text in (json.dumps(report), as_text(report)):
            assert not [secret for secret in secrets if secret.lower() in text.lower()]
        return as_text(report)

    text = play(story(), seconds=60)

    assert re.search(r"passed +read ", text)
    assert "meter ########" in text
    assert "unreadable" in text
    assert text.splitlines()[-1].endswith("skipped")
