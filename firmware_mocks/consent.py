"""How a device answers who wants to pair with it."""

from collections.abc import Awaitable, Callable

from bumble.pairing import PairingDelegate


class Consent(PairingDelegate):
    """The device agrees or not. One with a passkey shows it, and pairs with nobody who cannot type it."""

    def __init__(self, passkey: int | None, agrees: Callable[[], Awaitable[bool]]) -> None:
        super().__init__(self.NO_OUTPUT_NO_INPUT if passkey is None else self.DISPLAY_OUTPUT_ONLY)
        self._passkey = passkey
        self._agrees = agrees

    async def accept(self) -> bool:
        return await self._agrees()

    async def generate_passkey(self) -> int:
        return self._passkey or 0

    async def display_number(self, number: int, digits: int) -> None:
        """It is on the display, and a test knows it."""

    async def confirm(self, auto: bool = False) -> bool:
        """Asked when the other side can type no passkey."""
        return self._passkey is None
