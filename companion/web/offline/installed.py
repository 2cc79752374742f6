"""What makes an app of the pages on a home screen: the manifest, and the worker that stands beside them."""

import hashlib
import json

from flask import Blueprint, Response, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from companion.web.access import public
from companion.web.context import outside
from companion.web.layout import STATIC, asset

blueprint = Blueprint("installed", __name__)

SHELL_FILES = ("companion.css", "icon.svg", "offline_store.js", "offline_shell.js")
ICONS = (
    ("icons/icon-192.png", "192x192", "any"),
    ("icons/icon-512.png", "512x512", "any"),
    ("icons/maskable-512.png", "512x512", "maskable"),
)
BLUE = "#005a9c"


@blueprint.get("/sw.js")
@public
def worker() -> Response:
    """Here, because a worker only looks after what lies below its own address. A browser takes a worker for new when
    one byte of it is: the page without a network and its files are named in front, with the hash of all of them."""
    files = [asset(name) for name in SHELL_FILES]
    page = url_for("offline.shell")
    shell = {"page": page, "files": files, "store": asset("offline_store.js"), "version": _version(files)}
    script = f"const SHELL = {json.dumps(shell)};\n" + (STATIC / "sw.js").read_text(encoding="utf-8")
    return Response(script, mimetype="text/javascript")


def _version(files: list[str]) -> str:
    """Also of the clinic's name and telephone, which the page shows."""
    settings = outside().settings
    told = [*files, settings.clinic_name, str(settings.clinic_phone), str(settings.emergency_number)]
    templates = (STATIC.parent / "templates" / "offline").glob("*.html")
    pages = [path.read_text(encoding="utf-8") for path in sorted(templates)]
    return hashlib.sha256("\0".join(told + pages).encode()).hexdigest()[:12]


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """On an iPhone or iPad only a page on the home screen may notify. It opens on the role's own first page."""
    said = {
        "id": "/",
        "name": outside().settings.clinic_name,
        "short_name": outside().settings.clinic_name[:12],
        "description": _("Medicines taken, readings kept, and your clinic a tap away."),
        "lang": str(get_locale()),
        "start_url": url_for("home.index"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": BLUE,
        "icons": [
            {"src": asset("icon.svg"), "type": "image/svg+xml", "sizes": "any", "purpose": "any"},
            *({"src": asset(name), "type": "image/png", "sizes": sizes, "purpose": why} for name, sizes, why in ICONS),
        ],
        "shortcuts": [
            {"name": _("Today"), "url": url_for("patient.today")},
            {"name": _("Readings"), "url": url_for("readings.index")},
            {"name": _("How do you feel?"), "url": url_for("feeling.index")},
        ],
    }
    return Response(json.dumps(said), mimetype="application/manifest+json")
