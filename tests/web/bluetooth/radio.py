"""Bluetooth as Chromium sees it, without a radio: peripherals over the DevTools protocol (BluetoothEmulation).

The protocol has no command that pushes a notification. But a page's `characteristicvaluechanged` fires for a read,
too: so each characteristic that the page subscribes to is remembered, is read again by the test, and the emulation
answers that read with the notification's bytes.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

REMEMBER_SUBSCRIPTIONS = """(() => {
  if (!window.BluetoothRemoteGATTCharacteristic) return;
  window.subscribed = {};
  const prototype = BluetoothRemoteGATTCharacteristic.prototype, original = prototype.startNotifications;
  prototype.startNotifications = function () {
    return original.call(this).then((done) => { window.subscribed[this.uuid.slice(4, 8)] = this; return done; });
  };
})()"""
NOTIFY = "uuid => window.subscribed[uuid].readValue().then(() => true, () => false)"
IS_LISTENING = "uuid => Boolean(window.subscribed && window.subscribed[uuid])"
CLIENT_CONFIGURATION = "2902"
OK, REFUSED = 0, 0x0E
Value = tuple[str, bytes]
LINK_LOST: Value = ("link lost", b"")
"""In a peripheral's row of values: here the link breaks."""
HUNG_UP: Value = ("hung up", b"")
"""Here the peripheral ends the link, and cannot be reached again."""


def full(uuid: str) -> str:
    return f"0000{uuid}-0000-1000-8000-00805f9b34fb"


def base64_of(value: bytes) -> str:
    return base64.b64encode(value).decode()


@dataclass
class Peripheral:
    """`services` by UUID: their characteristics with their properties. `values` can be read. `on_write` answers what
    is written to the control point with the row of values to send. `refuses` are characteristics that cannot be
    subscribed to."""

    name: str
    services: dict[str, dict[str, str]]
    values: dict[str, bytes] = field(default_factory=dict)
    on_write: Callable[[bytes], list[Value]] = lambda request: []
    refuses: set[str] = field(default_factory=set)
    address: str = "09:09:09:09:09:01"


class Radio:
    """One peripheral in reach of one page."""

    def __init__(self, browser: Browser, page: Page, peripheral: Peripheral | None) -> None:
        self.page, self.peripheral = page, peripheral
        self.written: list[bytes] = []
        self.waiting: list[Value] = []
        self.connections = 0
        self._uuids: dict[str, str] = {}
        self._pushed: dict[str, bytes] = {}
        self._prompts: set[str] = set()
        self._bluetooth = browser.new_browser_cdp_session()
        self._chooser = page.context.new_cdp_session(page)
        self._bluetooth.on("BluetoothEmulation.gattOperationReceived", self._on_link)
        self._bluetooth.on("BluetoothEmulation.characteristicOperationReceived", self._on_characteristic)
        self._chooser.on("DeviceAccess.deviceRequestPrompted", self._on_prompt)
        self._chooser.send("DeviceAccess.enable")
        self.switch_on()

    def switch_on(self, state: str = "powered-on") -> None:
        """Also after a page has ended that spoke to a device: the emulated adapter ends with it."""
        self._bluetooth.send("BluetoothEmulation.disable")
        self._bluetooth.send("BluetoothEmulation.enable", {"state": state, "leSupported": True})
        if self.peripheral:
            self._add(self.peripheral)

    def _add(self, peripheral: Peripheral) -> None:
        advertised = [full(uuid) for uuid in peripheral.services]
        self._bluetooth.send(
            "BluetoothEmulation.simulatePreconnectedPeripheral",
            {
                "address": peripheral.address,
                "name": peripheral.name,
                "manufacturerData": [],
                "knownServiceUuids": advertised,
            },
        )
        self._add_services(peripheral)

    def _add_services(self, peripheral: Peripheral) -> None:
        place = {"address": peripheral.address}
        for service, characteristics in peripheral.services.items():
            added = self._bluetooth.send("BluetoothEmulation.addService", place | {"serviceUuid": full(service)})
            for uuid, properties in characteristics.items():
                self._add_characteristic(added["serviceId"], uuid, properties.split())

    def _add_characteristic(self, service: str, uuid: str, properties: list[str]) -> None:
        told = {"serviceId": service, "characteristicUuid": full(uuid), "properties": dict.fromkeys(properties, True)}
        added = self._bluetooth.send("BluetoothEmulation.addCharacteristic", told)["characteristicId"]
        self._uuids[added] = uuid
        if {"notify", "indicate"} & set(properties):
            descriptor = {"characteristicId": added, "descriptorUuid": full(CLIENT_CONFIGURATION)}
            self._bluetooth.send("BluetoothEmulation.addDescriptor", descriptor)

    def _on_prompt(self, event: dict[str, Any]) -> None:
        """The event comes twice, and a second answer ends the browser."""
        if event["id"] in self._prompts or not (event["devices"] or self.peripheral is None):
            return
        self._prompts.add(event["id"])
        if event["devices"]:
            chosen = {"id": event["id"], "deviceId": event["devices"][-1]["id"]}
            self._chooser.send("DeviceAccess.selectPrompt", chosen)
        else:
            self._chooser.send("DeviceAccess.cancelPrompt", {"id": event["id"]})

    def _on_link(self, event: dict[str, Any]) -> None:
        self.connections += event["type"] == "connection"
        answer = {"address": event["address"], "type": event["type"], "code": OK}
        self._bluetooth.send("BluetoothEmulation.simulateGATTOperationResponse", answer)

    def _on_characteristic(self, event: dict[str, Any]) -> None:
        assert self.peripheral is not None
        uuid, kind = self._uuids[event["characteristicId"]], event["type"]
        is_refused = kind == "subscribe-to-notifications" and uuid in self.peripheral.refuses
        answer = {"characteristicId": event["characteristicId"], "type": kind, "code": REFUSED if is_refused else OK}
        if kind == "read":
            answer["data"] = base64_of(self._pushed.pop(uuid, self.peripheral.values.get(uuid, b"")))
        self._bluetooth.send("BluetoothEmulation.simulateCharacteristicOperationResponse", answer)
        if kind == "write":
            request = base64.b64decode(event["data"])
            self.written.append(request)
            self.waiting += self.peripheral.on_write(request)

    def work_until(self, selector: str, seconds: float = 15) -> None:
        """Sends what waits to be sent, until the page shows that."""
        for _ in range(int(seconds / 0.02)):
            if self.page.locator(selector).is_visible():
                return
            self._send_next()
            self.page.wait_for_timeout(20)
        raise AssertionError(f"{selector} did not show: {self.page.locator('main').inner_text()}")

    def _send_next(self) -> None:
        while self.waiting and self._can_send(self.waiting[0]):
            uuid, value = next_one = self.waiting.pop(0)
            if next_one in (LINK_LOST, HUNG_UP):
                self._end_link(comes_back=next_one == LINK_LOST)
                return
            self._pushed[uuid] = value
            assert self.page.evaluate(NOTIFY, uuid), f"{uuid} could not be sent"

    def _can_send(self, value: Value) -> bool:
        return value in (LINK_LOST, HUNG_UP) or self.page.evaluate(IS_LISTENING, value[0])

    def _end_link(self, *, comes_back: bool) -> None:
        """What was not sent yet is not sent any more. The emulation forgets the services with the link."""
        assert self.peripheral is not None
        self.waiting.clear()
        self.page.evaluate("window.subscribed = {}")
        told = {"address": self.peripheral.address}
        self._bluetooth.send("BluetoothEmulation.simulateGATTDisconnection", told)
        if comes_back:
            self._add_services(self.peripheral)

    def switch_off(self) -> None:
        """Nothing of it may answer for the next one."""
        self._bluetooth.send("BluetoothEmulation.disable")
        self._bluetooth.detach()
        self._chooser.detach()
