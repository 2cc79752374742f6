"""Pictures of guides: taken in as PNG or JPEG, drawn anew without what a camera wrote beside them, kept by digest."""

import hashlib
import io
import warnings
from datetime import datetime

from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.errors import BadInput
from companion.programme.guides.models import GuidePicture
from companion.programme.guides.writing import demand_professional

AT_MOST = 8 * 2**20
MOST_PIXELS = 24_000_000
WIDEST = 1200
"""Pixels: twice the width of the text, for screens with small dots."""
TYPES = {"PNG": "image/png", "JPEG": "image/jpeg"}


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


def keep_picture(session: Session, content: bytes, *, label: str, by: Person, now: datetime) -> GuidePicture:
    """Keeps it; one that is here already stays as it is. Raises BadInput for what is no PNG or JPEG, or too large."""
    demand_professional(by)
    if not 1 <= len(label.strip()) <= 120:
        raise BadInput(_("say in a few words what it shows"), where="label")
    drawn, media_type = _drawn_anew(content)
    digest = hashlib.sha256(drawn).hexdigest()
    known = session.get(GuidePicture, digest)
    if known is not None:
        return known
    picture = GuidePicture(
        sha256=digest, media_type=media_type, content=drawn, label=label.strip(), added_by=by.id, added_at=now
    )
    session.add(picture)
    session.flush()
    return picture


def _drawn_anew(content: bytes) -> tuple[bytes, str]:
    """No place, no camera, no thumbnail of what was cut away: only the picture, upright."""
    if len(content) > AT_MOST:
        raise BadInput(_("is larger than 8 MB"), where="picture", advice=_("make it smaller"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(TYPES)) as found:
                _check_size(found)
                return _saved(found, str(found.format))
    except BadInput:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadInput(_("is no PNG or JPEG"), where="picture", advice=_("send a picture of that kind")) from None


def _check_size(found: Image.Image) -> None:
    if found.width * found.height > MOST_PIXELS:
        raise BadInput(_("has too many pixels"), where="picture", advice=_("make it smaller"))


def _saved(found: Image.Image, kind: str) -> tuple[bytes, str]:
    upright = ImageOps.exif_transpose(found)
    upright.thumbnail((WIDEST, WIDEST * 2))
    bare = upright.convert("RGB" if kind == "JPEG" else "RGBA")
    bare.info.clear()
    out = io.BytesIO()
    bare.save(out, kind, optimize=True)
    return out.getvalue(), TYPES[kind]
