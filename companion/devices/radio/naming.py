"""What a device is known by, whoever reads it: the same meter is one device for two hubs and a telephone."""

from companion.devices.radio.session import Identity

EUI_48_FILLING = "fffe"
"""What stands in the middle of a System ID that was made of a Bluetooth address (Device Information Service, 3.9)."""


def known_as(told: Identity, address: str) -> str:
    """Model and serial number where the device tells them; its address otherwise."""
    return f"{told.manufacturer}/{told.model}/{told.serial}" if told.serial else f"address/{address}"


def address_of_system_id(system_id: str) -> str:
    """The Bluetooth address that a System ID (2A23, eight octets in hex, the lowest first) was made of; "" when it
    was made of something else, which many devices of one model may share."""
    octets = [system_id[place : place + 2] for place in range(14, -1, -2)]
    if len(system_id) != 16 or "".join(octets[3:5]) != EUI_48_FILLING:
        return ""
    return ":".join(octets[:3] + octets[5:]).upper()
