"""What a device is known by, whoever reads it: the same meter is one device for two hubs and a telephone."""

from companion.devices.session import Identity


def known_as(told: Identity, address: str) -> str:
    """Model and serial number where the device tells them; its address otherwise."""
    return f"{told.manufacturer}/{told.model}/{told.serial}" if told.serial else f"address/{address}"
