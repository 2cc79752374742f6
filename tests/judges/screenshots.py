"""`make screenshots`: every page of the demo's people on a phone and on a desk, as pictures in docs/pages/.

Run as `python -m tests.judges.screenshots docs/pages`. The house stands still, so that a picture changes only when its
page does.
"""

import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.conftest import CHROMIUM
from tests.judges import told
from tests.judges.crowd import crowd
from tests.judges.walk import DESK, PHONE, House

WIDTHS = {"phone": PHONE, "desk": DESK}
IN_CHINESE = ("patient.today", "readings.index", "patient.medicines", "devices.index", "doctor.queue", "caregiver.home")
"""The main pages; the others are alike but for the words."""
QUALITY = 28
"""Of WebP: words stay readable, and all pictures together stay small."""
HEAD = """\
# Every page, as it looks

Made by `make screenshots` from the demo's people on a Saturday morning; do not edit. The first screen of each page, on
a phone (390 x 844) and on a desk (1280 x 900).

| page | who | phone | desk |
|---|---|---|---|
"""


class Picture(NamedTuple):
    """A page as one person sees it."""

    role: str
    language: str
    endpoint: str
    path: str

    def name(self, width: str) -> str:
        who = self.role if self.language == "en" else f"{self.role}-{self.language}"
        return f"{who}-{self.endpoint.replace('.', '-')}-{width}.webp"


def pictures(house: House) -> Iterator[Picture]:
    """Each page once, of the first role that sees it; the main ones in Chinese, too."""
    shown: set[str] = set()
    for role in (None, "patient", "caregiver", "doctor", "admin", "pharmacist"):
        for rule, paths in house.pages_for(role):
            if paths and rule.endpoint not in shown:
                shown.add(rule.endpoint)
                yield Picture(role or "nobody", "en", rule.endpoint, paths[0])
                if rule.endpoint in IN_CHINESE:
                    yield Picture(role or "nobody", "zh", rule.endpoint, paths[0])


def take(house: House, chromium: Browser, picture: Picture, folder: Path) -> bool:
    """Both widths of a page; False for what is no page."""
    person = None if picture.role == "nobody" else house.person(picture.role)
    with house.browser_of(person, picture.language, chromium) as page:
        for width, size in WIDTHS.items():
            page.set_viewport_size(size)
            if not _opens(page, house.url + picture.path):
                return False
            _keep(page, folder / picture.name(width))
    return True


def _opens(page: Page, url: str) -> bool:
    try:
        answer = page.goto(url)
    except Error:
        return False  # a file
    return answer is not None and answer.ok and answer.headers.get("content-type", "").startswith("text/html")


def _keep(page: Page, path: Path) -> None:
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(path, "webp", quality=QUALITY, method=4)


def table(taken: list[Picture]) -> str:
    rows = [
        f"| {one.endpoint} | {one.role}{'' if one.language == 'en' else ', Chinese'} | "
        + " | ".join(f"[{width}]({one.name(width)})" for width in WIDTHS)
        + " |"
        for one in taken
    ]
    return HEAD + "\n".join(rows) + "\n"


def main(folder: Path) -> None:
    """Takes all pictures anew."""
    with tempfile.TemporaryDirectory() as own:
        told.tell_once(Path(own) / "story")
        services = told.told(Path(own) / "house", Path(own) / "story")
        crowd(services)
        for old in folder.glob("*.webp"):
            old.unlink()
        with House(services).served() as house, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM)
            taken = [one for one in pictures(house) if take(house, chromium, one, folder)]
            chromium.close()
    (folder / "README.md").write_text(table(taken), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
