"""What a backup says of itself: its pieces with their digests, what was counted, and when it was taken. Pure.

It stands in the archive as it is, not encrypted: no names, no values, only counts. So whoever keeps a backup can see
whether it is whole without being able to read it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from companion.clock import parse_instant
from companion.errors import BadInput

KIND = "companion backup 1"
RECORDS, READINGS, ORIGINALS = "records", "readings", "originals"
"""The pieces there can be, in the order in which they are taken: what others point to comes after who points."""


@dataclass(frozen=True)
class Piece:
    """One part of a backup. `engine` tells what it is in: "sqlite" (a database file), "postgresql" (an archive of
    pg_dump), "lines" (readings, one a line) or "tar". Sizes in bytes, digests are SHA-256 in hexadecimal: of what is
    in it, and of it as it is encrypted. `counts` are rows by table, readings or files."""

    name: str
    engine: str
    size: int
    sha256: str
    encrypted_size: int
    encrypted_sha256: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Manifest:
    """`taken_at`, RFC 3339: what was acknowledged before is in it. `revision` is that of the schema of the records,
    `anchor` tells where the audit stood (`care.anchor`), `recipients` are the public keys that it is encrypted for."""

    made_by: str
    taken_at: str
    seconds: float
    revision: str
    recipients: tuple[str, ...]
    anchor: Mapping[str, Any] | None
    pieces: tuple[Piece, ...]

    @property
    def instant(self) -> datetime:
        """`taken_at`, aware UTC."""
        return parse_instant(self.taken_at, "taken_at")

    @property
    def rows(self) -> int:
        """Of all tables of the databases in it."""
        return sum(sum(piece.counts.values()) for piece in self.pieces if piece.engine in ("sqlite", "postgresql"))

    def piece(self, name: str) -> Piece | None:
        """The piece of that name; None if this backup has none."""
        return next((piece for piece in self.pieces if piece.name == name), None)


def write(manifest: Manifest) -> bytes:
    """As it stands in the archive: JSON, with a digest over itself."""
    told = {"kind": KIND, **asdict(manifest)}
    return json.dumps(told | {"sha256": _digest(told)}, indent=1).encode()


def read(content: bytes, where: str) -> Manifest:
    """The manifest. Raises BadInput for what is none, or not as it was written."""
    try:
        told = json.loads(content)
        digest = told.pop("sha256")
        if told.get("kind") == KIND and digest == _digest(told):
            return _parsed(told)
    except (ValueError, TypeError, KeyError, AttributeError):
        pass  # as with a digest that does not hold: it is told below
    raise BadInput("its manifest is not as it was written", where=where, advice="take another backup")


def _parsed(told: dict[str, Any]) -> Manifest:
    fields = {name: told[name] for name in Manifest.__dataclass_fields__}
    pieces = tuple(Piece(**each) for each in told["pieces"])
    return Manifest(**fields | {"pieces": pieces, "recipients": tuple(told["recipients"])})


def _digest(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
