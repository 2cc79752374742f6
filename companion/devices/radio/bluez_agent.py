"""Pairing with devices that have a PIN, on Linux: bleak brings no agent, so this is ours.

bluetoothd asks an `org.bluez.Agent1` for the number that a device shows. Without one it pairs as a computer
without keys and display, which meters that show a PIN refuse. What is asked and which errors an agent may answer:
BlueZ, org.bluez.Agent(5) and org.bluez.AgentManager(5).
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from dbus_fast import BusType, DBusError, MessageType
from dbus_fast import Message as BusMessage
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusObjectPath, DBusStr, DBusUInt16, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

from companion.devices.radio.link import DeviceUnreachable
from companion.devices.radio.pairing import Attendant, passkey_text, read_passkey

BLUEZ = "org.bluez"
MANAGER_PATH = "/org/bluez"
AGENT_PATH = "/companion/agent"
CAPABILITY = "KeyboardDisplay"
"""What a person at a terminal can do. Devices without a number pair as they always do."""
REJECTED = "org.bluez.Error.Rejected"
CANCELED = "org.bluez.Error.Canceled"
LONGEST_PIN = 16

Answer = TypeVar("Answer")


class BluezAgent:
    """Registered with bluetoothd as the default agent as long as a device is expected.

    It has to be the default one: bleak opens a connection of its own to the system bus for every link, and
    bluetoothd looks for an agent on the connection that asked for the pairing first.
    """

    def __init__(self, attendant: Attendant) -> None:
        self._attendant = attendant
        self._expected: list[str] = []
        self._registering = asyncio.Lock()
        self._bus: MessageBus | None = None

    @asynccontextmanager
    async def expecting(self, address: str) -> AsyncIterator[None]:
        """See `companion.devices.radio.pairing.PairingAgent`. Raises DeviceUnreachable when bluetoothd does not run."""
        async with self._registering:
            if not self._expected:
                self._bus = await _register(_Questions(self._attendant, self._expected))
            self._expected.append(address.upper())
        try:
            yield
        finally:
            async with self._registering:
                self._expected.remove(address.upper())
                if not self._expected and self._bus:
                    # bluetoothd forgets an agent whose connection is gone.
                    self._bus.disconnect()


async def _register(questions: "_Questions") -> MessageBus:
    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await bus.connect()
        bus.export(AGENT_PATH, questions)
        await _call_manager(bus, "RegisterAgent", "os", [AGENT_PATH, CAPABILITY])
        await _call_manager(bus, "RequestDefaultAgent", "o", [AGENT_PATH])
    except (OSError, EOFError, DBusError) as error:
        bus.disconnect()
        raise DeviceUnreachable(
            f"the Bluetooth service cannot be asked to pair: {error}",
            advice="see that bluetoothd runs, and that this user may use it",
        ) from error
    return bus


async def _call_manager(bus: MessageBus, member: str, signature: str, body: list[Any]) -> None:
    reply = await bus.call(
        BusMessage(
            destination=BLUEZ,
            path=MANAGER_PATH,
            interface="org.bluez.AgentManager1",
            member=member,
            signature=signature,
            body=body,
        )
    )
    if reply is not None and reply.message_type == MessageType.ERROR:
        raise DBusError(reply.error_name or "org.freedesktop.DBus.Error.Failed", " ".join(map(str, reply.body)))


class _Questions(ServiceInterface):
    """What bluetoothd asks. A device that nobody here is pairing is rejected, whatever it wants."""

    def __init__(self, attendant: Attendant, expected: Collection[str]) -> None:
        super().__init__("org.bluez.Agent1")
        self._attendant = attendant
        self._expected = expected
        self._asked: asyncio.Task[Any] | None = None

    @dbus_method(name="RequestPasskey")
    async def request_passkey(self, device: DBusObjectPath) -> DBusUInt32:
        passkey = read_passkey(await self._ask(self._attendant.passkey(self._address(device))))
        if passkey is None:
            raise DBusError(REJECTED, "no passkey of up to six digits was given")
        return passkey

    @dbus_method(name="RequestPinCode")
    async def request_pin_code(self, device: DBusObjectPath) -> DBusStr:
        """The PIN of the time before passkeys: letters and digits, 1 to 16, as they are typed."""
        pin = await self._ask(self._attendant.passkey(self._address(device)))
        if not pin or len(pin) > LONGEST_PIN:
            raise DBusError(REJECTED, "no PIN was given")
        return pin

    @dbus_method(name="RequestConfirmation")
    async def request_confirmation(self, device: DBusObjectPath, passkey: DBusUInt32) -> None:
        number = passkey_text(passkey)
        if not await self._ask(self._attendant.sees(self._address(device), number)):
            raise DBusError(REJECTED, "the numbers are not the same, or nobody compared them")

    @dbus_method(name="DisplayPasskey")
    async def display_passkey(self, device: DBusObjectPath, passkey: DBusUInt32, entered: DBusUInt16) -> None:
        """Called again for each key that is pressed on the device; the number is shown once."""
        address = self._address(device)
        if entered == 0:
            await self._attendant.show(address, passkey_text(passkey))

    @dbus_method(name="DisplayPinCode")
    async def display_pin_code(self, device: DBusObjectPath, pincode: DBusStr) -> None:
        await self._attendant.show(self._address(device), pincode)

    @dbus_method(name="RequestAuthorization")
    def request_authorization(self, device: DBusObjectPath) -> None:
        """A pairing without a number, begun by the device: as good as ours if we are about to pair with it."""
        self._address(device)

    @dbus_method(name="AuthorizeService")
    def authorize_service(self, device: DBusObjectPath, uuid: DBusStr) -> None:
        self._address(device)

    @dbus_method(name="Cancel")
    def cancel(self) -> None:
        """The device gave up, or took too long: nobody needs to answer any more."""
        if self._asked:
            self._asked.cancel()

    @dbus_method(name="Release")
    def release(self) -> None:
        """bluetoothd no longer asks this agent; there is nothing to put away."""

    def _address(self, device: str) -> str:
        """The device's address, if it is expected."""
        address = device.rpartition("/dev_")[2].replace("_", ":")
        if address not in self._expected:
            raise DBusError(REJECTED, "nobody is pairing with this device")
        return address

    async def _ask(self, question: Coroutine[Any, Any, Answer]) -> Answer:
        asked = asyncio.create_task(question)
        self._asked = asked
        try:
            return await asked
        except asyncio.CancelledError:
            raise DBusError(CANCELED, "the question was withdrawn") from None
        finally:
            self._asked = None
