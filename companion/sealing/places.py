"""Where the master keys are, by the settings: one place wraps, and others may still open what they wrapped before. So
keys move from a file to a service, or back, while the service runs."""

from collections.abc import Sequence
from pathlib import Path

from companion.errors import Unavailable
from companion.sealing.kms import KMS_SETTING, KmsKey
from companion.sealing.master import AGAIN, TEXT_SETTING, KeyWrapper, MasterKeyFile, MasterKeyText, Wrapped


class InTurn:
    """`wraps` wraps; what `older` wrapped before, they open."""

    def __init__(self, wraps: KeyWrapper, older: Sequence[KeyWrapper]) -> None:
        self.wraps, self._older = wraps, older

    def ids(self) -> list[str]:
        return [master for place in (*self._older, self.wraps) for master in place.ids()]

    def make_first(self) -> None:
        self.wraps.make_first()

    def wrap(self, key: bytes, about: bytes) -> Wrapped:
        return self.wraps.wrap(key, about)

    def unwrap(self, wrapped: Wrapped, about: bytes) -> bytes:
        for place in (*self._older, self.wraps):
            if wrapped.master in place.ids():
                return place.unwrap(wrapped, about)
        raise Unavailable(f"master key {wrapped.master} is not here", where="sealed data", advice=AGAIN)


def masters_in(
    *, file: Path, may_make: bool = True, text: str = "", kms: str = "", older_kms: str = "", endpoint: str = ""
) -> KeyWrapper:
    """As set: the key of a service, else keys of the environment, else the file. `older_kms`: keys of the service that
    wrap nothing more, a space between two of them. Raises BadInput for a text that is no key."""
    own = MasterKeyText(text) if text else MasterKeyFile(file, may_make=may_make)
    older = [KmsKey(name, endpoint) for name in older_kms.split()]
    if kms:
        return InTurn(KmsKey(kms, endpoint), [own, *older])
    return InTurn(own, older) if older else own


def wrapping(masters: KeyWrapper) -> KeyWrapper:
    """The place whose key wraps."""
    return masters.wraps if isinstance(masters, InTurn) else masters


def where(masters: KeyWrapper) -> str:
    """Of the place whose key wraps, for the engineer."""
    place = wrapping(masters)
    if isinstance(place, KmsKey):
        return KMS_SETTING
    return str(place.path) if isinstance(place, MasterKeyFile) else TEXT_SETTING
