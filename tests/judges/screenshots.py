"""`make screenshots`: every page of the demo's people in both languages, as pictures in docs/pages/.

Run as `python -m tests.judges.screenshots docs/pages`; with beginnings of names behind it only those pictures are taken
anew. The houses stand still, so that a picture changes only when its page does.
"""

import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Error, Page, sync_playwright

from companion.cli.demo_story import ZONE
from companion.i18n import LANGUAGES
from tests.conftest import CHROMIUM
from tests.judges.pictured import MADE_READY, ROLES, Picture, houses
from tests.judges.walk import House

MOST_HEIGHT = 1900
"""Pixels; what is lower on a longer page is left out."""
QUALITY = 28
"""Of WebP: words stay readable, and all pictures together stay small."""
HEAD = """\
# Every page, as it looks

Made by `make screenshots` from the demo's people on a Saturday morning; do not edit. Patients, their family and whoever
is not signed in hold a phone (390 pixels wide), the others sit at a desk (1280 pixels). A long page is cut off below.
"""
FULL_HEIGHT = "document.documentElement.scrollHeight"
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
"""What the browser's own fields speak."""
GROUPS = {
    None: "Not signed in",
    "patient": "A patient",
    "caregiver": "A daughter or a son",
    "doctor": "A doctor",
    "pharmacist": "A pharmacist",
    "admin": "An administrator",
}


def take_all(house: House, pictures: list[Picture], chromium: Browser, folder: Path) -> Iterator[tuple[Picture, str]]:
    """Takes each picture in both languages; gives those that are pages, each with its title in English."""
    titles: dict[Picture, str] = {}
    for language in reversed(LANGUAGES):
        house.speak(house.person("patient"), language)  # a link from a message speaks the patient's language
        for (role, state), together in groupby(pictures, key=lambda each: (each.role, each.state)):
            person, here = house.person(role) if role else None, {"locale": LOCALES[language], "timezone_id": ZONE}
            with house.browser_of(person, language, chromium, **here) as page:
                MADE_READY.get(state, _as_it_is)(page, house)
                for one in together:
                    if _opens(page, house.url, one.paths):
                        _keep(page, folder / one.name(language))
                        titles[one] = page.title().rsplit(" · ", 1)[0]
    yield from titles.items()


def _as_it_is(_page: Page, _house: House) -> None:
    """Nothing is done before the picture."""


def _opens(page: Page, root: str, paths: tuple[str, ...]) -> bool:
    """Whether one of the addresses led to a page; it is on the screen then."""
    return any(_is_page(page, root + path) for path in paths)


def _is_page(page: Page, url: str) -> bool:
    try:
        answer = page.goto(url)
    except Error:
        return False  # a file
    is_there = answer is not None and answer.ok and page.url == url
    return is_there and answer.headers.get("content-type", "").startswith("text/html")


def _keep(page: Page, path: Path) -> None:
    """On a screen as high as the page, so that the bar at its lower edge covers nothing."""
    before = page.viewport_size
    assert before is not None
    for _drawn in range(2):  # a script draws on while the first one is set
        page.set_viewport_size({**before, "height": min(page.evaluate(FULL_HEIGHT), MOST_HEIGHT)})
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(path, "webp", quality=QUALITY, method=6)
    page.set_viewport_size(before)


def table(taken: list[tuple[Picture, str]]) -> str:
    """The page of the pictures: a part a role, a line a page."""
    parts = [HEAD]
    for role in ROLES:
        rows = [_row(one, title) for one, title in taken if one.role == role]
        parts.append(f"\n## {GROUPS[role]}\n| page | address | |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    return "".join(parts)


def _row(one: Picture, title: str) -> str:
    state = f", {one.state}" if one.state else ""
    links = " · ".join(f"[{words}]({one.name(code)})" for code, words in (("en", "English"), ("zh", "中文")))
    return f"| {title.replace('|', '/')}{state} | {one.endpoint} | {links} |"


def main(folder: Path, *only: str) -> None:
    """Takes all pictures anew, or those whose names begin so."""
    with tempfile.TemporaryDirectory() as own:
        built = list(houses(Path(own)))
        for old in () if only else folder.glob("*.webp"):
            old.unlink()
        taken: list[tuple[Picture, str]] = []
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM)
            for house, pictures in built:
                wanted = [one for one in pictures if one.name("").startswith(only or "")]
                with house.served():
                    taken += take_all(house, wanted, chromium, folder)
            chromium.close()
    if not only:
        (folder / "README.md").write_text(table(taken), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
