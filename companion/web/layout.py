"""What every template may use: the switches, the navigation, and addresses of our own files."""

import hashlib
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from flask import Flask, g, request, url_for
from flask_compress import Compress

from companion.care.emergency import number_at
from companion.care.people import Person
from companion.web.addresses import Addresses
from companion.web.context import found_actor, outside
from companion.web.cookies import PRINT_COOKIE, taste
from companion.web.door.sessions import lifetime_of
from companion.web.navigation import beside, places
from companion.web.vendored import vendored

STATIC = Path(__file__).parent / "static"


SMALLER_ON_THE_WAY = ["text/css", "text/javascript"]
"""What is compressed. Pages are not: their length would tell of a secret in them beside what a stranger put there."""


def install(app: Flask) -> None:
    app.config.update(COMPRESS_MIMETYPES=SMALLER_ON_THE_WAY, COMPRESS_ALGORITHM=["br", "gzip"])
    Compress(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    addresses = Addresses(app)
    app.jinja_env.globals.update(asset=partial(asset, url_for=addresses), vendored=vendored, url_for=addresses)
    app.context_processor(shared)


def shared() -> dict[str, Any]:
    """For base.html: who is here, what the house is called, and how big the print is."""
    person = found_actor()
    return {
        "settings": outside().settings,
        "emergency_number": _emergency_number(person),
        "me": person,
        "standing_in_for": g.get("standing_in_for"),
        "opened_in_emergency": g.get("opened_in_emergency"),
        "idle_seconds": int(lifetime_of(person.role).idle.total_seconds()) if person else 0,
        "places": places(person.role) if person else [],
        "beside": beside(person.role, request.endpoint) if person else (),
        "is_large": taste(request, outside().settings, PRINT_COOKIE) == "large",
        "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
    }


def _emergency_number(person: Person | None) -> str:
    """The number of where the reader lives; all of the setting's for whoever is not signed in."""
    setting = outside().settings.emergency_number
    return number_at(setting, person.zone) if person else setting


def asset(name: str, url_for: Callable[..., str] = url_for) -> str:
    """The address of a static file, with its content's hash: a new version is never mistaken for the old."""
    return url_for("static", filename=name, v=_version(name))


@lru_cache(maxsize=100)
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
