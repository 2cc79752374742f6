"""Who helps while a device is paired: some show a number that somebody has to type."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

PASSKEY_DIGITS = 6
"""Passkeys are 000000 to 999999 (Bluetooth Core, Security Manager)."""


class Attendant(Protocol):
    """Whoever stands beside the device while it is paired, or what is known of it beforehand."""

    async def passkey(self, address: str) -> str | None:
        """The number that the device shows, or that is printed on it; None when nobody can tell."""

    async def sees(self, address: str, number: str) -> bool:
        """Whether the device shows this very number."""

    async def show(self, address: str, number: str) -> None:
        """The number has to be typed on the device."""


class Nobody:
    """An attendant for devices that pair without a number: every question is answered with no."""

    async def passkey(self, address: str) -> str | None:
        return None

    async def sees(self, address: str, number: str) -> bool:
        return False

    async def show(self, address: str, number: str) -> None:
        """There is nobody to see it; the device will give up."""


class PairingAgent(Protocol):
    """What a radio needs so that devices with a number can pair."""

    def expecting(self, address: str) -> AbstractAsyncContextManager[None]:
        """While the context lasts this device, and no other one, may pair."""


def read_passkey(typed: str | None) -> int | None:
    """What a person typed, spaces and hyphens left out; None when it cannot be a passkey."""
    digits = (typed or "").replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= PASSKEY_DIGITS):
        return None
    return int(digits)


def passkey_text(number: int) -> str:
    """As devices show it: six digits."""
    return f"{number:0{PASSKEY_DIGITS}d}"
