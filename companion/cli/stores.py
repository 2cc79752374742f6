"""URLs of databases and stores as a person types them: named alike, checked, and never shown with a password."""

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from companion.errors import BadInput


def store_name(text: str, where: str, kinds: Collection[str] = ()) -> str:
    """The URL as it may be shown, alike for one store however its file is named. Raises BadInput for what is no URL or
    none of these kinds (any, if none is named), and for a file that is not there to be copied FROM."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise BadInput("is not a URL", where=where, advice="see docs/settings.md") from None
    kind = url.get_backend_name()
    if kinds and kind not in kinds:
        raise BadInput(f"no database of the kind {kind!r}", where=where, advice=f"use {' or '.join(kinds)}")
    if kind == "sqlite":
        file = Path(url.database or "").resolve()
        if where == "FROM" and not file.is_file():
            raise BadInput("there is no such file", where=where, advice="check the name")
        url = url.set(database=str(file))
    return url.render_as_string()
