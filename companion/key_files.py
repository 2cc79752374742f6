"""Files that hold a secret: readable by their owner only, there as a whole or not at all."""

import os
from pathlib import Path
from secrets import token_hex

OWNER_READS = 0o600


def make_once(path: Path, content: bytes) -> None:
    """Puts the file there unless there is one, durably: of two processes that start at once, the first one's stays.
    Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
        flush_folder(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Puts the content in the place of what was there, durably. Raises OSError."""
    os.replace(_draft(path, content), path)
    flush_folder(path.parent)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f"{path.name}.{token_hex(4)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_READS)
    with os.fdopen(file, "wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())
    return draft


def flush_folder(folder: Path) -> None:
    """A file is only durable together with its name: what is written under a new key may not outlive it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
