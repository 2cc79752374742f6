"""Whether the keys are there without which acts cannot be noted and sealed data cannot be opened."""

from pathlib import Path

from companion.care.anchors import newest_anchor
from companion.care.audit import AuditEntry, last_entry
from companion.care.audit_keys import KeyRing
from companion.db import reading
from companion.errors import BadInput, Unavailable
from companion.sealing.data_keys import any_master
from companion.services import Services

WELL = ""
MISSING, UNREADABLE, WRONG = "missing", "unreadable", "wrong"


def keys_reason(services: Services) -> str:
    """One word for what is wrong with the first key that is not as it should be, or none. Keys are made when they are
    needed first: one that is not there is missed only where it was used."""
    settings = services.settings
    with reading(services.engine) as session:
        last, anchor = last_entry(session), newest_anchor(session)
        master = any_master(session.connection())
    used = {
        settings.audit_key_file: last is not None and last.key_id is not None,
        settings.audit_anchor_key_file: anchor is not None,
        settings.vapid_key_file: False,
    }
    reasons = [_file(path) for path, is_used in used.items() if is_used or path.exists()]
    first = next(filter(None, reasons), WELL)
    return first or _goes_on(KeyRing(settings.audit_key_file), last) or _opens(services, master)


def _file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.read(1)
    except FileNotFoundError:
        return MISSING
    except OSError:
        return UNREADABLE
    return WELL


def _goes_on(keys: KeyRing, last: AuditEntry | None) -> str:
    """Whether acts can be noted: the chain goes on only under keys that know its last entry."""
    if last is None or last.key_id is None:
        return WELL
    try:
        return WELL if keys.find(last.key_id) or keys.begins_after == last.hash else WRONG
    except BadInput:
        return WRONG


def _opens(services: Services, master: str | None) -> str:
    """Whether the master key with that id, under which somebody's key is, is here. None: nobody's is under any."""
    try:
        known = services.master_keys.ids()
    except Unavailable:
        return UNREADABLE
    except BadInput:
        return WRONG
    return WELL if master is None or master in known else MISSING
