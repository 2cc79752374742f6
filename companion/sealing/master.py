"""Master keys: they wrap the keys of people, and nothing else. The newest wraps; older ones still unwrap.

Here those of a file and of the environment; `sealing.kms` has those of a service, `sealing.places` chooses.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from companion import key_files
from companion.errors import BadInput, Unavailable
from companion.sealing.cipher import KEY_BYTES, KEY_ID_BYTES, seal, unseal

FILE_SETTING = "COMPANION_MASTER_KEY_FILE"
TEXT_SETTING = "COMPANION_MASTER_KEY"
LEAST_VARIETY = 8
"""Different bytes. Fewer are no random key: a random one has so few once in 10^34."""
AGAIN = f"restore {FILE_SETTING} or {TEXT_SETTING} from where it is kept apart"


class Wrapped(NamedTuple):
    """A key under the master key with that id."""

    master: str
    key: bytes


class KeyWrapper(Protocol):
    """What has the master keys: a file, the environment, or a service."""

    def ids(self) -> list[str]:
        """Those that can unwrap, the one that wraps last; none before the first was made."""
        ...

    def make_first(self) -> None:
        """Makes one where there is none. Raises BadInput where it cannot."""
        ...

    def wrap(self, key: bytes, about: bytes) -> Wrapped:
        """Under the newest."""
        ...

    def unwrap(self, wrapped: Wrapped, about: bytes) -> bytes:
        """The key. Raises Unavailable without its master key, BrokenSealError for one that was changed."""
        ...


class _Known:
    """Master keys that this process can read; 32 bytes each, the newest last."""

    def keys(self) -> Sequence[bytes]:
        raise NotImplementedError

    def ids(self) -> list[str]:
        return [_id_of(key).hex() for key in self.keys()]

    def wrap(self, key: bytes, about: bytes) -> Wrapped:
        keys = self.keys()
        if not keys:
            raise Unavailable("no master key is here", where="sealed data", advice="run `companion keys rotate`")
        newest = keys[-1]
        return Wrapped(_id_of(newest).hex(), seal(newest, _id_of(newest), key, about))

    def unwrap(self, wrapped: Wrapped, about: bytes) -> bytes:
        for key in self.keys():
            if _id_of(key).hex() == wrapped.master:
                return unseal(key, wrapped.key, about)
        raise Unavailable(f"master key {wrapped.master} is not here", where="sealed data", advice=AGAIN)


class MasterKeyFile(_Known):
    """A file of its own, readable by its owner only: {"keys": [hexadecimal, the newest last]}.

    It is read each time: another process may have added a key, and the keys of people are remembered unwrapped.
    """

    def __init__(self, path: Path, *, may_make: bool = True) -> None:
        """`may_make`: False where other machines may need the same file, and nobody said where it is kept."""
        self.path, self._may_make = path, may_make

    def keys(self) -> Sequence[bytes]:
        try:
            return _from_json(self.path.read_bytes()) if self.path.exists() else ()
        except OSError as error:
            raise Unavailable(f"cannot be read: {error.strerror}", where=FILE_SETTING) from None

    def make_first(self) -> None:
        if not self._may_make:
            advice = f"all processes need the same one: name its file, or set {TEXT_SETTING} (openssl rand -hex 32)"
            raise BadInput("is missing", where=FILE_SETTING, advice=advice)
        try:
            key_files.make_once(self.path, as_file([secrets.token_bytes(KEY_BYTES)]))
        except OSError as error:
            raise BadInput(f"cannot be made: {error.strerror}", where=FILE_SETTING) from None

    def add(self) -> str:
        """One more key, which wraps from now on; its id."""
        self._write([*self.keys(), secrets.token_bytes(KEY_BYTES)])
        return self.ids()[-1]

    def keep_newest(self) -> None:
        """The others are gone. For when they wrap nothing any more."""
        self._write(self.keys()[-1:])

    def _write(self, keys: Sequence[bytes]) -> None:
        try:
            key_files.replace(self.path, as_file(keys))
        except OSError as error:
            raise BadInput(f"cannot be written: {error.strerror}", where=FILE_SETTING) from None


class MasterKeyText(_Known):
    """Keys as a setting: hexadecimal, a space between two of them, the newest last."""

    def __init__(self, text: str) -> None:
        try:
            first, *others = text.split()
            self._keys = [_checked(key) for key in (first, *others)]
        except ValueError:
            advice = "write 64 random hexadecimal digits a key: openssl rand -hex 32"
            raise BadInput("is no key, or one that can be guessed", where=TEXT_SETTING, advice=advice) from None

    def keys(self) -> Sequence[bytes]:
        return self._keys

    def make_first(self) -> None:
        """It is there: who sets this makes the key."""


def _id_of(key: bytes) -> bytes:
    """Tells keys apart, and nothing about them."""
    return hashlib.sha256(b"companion master key " + key).digest()[:KEY_ID_BYTES]


def _checked(told: str) -> bytes:
    """Raises ValueError for what is no random key of that length."""
    key = bytes.fromhex(told)
    if len(key) != KEY_BYTES or len(set(key)) < LEAST_VARIETY:
        raise ValueError
    return key


def as_file(keys: Sequence[bytes]) -> bytes:
    """What the file of these keys holds."""
    return json.dumps({"keys": [key.hex() for key in keys]}).encode()


def _from_json(content: bytes) -> list[bytes]:
    try:
        keys = [_checked(told) for told in json.loads(content)["keys"]]
    except (ValueError, TypeError, KeyError):
        keys = []
    if not keys:
        raise BadInput("is not a file of master keys", where=FILE_SETTING, advice="restore it from its backup")
    return keys
