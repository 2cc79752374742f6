"""The virtual air: what carries advertisements and links between controllers, in one process or in several."""

import asyncio
from typing import cast

from bumble import core, hci, ll
from bumble.controller import Controller
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink, StreamPacketSink, StreamPacketSource


class Air(LocalLink):
    """A LocalLink on which links can be lost, and devices can fall out of range."""

    supervision_timeout_s = 0.1
    """How long a link lasts on which nothing is heard; real ones take seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._silent: set[Controller] = set()

    def new_host(self, name: str) -> tuple[Host, Controller]:
        """A host with a controller of its own on this air, in this process."""
        controller = Controller(name, link=self)
        return Host(controller, AsyncPipeSink(controller)), controller

    def lose_links(self, controller: Controller) -> None:
        """Both ends of every link of the controller see a supervision timeout."""
        reason = hci.HCI_CONNECTION_TIMEOUT_ERROR
        for connection in list(controller.le_connections.values()):
            connection.send_ll_control_pdu(ll.TerminateInd(reason))
            controller.on_le_disconnected(connection, reason)

    def silence(self, controller: Controller) -> None:
        """Out of range: nothing that is sent arrives any more, until both sides give the link up."""
        self._silent.add(controller)
        asyncio.get_running_loop().call_later(self.supervision_timeout_s, self._give_up, controller)

    def _give_up(self, controller: Controller) -> None:
        self._silent.discard(controller)
        self.lose_links(controller)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: core.PhysicalTransport,
        data: bytes,
    ) -> None:
        if not self._silent & {sender_controller, self.find_le_controller(destination_address)}:
            super().send_acl_data(sender_controller, destination_address, transport, data)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        ends = {self.find_le_controller(sender_address), self.find_le_controller(receiver_address)}
        if not self._silent & ends and None not in ends:
            super().send_ll_control_pdu(sender_address, receiver_address, packet)

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        super().send_advertising_pdu(sender_controller, packet)
        if isinstance(packet, ll.ConnectInd):
            asyncio.get_running_loop().call_soon(self._see_it_established, sender_controller, packet)

    def _see_it_established(self, central: Controller, packet: ll.ConnectInd) -> None:
        """Of two centrals that connect at the same moment the device hears the first; the other one's link, which
        bumble takes for connected, fails as it would on a radio."""
        device = self.find_le_controller(packet.advertiser_address)
        connection = central.le_connections.get(packet.advertiser_address)
        if connection and (device is None or packet.initiator_address not in device.le_connections):
            central.on_le_disconnected(connection, hci.HCI_CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR)

    def unplug(self, controller: Controller) -> None:
        """The controller is gone, as when its process died."""
        self.lose_links(controller)
        self.controllers.discard(controller)


class HciServer:
    """Gives every process that connects a controller of its own on the air (HCI in H4 frames).

    Bumble's own `tcp-server:` keeps a single controller for ever, whose reset does nothing: a client that was
    restarted would find the links of its former life there.
    """

    def __init__(self, air: Air) -> None:
        self._air = air
        self._servers: list[asyncio.Server] = []
        self._clients: set[asyncio.BaseTransport] = set()

    async def listen_tcp(self, port: int = 0) -> int:
        """On the loopback interface only; returns the port, chosen by the system when 0 is asked for."""
        server = await asyncio.get_running_loop().create_server(self._new_client, "127.0.0.1", port)
        self._servers.append(server)
        return cast(int, server.sockets[0].getsockname()[1])

    async def listen_unix(self, path: str) -> None:
        self._servers.append(await asyncio.get_running_loop().create_unix_server(self._new_client, path))

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for client in list(self._clients):
            client.close()

    def _new_client(self) -> "_Client":
        return _Client(self._air, self._clients)


class _Client(StreamPacketSource):
    """One connected process."""

    def __init__(self, air: Air, clients: set[asyncio.BaseTransport]) -> None:
        super().__init__()
        self._air = air
        self._clients = clients

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._clients.add(transport)
        sink = StreamPacketSink(cast(asyncio.WriteTransport, transport))
        self._controller = Controller("client", host_source=self, host_sink=sink, link=self._air)

    def connection_lost(self, exc: Exception | None) -> None:
        self._clients.discard(self._transport)
        self._air.unplug(self._controller)
