"""What BlueZ means by its D-Bus errors, told so that a person knows what to do.

Names: BlueZ, src/error.c and the error sections of org.bluez.Device(5) and org.bluez.GattCharacteristic(5).
"""

from typing import NamedTuple

from companion.devices.radio.link import (
    NEARER,
    DeviceError,
    DeviceUnreachable,
    OperationRefused,
    PairingRefused,
    SessionBroken,
)

BLUEZ = "org.bluez.Error."
DBUS = "org.freedesktop.DBus.Error."
PAIR_ANEW = (
    "put it into its pairing mode and type the number that it shows, if any; "
    "if it was paired before, remove that pairing on both sides"
)
WAKE_IT = "wake the device, bring it nearer and try again; if that does not help, pair it again"


class _Meaning(NamedTuple):
    error: type[DeviceError]
    what: str
    advice: str


_SERVICE_MISSING = _Meaning(
    DeviceUnreachable, "the Bluetooth service does not run", "start it: systemctl start bluetooth"
)
_NOT_ALLOWED = _Meaning(
    DeviceUnreachable, "this user may not use Bluetooth", "make the user a member of the group bluetooth"
)
_SWITCHED_OFF = _Meaning(DeviceUnreachable, "Bluetooth is switched off", "switch it on: bluetoothctl power on")
_NOT_PAIRED = _Meaning(PairingRefused, "the device did not pair", PAIR_ANEW)
_LINK_LOST = _Meaning(SessionBroken, "the link was lost", NEARER)

OF_THE_SYSTEM = {
    DBUS + "ServiceUnknown": _SERVICE_MISSING,
    DBUS + "NameHasNoOwner": _SERVICE_MISSING,
    DBUS + "NoReply": _SERVICE_MISSING,
    DBUS + "AccessDenied": _NOT_ALLOWED,
    BLUEZ + "NotReady": _SWITCHED_OFF,
}
OF_A_PAIRING = {
    BLUEZ + "AuthenticationFailed": _NOT_PAIRED,
    BLUEZ + "AuthenticationRejected": _NOT_PAIRED,
    BLUEZ + "AuthenticationCanceled": _NOT_PAIRED,
    BLUEZ + "AuthenticationTimeout": _NOT_PAIRED,
}
OF_A_CONNECTION = {
    BLUEZ + "ConnectionAttemptFailed": _Meaning(DeviceUnreachable, "the device did not answer", WAKE_IT),
    BLUEZ + "InProgress": _Meaning(
        DeviceUnreachable, "another program is busy with the device", "close it, and try again in a minute"
    ),
}
OF_A_LINK = {
    BLUEZ + "NotConnected": _LINK_LOST,
    # The objects of a device go when its link does, or when it is removed.
    DBUS + "UnknownObject": _LINK_LOST,
    DBUS + "UnknownMethod": _LINK_LOST,
}
# BlueZ answers what was pending on a lost link with Failed, before it tells that the link is lost; the text is
# all there is to know it by (src/gatt-client.c). An answer of the device comes with the number of an ATT error.
LINK_LOST_TEXTS = ("Not connected", "Operation failed", "Failed to send read request", "Failed to initiate write")
NOT_PAIRED_TEXT = "Not paired"
LACKS_SECURITY = {0x05, 0x0C, 0x0F}
"""ATT errors: insufficient authentication, encryption key size, encryption."""


def of_the_radio(name: str, details: str) -> DeviceError:
    """The radio itself does not work. `name` is the D-Bus error, `details` its text; both may be empty."""
    if name in OF_THE_SYSTEM:
        return _told(OF_THE_SYSTEM[name], "")
    advice = "switch Bluetooth on, and see that this user may use it"
    return DeviceUnreachable(f"the radio does not work: {details or name}", advice=advice)


def while_connecting(name: str, details: str, address: str) -> DeviceError:
    """As above, of a connection or a pairing that did not come about."""
    meaning = {**OF_THE_SYSTEM, **OF_A_PAIRING, **OF_A_CONNECTION}.get(name)
    if meaning is None:
        return DeviceUnreachable(f"no link: {details or name}", where=address, advice=WAKE_IT)
    return _told(meaning, address)


def while_linked(name: str, details: str, uuid: str, address: str) -> DeviceError:
    """As above, of an operation on the characteristic `uuid` over an open link."""
    if name == BLUEZ + "NotPermitted" and details == NOT_PAIRED_TEXT:
        return _told(_NOT_PAIRED, address)
    if name == BLUEZ + "Failed" and details in LINK_LOST_TEXTS:
        return _told(_LINK_LOST, address)
    meaning = {**OF_THE_SYSTEM, **OF_A_PAIRING, **OF_A_LINK}.get(name)
    return _told(meaning, address) if meaning else refused(uuid, details or name, None, address)


def refused(uuid: str, why: str, code: int | None, address: str) -> DeviceError:
    """The device said no: `code` is its ATT error, where there is one."""
    if code in LACKS_SECURITY:
        return _told(_NOT_PAIRED, address)
    advice = "switch the device off and on, and try again"
    return OperationRefused(f"{uuid} was refused: {why}", where=address, advice=advice, code=code)


def _told(meaning: _Meaning, address: str) -> DeviceError:
    return meaning.error(meaning.what, where=address, advice=meaning.advice)
