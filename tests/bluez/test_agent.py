"""The pairing agent: a device with a PIN bonds when the PIN is known, and nobody else gets an answer."""

import asyncio
from pathlib import Path

import pytest
from bumble.pairing import PairingConfig, PairingDelegate

from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.bluez_agent import BluezAgent
from companion.devices.radio.link import DeviceUnreachable, PairingRefused
from companion.devices.radio.pairing import Nobody, read_passkey
from firmware_mocks.air import Air
from firmware_mocks.bluez.agents import Agent
from firmware_mocks.bluez.daemon import Bluetoothd
from firmware_mocks.glucose_meter import GlucoseMeter
from firmware_mocks.peripheral import Peripheral
from tests.bluez.house import PIN, Knows, bluez, pin_meter
from tests.devices.air import memory, play, read_meter

STRANGER = "/org/bluez/hci0/dev_C9_99_99_99_99_99"


@pytest.mark.parametrize(("typed", "number"), [("004711", 4711), ("0", 0), ("", None), ("-", None), ("1234567", None)])
def test_a_number_is_read_as_it_is_typed(typed: str, number: int | None) -> None:
    assert read_passkey(typed) == number


def radio_of(attendant: Knows | Nobody) -> BleakRadio:
    return BleakRadio(agent=BluezAgent(attendant))


@pytest.mark.parametrize("typed", [PIN, " 271 828 ", "271-828"])
def test_a_meter_with_a_pin_bonds_when_it_is_typed_and_asks_only_once(system_bus: str, typed: str) -> None:
    async def story() -> None:
        air, attendant = Air(), Knows(typed)
        meter = await pin_meter(air)
        async with bluez(system_bus, air):
            first = await read_meter(radio_of(attendant))
            second = await read_meter(radio_of(attendant))

        assert (first.complete, second.complete) == (True, True)
        assert attendant.asked == [meter.address]
        assert meter.pairings == 1

    play(story())


@pytest.mark.parametrize("typed", ["271827", "27182", "a PIN", "2718280", "", "２７１８２８", None])
def test_a_wrong_pin_is_a_refused_pairing(system_bus: str, typed: str | None) -> None:
    async def story() -> None:
        air, attendant = Air(), Knows(typed)
        meter = await pin_meter(air)
        async with bluez(system_bus, air):
            with pytest.raises(PairingRefused, match="type the number that it shows"):
                await read_meter(radio_of(attendant))

        assert attendant.asked == [meter.address]
        assert meter.pairings == 0

    play(story())


def test_without_an_agent_a_meter_with_a_pin_refuses(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        await pin_meter(air)
        async with bluez(system_bus, air):
            with pytest.raises(PairingRefused):
                await read_meter(BleakRadio())

    play(story())


def test_when_nobody_is_there_a_meter_with_a_pin_refuses_and_one_without_bonds(system_bus: str) -> None:
    async def story() -> None:
        air = Air()
        await pin_meter(air)
        other = GlucoseMeter(air, memory(5), address="C1:00:00:00:18:09")
        async with bluez(system_bus, air):
            radio = radio_of(Nobody())
            with pytest.raises(PairingRefused):
                await read_meter(radio)
            await other.start()
            async with radio.connect(other.address, seconds=20):
                pass

        assert other.pairings == 1

    play(story())


def pairs_as(device: Peripheral, capability: PairingDelegate.IoCapability) -> None:
    delegate = PairingDelegate(capability)
    device.device.pairing_config_factory = lambda _: PairingConfig(sc=True, mitm=True, bonding=True, delegate=delegate)


@pytest.mark.parametrize("same", [True, False])
def test_a_number_that_both_show_is_compared_by_a_person(system_bus: str, same: bool) -> None:
    async def story() -> None:
        air, attendant = Air(), Knows(None, says_yes=same)
        meter = GlucoseMeter(air, memory(5))
        pairs_as(meter, PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT)
        await meter.start()
        async with bluez(system_bus, air):
            if same:
                assert (await read_meter(radio_of(attendant))).complete
            else:
                with pytest.raises(PairingRefused):
                    await read_meter(radio_of(attendant))

        assert len(attendant.seen) == 1
        assert len(attendant.seen[0]) == 6

    play(story())


def test_a_number_to_type_on_the_device_is_shown(system_bus: str) -> None:
    class Keys(PairingDelegate):
        """Types what the attendant was shown."""

        async def get_number(self) -> int | None:
            while not attendant.seen:
                await asyncio.sleep(0.01)
            return int(attendant.seen[0])

    attendant = Knows(None)

    async def story() -> None:
        air = Air()
        meter = GlucoseMeter(air, memory(5))
        keys = Keys(PairingDelegate.KEYBOARD_INPUT_ONLY)
        meter.device.pairing_config_factory = lambda _: PairingConfig(sc=True, mitm=True, bonding=True, delegate=keys)
        await meter.start()
        async with bluez(system_bus, air):
            session = await read_meter(radio_of(attendant))

        assert (session.complete, meter.pairings) == (True, 1)

    play(story())


async def registered(daemon: Bluetoothd) -> Agent:
    while (agent := daemon.agents.to_ask(None)) is None:
        await asyncio.sleep(0.01)
    return agent


@pytest.mark.parametrize(
    ("member", "signature", "more", "answer", "seen"),
    [
        ("RequestPasskey", "o", [], [int(PIN)], []),
        ("RequestPinCode", "o", [], [PIN], []),
        ("RequestConfirmation", "ou", [4711], [], ["004711"]),
        ("DisplayPasskey", "ouq", [4711, 0], [], ["004711"]),
        ("DisplayPasskey", "ouq", [4711, 3], [], []),
        ("DisplayPinCode", "os", ["0000"], [], ["0000"]),
        ("RequestAuthorization", "o", [], [], []),
        ("AuthorizeService", "os", ["00001808-0000-1000-8000-00805f9b34fb"], [], []),
    ],
)
def test_only_the_device_that_is_being_paired_gets_an_answer(
    system_bus: str, member: str, signature: str, more: list[object], answer: list[object], seen: list[str]
) -> None:
    expected = "C1:00:00:00:18:08"

    async def story() -> None:
        attendant = Knows(PIN, says_yes=True)
        async with bluez(system_bus, Air()) as daemon, BluezAgent(attendant).expecting(expected.lower()):
            agent = await registered(daemon)
            path = daemon.devices.path_of(expected)

            answered = await daemon.agents.ask(agent, member, signature, [path, *more])
            asked = len(attendant.asked)
            refused = await daemon.agents.ask(agent, member, signature, [STRANGER, *more])

        assert (answered, refused) == (answer, None)
        assert (attendant.seen, len(attendant.asked)) == (seen, asked)

    play(story())


def test_the_agent_is_there_only_while_a_device_is_expected(system_bus: str) -> None:
    async def story() -> None:
        agent = BluezAgent(Nobody())
        async with bluez(system_bus, Air()) as daemon:
            async with agent.expecting("C1:00:00:00:18:08"):
                async with agent.expecting("C1:00:00:00:18:10"):
                    both = await registered(daemon)
                one = await registered(daemon)
            while daemon.agents.to_ask(None):
                await asyncio.sleep(0.01)
            async with agent.expecting("C1:00:00:00:18:08"):
                again = await registered(daemon)

        assert both == one
        assert again.owner != one.owner

    play(story())


def test_a_question_is_withdrawn_when_the_device_gives_up(system_bus: str) -> None:
    class Ponders(Knows):
        withdrawn = False

        async def passkey(self, address: str) -> str | None:
            self.asked.append(address)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.withdrawn = True
                raise
            return None

    async def story() -> None:
        air, attendant = Air(), Ponders(None)
        meter = await pin_meter(air)
        async with bluez(system_bus, air):
            reading = asyncio.create_task(read_meter(radio_of(attendant)))
            while not attendant.asked:
                await asyncio.sleep(0.01)
            air.lose_links(meter.controller)

            with pytest.raises((DeviceUnreachable, PairingRefused)):
                await reading
        assert attendant.withdrawn

    play(story())


def test_where_bluetoothd_does_not_run_the_agent_says_so_in_a_line(system_bus: str) -> None:
    async def story() -> None:
        async with BluezAgent(Nobody()).expecting("C1:00:00:00:18:08"):
            pytest.fail("registered with nobody")

    with pytest.raises(DeviceUnreachable, match="see that bluetoothd runs"):
        play(story())


def test_where_there_is_no_system_bus_the_agent_says_so_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nothing'}")

    async def story() -> None:
        async with BluezAgent(Nobody()).expecting("C1:00:00:00:18:08"):
            pytest.fail("registered with nobody")

    with pytest.raises(DeviceUnreachable, match="cannot be asked to pair"):
        play(story())
