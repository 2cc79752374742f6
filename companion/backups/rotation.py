"""Backups in a folder: how they are named, and which of them go."""

import re
from datetime import UTC, datetime
from pathlib import Path

NAMED = re.compile(r"companion-\d{8}T\d{6}Z\.backup")


def name_at(now: datetime) -> str:
    """The name of a backup begun then; names sort by age."""
    return f"companion-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"


def too_many(folder: Path, keep: int) -> list[Path]:
    """All but the newest `keep` of those that were named so; other files are nobody's business."""
    return sorted(path for path in folder.iterdir() if NAMED.fullmatch(path.name))[:-keep]
