"""Of the backups in a folder the newest stay."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from companion.backups.rotation import name_at, too_many

NOW = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)


def test_the_newest_stay_and_what_else_is_there(tmp_path: Path) -> None:
    names = [name_at(NOW + timedelta(hours=hours)) for hours in range(5)]
    for name in [*reversed(names), "secrets.age", "before-the-move.backup"]:
        (tmp_path / name).touch()

    gone = too_many(tmp_path, 2)

    assert [path.name for path in gone] == names[:3]


def test_none_goes_while_there_are_few(tmp_path: Path) -> None:
    (tmp_path / name_at(NOW)).touch()

    assert too_many(tmp_path, 2) == []
