"""A device that shows a PIN, or has it printed on its label."""

from bumble.pairing import PairingConfig, PairingDelegate

from firmware_mocks.peripheral import Peripheral


def demand_pin(device: Peripheral, pin: int) -> None:
    """From now on the device pairs only with who types its PIN."""
    device.device.pairing_config_factory = lambda _: PairingConfig(
        sc=True, mitm=True, bonding=True, delegate=_ShowsPin(pin)
    )


class _ShowsPin(PairingDelegate):
    def __init__(self, pin: int) -> None:
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_ONLY)
        self._pin = pin

    async def generate_passkey(self) -> int:
        return self._pin

    async def display_number(self, number: int, digits: int) -> None:
        """It is on the display, and a test knows it."""

    async def confirm(self, auto: bool = False) -> bool:
        """Asked when the other side can type no PIN: refused."""
        return False
