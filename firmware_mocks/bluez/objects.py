"""The objects that a D-Bus service shows, and the signals that tell of their changes."""

from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"

Properties = dict[str, Variant]


class ObjectTree:
    """Path → interface → properties."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._objects: dict[str, dict[str, Properties]] = {}

    def managed(self) -> dict[str, dict[str, Properties]]:
        return self._objects

    def __contains__(self, path: str) -> bool:
        return path in self._objects

    def below(self, path: str) -> list[str]:
        """The paths of what belongs to an object, the innermost first."""
        return sorted((other for other in self._objects if other.startswith(path + "/")), reverse=True)

    def add(self, path: str, interface: str, properties: Properties) -> None:
        self._objects.setdefault(path, {})[interface] = properties
        self._signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, {interface: properties}])

    def remove(self, path: str) -> None:
        """The object and what belongs to it."""
        for gone in [*self.below(path), path]:
            interfaces = self._objects.pop(gone, None)
            if interfaces:
                self._signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [gone, list(interfaces)])

    def value(self, path: str, interface: str, name: str) -> Any:
        return self._objects[path][interface][name].value

    def change(self, path: str, interface: str, changed: Properties, invalidated: tuple[str, ...] = ()) -> None:
        """Nothing is compared: a value that is set again is told again, as BlueZ does with notifications."""
        properties = self._objects[path][interface]
        properties.update(changed)
        for name in invalidated:
            properties.pop(name, None)
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, changed, list(invalidated)])

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        if not self._bus.connected:
            return  # the service has stopped; nobody hears of what happens since
        self._bus.send(
            Message(
                message_type=MessageType.SIGNAL,
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=body,
            )
        )


def text(value: str) -> Variant:
    return Variant("s", value)


def texts(values: list[str]) -> Variant:
    return Variant("as", values)


def flag(value: bool) -> Variant:
    return Variant("b", value)


def path_of(value: str) -> Variant:
    return Variant("o", value)


def octets(value: bytes) -> Variant:
    return Variant("ay", value)
