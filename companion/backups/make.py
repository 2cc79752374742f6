"""A backup is made while the service runs: written beside its place, read back, and only then put there."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from companion import __version__
from companion.backups import age_files, manifest
from companion.backups.age_files import Recipients, encrypt
from companion.backups.archive import ArchiveWriter
from companion.backups.flowing import Passed, Tick, digest_of, no_tick
from companion.backups.leftovers import UNFINISHED, own_folder
from companion.backups.manifest import Manifest, Piece
from companion.backups.pieces import Take, pieces
from companion.backups.verify import MANIFEST, member_of, verify
from companion.care import audit
from companion.care.anchors import anchor_of, signing_key
from companion.care.backup_notes import BackupMade
from companion.db import writing
from companion.errors import BadInput
from companion.services import Services


class Made(NamedTuple):
    """A backup in its place: `whole` is the SHA-256 and the size of the file."""

    path: Path
    manifest: Manifest
    whole: Passed


def make_backup(services: Services, path: Path, recipients: Sequence[str], by: str, tick: Tick = no_tick) -> Made:
    """Makes the backup of the whole installation at `path`, where nothing may be; notes it in the database.

    Besides for the recipients it is encrypted for a key that only this call knows: with it everything is decrypted once
    more, from the disk, before the file gets its name. Raises BadInput, and then there is no file.
    """
    _check(path, recipients)
    own = age_files.new_key()
    readers = [*(age_files.recipient(text, "--recipient") for text in recipients), own.to_public()]
    try:
        with own_folder(path.parent, UNFINISHED) as folder:
            draft = folder / path.name
            _write(services, draft, recipients, readers, tick)
            told = verify(draft, [own], tick)
            with draft.open("rb") as file:
                made = Made(path, told, digest_of(file))
            _settle(draft, path)
    except OSError as error:
        advice = "check the folder, and what room is left"
        raise BadInput(error.strerror or str(error), where=str(path), advice=advice) from None
    _note(services, made, by)
    return made


def _check(path: Path, recipients: Sequence[str]) -> None:
    if not recipients:
        advice = "make a pair: companion backup keys FILE; set it to the public one, or give --recipient"
        raise BadInput("names nobody who could read the backup", where="COMPANION_BACKUP_RECIPIENTS", advice=advice)
    if not path.parent.is_dir():
        raise BadInput("its folder is not there", where=str(path), advice="is the disk mounted?")
    if path.exists():
        raise BadInput("is there already", where=str(path), advice="name a new file, or a folder")


def _write(services: Services, draft: Path, recipients: Sequence[str], readers: Recipients, tick: Tick) -> None:
    began = services.clock()
    draft.touch(mode=0o600)
    with draft.open("r+b") as out:
        writer = ArchiveWriter(out)
        anchor = _anchor(services, began)
        taken = [_add(writer, name, take, readers, tick) for name, take in pieces(services).items()]
        told = Manifest(
            made_by=__version__,
            taken_at=began.isoformat(),
            seconds=round((services.clock() - began).total_seconds(), 3),
            revision=taken[0][1],
            recipients=tuple(recipients),
            anchor=anchor,
            pieces=tuple(piece for piece, _ in taken),
        )
        writer.add(MANIFEST, lambda file: file.write(manifest.write(told)))
        writer.end()
        out.flush()
        os.fsync(out.fileno())


def _add(writer: ArchiveWriter, name: str, take: Take, readers: Recipients, tick: Tick) -> tuple[Piece, str]:
    """One piece, and the revision of its schema."""
    with take() as snapshot:
        plain, encrypted = writer.add(member_of(name), lambda out: encrypt(snapshot.blocks, out, readers, tick))
    piece = Piece(name, snapshot.engine, plain.size, plain.sha256, encrypted.size, encrypted.sha256, snapshot.counts)
    return piece, snapshot.revision


def _anchor(services: Services, now: datetime) -> dict[str, Any] | None:
    """Where the audit stands, signed: what is brought back must have all of it."""
    with writing(services.engine) as session:
        anchor = anchor_of(session, signing_key(services.settings.audit_anchor_key_file), now)
    return anchor.as_json() if anchor else None


def _settle(draft: Path, path: Path) -> None:
    """A file is only durable together with its name."""
    os.replace(draft, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _note(services: Services, made: Made, by: str) -> None:
    now, whole = services.clock(), made.whole
    with writing(services.engine) as session:
        session.add(
            BackupMade(
                taken_at=made.manifest.instant,
                done_at=now,
                file=made.path.name,
                bytes=whole.size,
                sha256=whole.sha256,
            )
        )
        audit.note(session, actor=by, action="backup.made", now=now, bytes=whole.size, sha256=whole.sha256)
