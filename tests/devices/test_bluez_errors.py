"""BlueZ's errors by name and text, and what a person is told of each."""

import pytest

from companion.devices.radio import bluez_errors
from companion.devices.radio.link import DeviceError, DeviceUnreachable, OperationRefused, PairingRefused, SessionBroken

ADDRESS = "C1:00:00:00:18:08"
BLUEZ, DBUS = "org.bluez.Error.", "org.freedesktop.DBus.Error."


@pytest.mark.parametrize(
    ("name", "text", "told", "advice"),
    [
        (BLUEZ + "AuthenticationFailed", "Authentication Failed", PairingRefused, "pairing mode"),
        (BLUEZ + "AuthenticationCanceled", "Authentication Canceled", PairingRefused, "pairing mode"),
        (BLUEZ + "AuthenticationRejected", "Authentication Rejected", PairingRefused, "number that it shows"),
        (BLUEZ + "AuthenticationTimeout", "Authentication Timeout", PairingRefused, "both sides"),
        (BLUEZ + "ConnectionAttemptFailed", "Page Timeout", DeviceUnreachable, "wake the device"),
        (BLUEZ + "InProgress", "Operation already in progress", DeviceUnreachable, "close it"),
        (BLUEZ + "NotReady", "Resource Not Ready", DeviceUnreachable, "switch it on"),
        (BLUEZ + "Failed", "le-connection-abort-by-remote", DeviceUnreachable, "pair it again"),
        (DBUS + "AccessDenied", "Rejected send message", DeviceUnreachable, "group bluetooth"),
        (DBUS + "ServiceUnknown", "not provided", DeviceUnreachable, "systemctl start bluetooth"),
    ],
)
def test_while_connecting(name: str, text: str, told: type[DeviceError], advice: str) -> None:
    error = bluez_errors.while_connecting(name, text, ADDRESS)

    assert type(error) is told
    assert advice in error.advice
    assert error.where == ADDRESS


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (BLUEZ + "NotPermitted", "Not paired", PairingRefused),
        (BLUEZ + "AuthenticationFailed", "", PairingRefused),
        (BLUEZ + "NotPermitted", "Notify acquired", OperationRefused),
        (BLUEZ + "NotSupported", "Operation is not supported", OperationRefused),
        (BLUEZ + "InProgress", "In Progress", OperationRefused),
        (BLUEZ + "Failed", "Not connected", SessionBroken),
        (BLUEZ + "Failed", "Operation failed", SessionBroken),
        (BLUEZ + "NotConnected", "Not Connected", SessionBroken),
        (DBUS + "UnknownObject", "no such object", SessionBroken),
        (DBUS + "UnknownMethod", "no such method", SessionBroken),
        (DBUS + "ServiceUnknown", "not provided", DeviceUnreachable),
    ],
)
def test_over_an_open_link(name: str, text: str, told: type[DeviceError]) -> None:
    error = bluez_errors.while_linked(name, text, "2a18", ADDRESS)

    assert type(error) is told
    assert str(error).startswith(ADDRESS)


@pytest.mark.parametrize("code", [0x05, 0x0C, 0x0F])
def test_an_answer_for_want_of_security_is_a_refused_pairing(code: int) -> None:
    assert type(bluez_errors.refused("2a18", "Insufficient", code, ADDRESS)) is PairingRefused


def test_any_other_answer_of_the_device_keeps_its_code() -> None:
    error = bluez_errors.refused("2a52", "busy", 0xFE, ADDRESS)

    assert isinstance(error, OperationRefused)
    assert error.code == 0xFE


def test_a_name_nobody_knows_is_told_with_its_text() -> None:
    assert "odd thing" in str(bluez_errors.of_the_radio("org.example.Odd", "odd thing"))
    assert "org.example.Odd" in str(bluez_errors.of_the_radio("org.example.Odd", ""))
