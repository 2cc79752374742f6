"""docs/pages shows every page in both languages: what is there is named in its table, and nothing is left out."""

import re
from pathlib import Path

from flask import Flask

from companion.i18n import LANGUAGES
from tests.judges.pictured import NOT_PICTURED
from tests.judges.walk import is_page

FOLDER = Path(__file__).parents[2] / "docs" / "pages"
MOST_BYTES = 14_000_000


def named() -> set[str]:
    return set(re.findall(r"\]\(([^)]+\.webp)\)", (FOLDER / "README.md").read_text("utf-8")))


def test_every_picture_is_named_and_every_name_is_a_picture() -> None:
    kept = {path.name for path in FOLDER.glob("*.webp")}

    assert kept
    assert kept == named()


def test_every_page_has_a_picture(app: Flask) -> None:
    told = (FOLDER / "README.md").read_text("utf-8").splitlines()

    shown = {line.split(" | ")[1] for line in told if ".webp" in line}
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if is_page(rule)}

    assert pages - shown - set(NOT_PICTURED) == set(), "`make screenshots`, or say in tests/judges/pictured.py why not"
    assert shown & set(NOT_PICTURED) == set()


def test_every_picture_is_there_in_both_languages() -> None:
    by_page = {name.rsplit("-", 1)[0] for name in named()}

    assert named() == {f"{page}-{language}.webp" for page in by_page for language in LANGUAGES}


def test_the_pictures_are_small_together() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES
