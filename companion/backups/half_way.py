"""A restore that was cut off is known by a note beside the files that people sent, until everything is back and looked
at. While it is there nothing starts: half of a clinic's records looks like a clinic where nothing is due."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from companion import key_files
from companion.errors import BadInput
from companion.settings import Settings

NOTE = "half-restored"


def begin(settings: Settings, backup: Path, names: Sequence[str], now: datetime) -> None:
    """From now on something of the backup may be in its place; `names` say where. Durable when it returns."""
    note = _note_of(settings)
    note.parent.mkdir(parents=True, exist_ok=True)
    told = {"backup": backup.name, "began": now.isoformat(timespec="seconds"), "places": list(names)}
    key_files.replace(note, json.dumps(told).encode())


def end(settings: Settings) -> None:
    """All of it is there, and was looked at."""
    note = _note_of(settings)
    note.unlink()
    key_files.flush_folder(note.parent)


def refuse(settings: Settings) -> None:
    """Raises BadInput where a restore was cut off: of what, when, and how to start again."""
    note = _note_of(settings)
    try:
        told = json.loads(note.read_bytes())
    except FileNotFoundError:
        return
    what = f"the restore of {told['backup']} that began at {told['began']} was cut off; what is here is not whole"
    advice = f"empty {', '.join(told['places'])}, then run the same `companion restore` again: docs/backup.md"
    raise BadInput(what, where=str(note), advice=advice)


def _note_of(settings: Settings) -> Path:
    return settings.originals_folder.parent / NOTE
