"""From a URL to the readings store behind it."""

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from companion.db import make_engine
from companion.errors import BadInput
from companion.readings.sql_store import SqlReadingStore
from companion.readings.store import ReadingStore


def open_store(url: str, *, where: str = "COMPANION_READINGS_URL") -> ReadingStore:
    """The store of its own at that URL, ready for use. Raises BadInput for an engine nobody knows, and for one that
    cannot erase a patient; `where` names who gave the URL."""
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError:
        raise BadInput("is not a URL", where=where, advice="see docs/settings.md") from None
    if kind not in ("sqlite", "postgresql"):
        raise BadInput(f"no readings store for {kind!r}", where=where, advice="use an sqlite or postgresql URL")
    store = SqlReadingStore(make_engine(url))
    store.make_tables()
    refuse_what_cannot_erase(store, where)
    return store


def refuse_what_cannot_erase(store: ReadingStore, where: str) -> None:
    """Raises BadInput for an engine on which a patient could not be erased: it is no place for a patient's data."""
    engine = store.capabilities()
    if not engine.erases_patients:
        raise BadInput(f"{engine.name} cannot erase one patient", where=where, advice="choose an engine that can")
