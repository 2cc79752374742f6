"""The keys of the audit: a file outside the database, so that whoever can write there cannot make entries.

Kept as {"keys": [hexadecimal, the newest last], "begins_after": hash or null}. It is backed up apart from the database:
without it nobody can tell any more whether an entry was changed.
"""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

from companion import key_files
from companion.errors import BadInput

KEY_BYTES = 32
"""As long as the hash: RFC 2104 §3 advises no shorter one."""
SETTING = "COMPANION_AUDIT_KEY_FILE"


class Key(NamedTuple):
    """A key, and the id under which entries name it."""

    id: str
    secret: bytes


@dataclass(frozen=True)
class _Kept:
    """What the file says."""

    keys: tuple[str, ...]
    begins_after: str | None = None

    def by_id(self) -> dict[str, bytes]:
        return {_id_of(secret): secret for secret in map(bytes.fromhex, self.keys)}


class KeyRing:
    """The file, read when it is needed first, and made when something is to be noted first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: _Kept | None = None

    def newest(self) -> Key:
        """The one that new entries are made with."""
        if self._known is None or not self._known.keys:
            self._known = self._made()
        secret = bytes.fromhex(self._known.keys[-1])
        return Key(_id_of(secret), secret)

    def find(self, key_id: str) -> bytes | None:
        """That key, also one that another process has added since; None if it is not here."""
        found = self._known.by_id().get(key_id) if self._known else None
        if found is None:
            self._known = self._read()
            found = self._known.by_id().get(key_id)
        return found

    @property
    def begins_after(self) -> str | None:
        """The hash that the first entry under these keys follows; None while there is none."""
        return self._read().begins_after

    def begin_after(self, previous: str) -> None:
        """Notes what the first entry under these keys follows: whoever put another history in its place later would be
        refused. Raises BadInput then. For one process at a time: the one whose turn it is to write to the chain."""
        begun = self.begins_after
        if begun is None:
            self.begin_anew_after(previous)
        elif begun != previous:
            raise BadInput(
                "the entries are not those after which its keys began",
                where="audit",
                advice="restore the database; if that is what you did, run `companion audit begin`",
            )

    def begin_anew_after(self, previous: str) -> None:
        """Notes it whatever was noted before: an operator's word."""
        self._write(replace(self._made(), begins_after=previous))

    def add(self) -> Key:
        """A new key, for the entries to come. The others stay for those that were."""
        kept = self._made()
        self._write(replace(kept, keys=(*kept.keys, secrets.token_hex(KEY_BYTES))))
        return self.newest()

    def _made(self) -> _Kept:
        """What is in the file; the first key where there is none yet."""
        try:
            if not self._path.exists():
                key_files.make_once(self._path, _as_json(_Kept((secrets.token_hex(KEY_BYTES),))))
        except OSError as error:
            raise BadInput(f"cannot be made: {error.strerror}", where=SETTING) from None
        return self._read()

    def _read(self) -> _Kept:
        try:
            return _from_json(self._path.read_bytes()) if self._path.exists() else _Kept(())
        except OSError as error:
            raise BadInput(f"cannot be read: {error.strerror}", where=SETTING) from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BadInput("is not a file of keys", where=SETTING, advice="restore it from its backup") from None

    def _write(self, kept: _Kept) -> None:
        try:
            key_files.replace(self._path, _as_json(kept))
        except OSError as error:
            raise BadInput(f"cannot be written: {error.strerror}", where=SETTING) from None
        self._known = kept


def _id_of(secret: bytes) -> str:
    """Tells keys apart, and nothing about them."""
    return hashlib.sha256(b"companion audit key " + secret).hexdigest()[:16]


def _as_json(kept: _Kept) -> bytes:
    return json.dumps(asdict(kept)).encode()


def _from_json(content: bytes) -> _Kept:
    found = json.loads(content)
    kept = _Kept(tuple(found["keys"]), found["begins_after"])
    if not kept.keys or any(len(secret) < KEY_BYTES for secret in kept.by_id().values()):
        raise ValueError
    return kept
