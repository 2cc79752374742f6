"""Which radio this machine works with: its own, or the one that a setting names."""

import importlib
import sys
from typing import Any

from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.pairing import Attendant, PairingAgent
from companion.errors import BadInput


def open_radio(backend: str, attendant: Attendant | None = None) -> BleakRadio:
    """The machine's own radio when `backend` is empty; otherwise `module:address`, where the module's
    `open_backend(address)` gives it. `attendant` helps with devices that pair with a number."""
    if not backend:
        return BleakRadio(agent=_agent(attendant) if attendant else None)
    module, _, address = backend.partition(":")
    try:
        opened: Any = importlib.import_module(module).open_backend(address)
    except (ImportError, AttributeError) as error:
        raise BadInput(str(error), where="COMPANION_BLUETOOTH_BACKEND", advice="write module:address") from None
    return BleakRadio(opened)


def _agent(attendant: Attendant) -> PairingAgent | None:
    """Only Linux needs one: elsewhere the system itself asks for the number."""
    if sys.platform != "linux":
        return None
    from companion.devices.radio.bluez_agent import BluezAgent  # other systems have no D-Bus to import

    return BluezAgent(attendant)
