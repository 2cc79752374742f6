"""What every template may use: the switches, the navigation, and addresses of our own files."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g, request, url_for

from companion.web.context import found_actor, outside
from companion.web.cookies import PRINT_COOKIE
from companion.web.navigation import places

STATIC = Path(__file__).parent / "static"


def install(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=asset)
    app.context_processor(shared)


def shared() -> dict[str, Any]:
    """For base.html: who is here, what the house is called, and how big the print is."""
    person = found_actor()
    return {
        "settings": outside().settings,
        "me": person,
        "standing_in_for": g.get("standing_in_for"),
        "places": places(person.role) if person else [],
        "is_large": request.cookies.get(PRINT_COOKIE) == "large",
        "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
    }


def asset(name: str) -> str:
    """The address of a static file, with its content's hash: a new version is never mistaken for the old."""
    return url_for("static", filename=name, v=_version(name))


@lru_cache(maxsize=100)
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
