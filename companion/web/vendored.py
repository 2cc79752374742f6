"""Other people's scripts and styles, kept in `static/vendor` as they were published: a page loads one with its hash."""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import url_for
from markupsafe import Markup

VENDOR = Path(__file__).parent / "static" / "vendor"
LOCK = VENDOR / "vendor.lock.json"
SCRIPT = Markup('<script src="{src}" integrity="sha384-{sha384}" defer></script>')
SHEET = Markup('<link rel="stylesheet" href="{src}" integrity="sha384-{sha384}">')
TAGS = {".js": SCRIPT, ".css": SHEET}


class VendoredFile(NamedTuple):
    """One line of the lock: `file` below `static/vendor`, `sha384` in base 64 as `integrity` wants it, `source` how
    it was got."""

    name: str
    version: str
    file: str
    sha384: str
    licence: str
    source: str


@cache
def locked() -> tuple[VendoredFile, ...]:
    """The lock, file by file."""
    return tuple(VendoredFile(**row) for row in json.loads(LOCK.read_text(encoding="utf-8")))


def vendored(name: str) -> Markup:
    """The tags that load a library's scripts and styles, in the lock's order. The browser refuses a file that was
    changed. Raises KeyError for a name that is not in the lock."""
    tags = [_tag(file) for file in locked() if file.name == name and Path(file.file).suffix in TAGS]
    if not tags:
        raise KeyError(f"{name} is not in {LOCK.name}")
    return Markup("\n").join(tags)


def _tag(file: VendoredFile) -> Markup:
    address = url_for("static", filename=f"vendor/{file.file}", v=file.version)
    return TAGS[Path(file.file).suffix].format(src=address, sha384=file.sha384)
