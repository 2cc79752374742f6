"""The stand-in itself: an adapter, the devices that are heard, and what a client of BlueZ may ask of them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bumble.device import Connection
from bumble.pairing import PairingConfig
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.bluez.agents import Agent, Agents, pairing_config
from firmware_mocks.bluez.devices import DEVICE, Devices
from firmware_mocks.bluez.discovery import Discovery
from firmware_mocks.bluez.errors import BluezError, bluez_error
from firmware_mocks.bluez.objects import OBJECT_MANAGER, PROPERTIES, ObjectTree, flag, text, texts

ROOT = "/org/bluez"
ADAPTER_PATH = ROOT + "/hci0"
ADAPTER = "org.bluez.Adapter1"
AGENT_MANAGER = "org.bluez.AgentManager1"
GATT = ("org.bluez.GattCharacteristic1", "org.bluez.GattDescriptor1")
UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"
UNKNOWN_METHOD = "org.freedesktop.DBus.Error.UnknownMethod"
NAME_OWNER_CHANGED = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"

Answer = tuple[str, list[Any]]
NOTHING: Answer = ("", [])
Method = Callable[[Message], Awaitable[Answer]]


class Bluetoothd:
    """Owns org.bluez on the bus. `backend` is the radio: a central on the virtual air."""

    def __init__(self, backend: BumbleBackend, bus_address: str) -> None:
        self._backend = backend
        self._bus = MessageBus(bus_address=bus_address)
        self.tree = ObjectTree(self._bus)
        self.agents = Agents(self._bus)
        self.devices = Devices(self.tree, backend, ADAPTER_PATH)
        self.discovery = Discovery(backend, self.devices)
        self._asking: dict[str, Agent | None] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._methods: dict[tuple[str, str], Method] = {
            (OBJECT_MANAGER, "GetManagedObjects"): self._managed_objects,
            (PROPERTIES, "Set"): self._set_property,
            (ADAPTER, "SetDiscoveryFilter"): self._set_filter,
            (ADAPTER, "StartDiscovery"): self._start_discovery,
            (ADAPTER, "StopDiscovery"): self._stop_discovery,
            (ADAPTER, "RemoveDevice"): self._remove_device,
            (AGENT_MANAGER, "RegisterAgent"): self._register_agent,
            (AGENT_MANAGER, "RequestDefaultAgent"): self._request_default_agent,
            (AGENT_MANAGER, "UnregisterAgent"): self._unregister_agent,
            (DEVICE, "Connect"): self._connect,
            (DEVICE, "Pair"): self._pair,
            (DEVICE, "Disconnect"): self._disconnect,
        }

    async def start(self) -> None:
        await self._bus.connect()
        self._bus.add_message_handler(self._on_message)
        await self._bus.call(_to_the_bus("AddMatch", "s", [NAME_OWNER_CHANGED]))
        device = await self._backend.device()
        device.pairing_config_factory = self._pairing_config
        await self.devices.start()
        self.tree.add(
            ADAPTER_PATH,
            ADAPTER,
            {
                "Address": text(self._backend.address),
                "Name": text("stand-in"),
                "Alias": text("stand-in"),
                "Powered": flag(True),
                "Discovering": flag(False),
                "Roles": texts(["central", "peripheral"]),
            },
        )
        self.tree.add(ROOT, AGENT_MANAGER, {})
        await self._bus.request_name("org.bluez")

    async def stop(self) -> None:
        """As when the service is stopped: its name is gone from the bus, and every link with it."""
        self._bus.disconnect()
        await self._backend.close()

    def switch(self, powered: bool) -> None:
        """The adapter, as a person does with a switch or `bluetoothctl power off`."""
        self.tree.change(ADAPTER_PATH, ADAPTER, {"Powered": flag(powered)})

    def unplug(self) -> None:
        """The adapter is pulled out."""
        self.tree.remove(ADAPTER_PATH)

    def _on_message(self, message: Message) -> bool:
        if message.member == "NameOwnerChanged" and not message.body[2]:
            self._run(self._forget_client(message.body[0]))
            return False
        ours = message.path == "/" or (message.path or "").startswith(ROOT)
        if message.message_type != MessageType.METHOD_CALL or not ours:
            return False
        self._run(self._answer(message))
        return True

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _answer(self, message: Message) -> None:
        try:
            answer = await self._method(message)(message)
        except BluezError as error:
            reply = Message.new_error(message, error.name, error.text)
        else:
            reply = Message.new_method_return(message, *answer)
        if self._bus.connected:
            self._bus.send(reply)

    def _method(self, message: Message) -> Method:
        if message.path and message.path != "/" and message.path not in self.tree:
            raise BluezError(UNKNOWN_OBJECT, f"no object {message.path}")
        if message.interface in GATT:
            return self.devices.use_attribute
        method = self._methods.get((message.interface or "", message.member or ""))
        if method is None:
            raise BluezError(UNKNOWN_METHOD, f"no method {message.interface}.{message.member}")
        return method

    async def _managed_objects(self, _: Message) -> Answer:
        return "a{oa{sa{sv}}}", [self.tree.managed()]

    async def _set_property(self, message: Message) -> Answer:
        interface, name, value = message.body
        self.tree.change(str(message.path), interface, {name: value})
        return NOTHING

    def _need_power(self) -> None:
        if ADAPTER_PATH not in self.tree or not self.tree.value(ADAPTER_PATH, ADAPTER, "Powered"):
            raise bluez_error("NotReady", "Resource Not Ready")

    async def _set_filter(self, message: Message) -> Answer:
        wanted: Variant | None = message.body[0].get("UUIDs")
        self.discovery.set_filter(_sender(message), [uuid.lower() for uuid in wanted.value] if wanted else None)
        return NOTHING

    async def _start_discovery(self, message: Message) -> Answer:
        self._need_power()
        await self.discovery.start(_sender(message))
        self._tell_discovering()
        return NOTHING

    async def _stop_discovery(self, message: Message) -> Answer:
        await self.discovery.stop(_sender(message))
        self._tell_discovering()
        return NOTHING

    def _tell_discovering(self) -> None:
        if ADAPTER_PATH in self.tree:
            self.tree.change(ADAPTER_PATH, ADAPTER, {"Discovering": flag(self.discovery.is_on)})

    async def _remove_device(self, message: Message) -> Answer:
        await self.devices.remove(message.body[0])
        return NOTHING

    async def _register_agent(self, message: Message) -> Answer:
        path, capability = message.body
        self.agents.register(Agent(_sender(message), path, capability))
        return NOTHING

    async def _request_default_agent(self, message: Message) -> Answer:
        self.agents.make_default(_sender(message))
        return NOTHING

    async def _unregister_agent(self, message: Message) -> Answer:
        self.agents.drop(_sender(message))
        return NOTHING

    async def _connect(self, message: Message) -> Answer:
        self._need_power()
        await self.devices.connect(str(message.path))
        return NOTHING

    async def _pair(self, message: Message) -> Answer:
        """The agent of the client that wants to pair is asked first."""
        self._need_power()
        path = str(message.path)
        self._asking[path] = self.agents.to_ask(_sender(message))
        try:
            await self.devices.pair(path)
        finally:
            del self._asking[path]
        return NOTHING

    async def _disconnect(self, message: Message) -> Answer:
        await self.devices.disconnect(str(message.path))
        return NOTHING

    def _pairing_config(self, connection: Connection) -> PairingConfig:
        path = self.devices.path_of(connection.peer_address.to_string(False))
        agent = self._asking[path] if path in self._asking else self.agents.to_ask(None)
        return pairing_config(self.agents, agent, path)

    async def _forget_client(self, client: str) -> None:
        self.agents.drop(client)
        await self.discovery.drop(client)


def _sender(message: Message) -> str:
    return message.sender or ""


def _to_the_bus(member: str, signature: str, body: list[Any]) -> Message:
    name = "org.freedesktop.DBus"
    path = "/org/freedesktop/DBus"
    return Message(destination=name, path=path, interface=name, member=member, signature=signature, body=body)
