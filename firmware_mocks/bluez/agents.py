"""The programs that answer when a device asks for a number, and bumble's way of asking them."""

import asyncio
from typing import Any, NamedTuple

from bumble.pairing import PairingConfig, PairingDelegate
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from firmware_mocks.bluez.errors import bluez_error

AGENT = "org.bluez.Agent1"
CAPABILITIES = {
    "": PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
    "KeyboardDisplay": PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
    "KeyboardOnly": PairingDelegate.KEYBOARD_INPUT_ONLY,
    "DisplayOnly": PairingDelegate.DISPLAY_OUTPUT_ONLY,
    "DisplayYesNo": PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
    "NoInputNoOutput": PairingDelegate.NO_OUTPUT_NO_INPUT,
}


class Agent(NamedTuple):
    """`owner` is its connection to the bus."""

    owner: str
    path: str
    capability: str


class Agents:
    """Who is registered, and who is asked: the agent of whoever wants to pair, or else the default one."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._registered: list[Agent] = []
        self._defaults: list[Agent] = []

    def register(self, agent: Agent) -> None:
        if agent.capability not in CAPABILITIES:
            raise bluez_error("InvalidArguments", "Invalid arguments in method call")
        if self._of(agent.owner):
            raise bluez_error("AlreadyExists", "Already Exists")
        self._registered.append(agent)

    def make_default(self, owner: str) -> None:
        agent = self._of(owner)
        if agent is None:
            raise bluez_error("DoesNotExist", "Does Not Exist")
        self._defaults.append(agent)

    def drop(self, owner: str) -> None:
        """Also when its connection is gone."""
        self._registered = [agent for agent in self._registered if agent.owner != owner]
        self._defaults = [agent for agent in self._defaults if agent.owner != owner]

    def to_ask(self, sender: str | None) -> Agent | None:
        """None: nobody has a keyboard or a display."""
        return (self._of(sender) if sender else None) or (self._defaults[-1] if self._defaults else None)

    def _of(self, owner: str) -> Agent | None:
        return next((agent for agent in self._registered if agent.owner == owner), None)

    async def ask(self, agent: Agent, member: str, signature: str, body: list[Any]) -> list[Any] | None:
        """What the agent answers; None when it refuses or is gone."""
        call = self._call(agent, member, signature, body)
        try:
            reply = await self._bus.call(call)
        except asyncio.CancelledError:
            # The device gave up.
            self._bus.send(self._call(agent, "Cancel", "", []))
            raise
        return None if reply is None or reply.message_type == MessageType.ERROR else list(reply.body)

    def _call(self, agent: Agent, member: str, signature: str, body: list[Any]) -> Message:
        return Message(
            destination=agent.owner,
            path=agent.path,
            interface=AGENT,
            member=member,
            signature=signature,
            body=body,
        )


def pairing_config(agents: Agents, agent: Agent | None, device_path: str) -> PairingConfig:
    """Without an agent, as a computer without keyboard and display."""
    delegate = _Asks(agents, agent, device_path) if agent else PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT)
    protected = delegate.io_capability != PairingDelegate.NO_OUTPUT_NO_INPUT
    return PairingConfig(sc=True, mitm=protected, bonding=True, delegate=delegate)


class _Asks(PairingDelegate):
    """Hands what the pairing needs to know to the agent."""

    def __init__(self, agents: Agents, agent: Agent, device_path: str) -> None:
        super().__init__(CAPABILITIES[agent.capability])
        self._agents = agents
        self._agent = agent
        self._device = device_path

    async def get_number(self) -> int | None:
        answer = await self._agents.ask(self._agent, "RequestPasskey", "o", [self._device])
        return int(answer[0]) if answer else None

    async def compare_numbers(self, number: int, digits: int) -> bool:
        answer = await self._agents.ask(self._agent, "RequestConfirmation", "ou", [self._device, number])
        return answer is not None

    async def display_number(self, number: int, digits: int) -> None:
        await self._agents.ask(self._agent, "DisplayPasskey", "ouq", [self._device, number, 0])
