"""Whether a backup is whole: every byte read, and decrypted where there is a key for it."""

from pathlib import Path
from typing import IO

from companion.backups import archive, manifest
from companion.backups.age_files import Keys, decrypt
from companion.backups.archive import ArchiveReader
from companion.backups.flowing import Passed, Tick, digest_of, no_tick
from companion.backups.manifest import Manifest, Piece
from companion.errors import BadInput

MANIFEST = "manifest.json"
MANIFEST_AT_MOST = 1 << 20


def member_of(piece: str) -> str:
    """The name in the archive of the piece of that name."""
    return f"{piece}.age"


def verify(path: Path, keys: Keys, tick: Tick = no_tick) -> Manifest:
    """What the backup says of itself, once every piece of it was found to be as it was written. With keys it is also
    decrypted; without, nothing is known of whether anybody can. Raises BadInput naming the piece that is wrong."""
    with archive.opened(path) as reader:
        told = manifest_of(reader, path)
        for piece in told.pieces:
            with reader.member(member_of(piece.name)) as encrypted:
                _check(piece, encrypted, keys, f"{path}, {piece.name}", tick)
    return told


def manifest_of(reader: ArchiveReader, path: Path) -> Manifest:
    """The manifest, which is written last: a backup that was cut off has none."""
    with reader.member(MANIFEST) as content:
        return manifest.read(content.read(MANIFEST_AT_MOST), str(path))


def _check(piece: Piece, encrypted: IO[bytes], keys: Keys, where: str, tick: Tick) -> None:
    if not keys:
        _compare(digest_of(encrypted), Passed(piece.encrypted_sha256, piece.encrypted_size), where)
        return
    plain, read = decrypt(encrypted, None, keys, where, tick)
    _compare(read, Passed(piece.encrypted_sha256, piece.encrypted_size), where)
    _compare(plain, Passed(piece.sha256, piece.size), where)


def _compare(found: Passed, wanted: Passed, where: str) -> None:
    if found != wanted:
        what = f"is not as it was written: {found.size} bytes of {wanted.size}, or another content"
        raise BadInput(what, where=where, advice="take another copy, or another backup")
