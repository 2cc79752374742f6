"""BlueZ's errors (src/error.c), and which of them it makes of what goes wrong with a device."""

from bleak.exc import BleakDBusError, BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError


class BluezError(Exception):
    """Answered as the D-Bus error `name`."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name
        self.text = text


def bluez_error(short_name: str, text: str) -> BluezError:
    return BluezError(f"org.bluez.Error.{short_name}", text)


NOT_PAIRED = ("NotPermitted", "Not paired")
# src/gatt-client.c, create_gatt_dbus_error: the rest is told as "Failed", with the number in its text.
OF_ATT = {
    0x02: ("NotPermitted", "Read not permitted"),
    0x03: ("NotPermitted", "Write not permitted"),
    0x05: NOT_PAIRED,
    0x06: ("NotSupported", "Operation is not supported"),
    0x07: ("InvalidArguments", "Invalid offset"),
    0x08: ("NotAuthorized", "Operation Not Authorized"),
    0x0C: NOT_PAIRED,
    0x0D: ("InvalidArguments", "Invalid Length"),
    0x0F: NOT_PAIRED,
}


def of_an_operation(error: BleakError) -> BluezError:
    """An answer of the device, a refused pairing, or the end of the link."""
    if isinstance(error, BleakGATTProtocolError):
        code = int(error.code)
        return bluez_error(*OF_ATT.get(code, ("Failed", f"Operation failed with ATT error: 0x{code:02x}")))
    if isinstance(error, BleakDBusError):
        return bluez_error(*NOT_PAIRED)
    return bluez_error("Failed", "Operation failed")


def of_a_connection(error: BleakError) -> BluezError:
    if isinstance(error, BleakDBusError):
        return BluezError(error.dbus_error, "Authentication Failed")
    if isinstance(error, BleakDeviceNotFoundError):
        return bluez_error("ConnectionAttemptFailed", "Page Timeout")
    return bluez_error("Failed", "le-connection-abort-by-remote")
