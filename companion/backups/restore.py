"""A backup is brought back into an empty machine: all of it looked at first, and what was brought compared after."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from companion.backups import archive, half_way
from companion.backups.age_files import Keys, decrypted
from companion.backups.flowing import Tick, no_tick
from companion.backups.manifest import RECORDS, Manifest, Piece
from companion.backups.places import Place, places
from companion.backups.verify import member_of, verify
from companion.care import audit
from companion.care.anchor import Anchor, public_key_of
from companion.care.anchors import kept_anchors, signing_key
from companion.care.audit_check import Report, check
from companion.clock import Clock
from companion.crash_points import Point, reached
from companion.db import reading, writing
from companion.errors import BadInput
from companion.migrations import knows, upgrade
from companion.sealing.data_keys import wrapped_by
from companion.services import Services, build_services
from companion.settings import Settings


class Restored(NamedTuple):
    """What came back: all until `manifest.instant`. `lost` is how long ago that was; `audit` what its check found,
    None where the keys were lost; `closed` how many keys of people no master key here unwraps."""

    manifest: Manifest
    took: timedelta
    lost: timedelta
    audit: Report | None
    closed: int


def restore(
    settings: Settings,
    path: Path,
    keys: Keys,
    clock: Clock,
    by: str,
    *,
    secrets_are_lost: bool = False,
    tick: Tick = no_tick,
) -> Restored:
    """Brings the backup to where the settings say, and its schema up to date.

    Raises BadInput, and nothing was changed, for a backup that is not whole, that none of the keys opens or that is of
    a newer schema, for a machine where something is, and without the audit's keys unless they are lost. Cut off, it
    left nothing, or a note that says so (`half_way`).
    """
    began = clock()
    told = verify(path, keys, tick)
    _check_revision(told, path)
    if not secrets_are_lost:
        _check_keys(settings, told)
    _put_in_place(settings, told, path, keys, tick, began)
    services = build_services(settings, clock)
    upgrade(services.engine)
    report = None if secrets_are_lost else _check_audit(services, told)
    if report is not None and not report.wrong:
        _note(services, told, by)
    closed = _closed(services)
    services.engine.dispose()
    reached(Point.RESTORE_BEFORE_END)
    half_way.end(settings)
    return Restored(told, clock() - began, clock() - told.instant, report, closed)


def _check_revision(told: Manifest, path: Path) -> None:
    if not knows(told.revision):
        what = f"has the schema {told.revision} of companion {told.made_by}, which this version does not know"
        raise BadInput(what, where=str(path), advice="install that version or a newer one")


def _check_keys(settings: Settings, told: Manifest) -> None:
    """What the records were noted under and sealed with has to be there, or they would be of no use."""
    records = told.piece(RECORDS)
    is_sealed = records is not None and records.counts.get("data_key", 0) > 0
    if told.anchor is not None and not settings.audit_key_file.exists():
        raise _missing(settings.audit_key_file, "COMPANION_AUDIT_KEY_FILE")
    has_master = settings.master_key or settings.master_key_kms or settings.master_key_file.exists()
    if is_sealed and not has_master:
        raise _missing(settings.master_key_file, "COMPANION_MASTER_KEY_FILE")


def _missing(file: Path, setting: str) -> BadInput:
    advice = "bring the secrets back first (--secrets FILE); if they are lost, say --without-secrets"
    return BadInput(f"{file} is not there", where=setting, advice=advice)


def _put_in_place(settings: Settings, told: Manifest, path: Path, keys: Keys, tick: Tick, now: datetime) -> None:
    """Nothing gets its name before every piece was brought; databases on servers take theirs at once. Before the first
    that does, it is noted that this began."""
    try:
        with ExitStack() as drafts:
            targets = places(told, settings, drafts)
            names = [place.name for _, place in targets]
            _check_empty(settings, [place for _, place in targets])
            if any(place.is_at_once for _, place in targets):
                half_way.begin(settings, path, names, now)
            for piece, place in targets:
                _bring(piece, place, path, keys, tick)
                reached(Point.RESTORE_AFTER_BRINGING)
            half_way.begin(settings, path, names, now)
            for _, place in targets:
                place.settle()
                reached(Point.RESTORE_AFTER_SETTLING)
    except OSError as error:
        where = str(error.filename or settings.database_url)
        raise BadInput(error.strerror or str(error), where=where, advice="check what room is left") from None
    os.sync()


def _check_empty(settings: Settings, targets: Sequence[Place]) -> None:
    try:
        for place in targets:
            place.check_empty()
    except BadInput:
        half_way.refuse(settings)
        raise


def _bring(piece: Piece, place: Place, path: Path, keys: Keys, tick: Tick) -> None:
    with (
        archive.opened(path) as reader,
        reader.member(member_of(piece.name)) as encrypted,
        decrypted(encrypted, keys, f"{path}, {piece.name}", tick) as plain,
    ):
        counts = place.bring(plain)
    if counts != piece.counts:
        differ = sorted(name for name in {*counts, *piece.counts} if counts.get(name) != piece.counts.get(name))
        advice = "do not use what was brought back; take another backup"
        raise BadInput(f"another number came back: {', '.join(differ)}", where=piece.name, advice=advice)


def _check_audit(services: Services, told: Manifest) -> Report:
    """The whole chain, against every anchor: those in it, and that of the backup, which its end cannot be cut from."""
    own = [("the backup's anchor", _anchor(told))] if told.anchor else []
    with reading(services.engine) as session:
        return check(session, [*kept_anchors(session), *own], _public_keys(services.settings))


def _anchor(told: Manifest) -> Anchor:
    said = dict(told.anchor or {})
    return Anchor(**{name: said[name] for name in Anchor.__dataclass_fields__})


def _public_keys(settings: Settings) -> list[str]:
    path = settings.audit_anchor_key_file
    return [public_key_of(signing_key(path))] if path.exists() else []


def _note(services: Services, told: Manifest, by: str) -> None:
    with writing(services.engine) as session:
        audit.note(session, actor=by, action="backup.restored", now=services.clock(), taken_at=told.taken_at)


def _closed(services: Services) -> int:
    """What they sealed cannot be read here: the master key is older than the backup, or another one."""
    here = services.master_keys.ids()
    with reading(services.engine) as session:
        wrapped = wrapped_by(session.connection())
    return sum(count for master, count in wrapped.items() if master not in here)
