"""docs/pages shows every page: each picture is in its table, and each name in the table is a picture."""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "pages"
MOST_BYTES = 6_000_000


def named() -> set[str]:
    return set(re.findall(r"\]\(([^)]+\.webp)\)", (FOLDER / "README.md").read_text("utf-8")))


def test_every_picture_is_named_and_every_name_is_a_picture() -> None:
    kept = {path.name for path in FOLDER.glob("*.webp")}

    assert kept
    assert kept == named()


def test_the_main_pages_are_there_in_both_widths_and_languages() -> None:
    pages = ("patient-patient-today", "patient-readings-index", "doctor-doctor-queue", "caregiver-caregiver-home")

    wanted = {f"{page}-{width}.webp" for page in pages for width in ("phone", "desk")}
    in_chinese = {re.sub(r"^(\w+?)-", r"\1-zh-", name, count=1) for name in wanted}

    assert wanted | in_chinese <= named()


def test_the_pictures_are_small_together() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES
