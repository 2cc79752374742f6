"""From a URL to the readings store behind it."""

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from companion.db import make_engine
from companion.errors import BadInput
from companion.readings.sql_store import SqlReadingStore
from companion.readings.store import ReadingStore


def open_store(
    url: str, *, token: str = "", where: str = "COMPANION_READINGS_URL", must_erase: bool = True
) -> ReadingStore:
    """The store of its own at that URL, ready for use. Raises BadInput for an engine nobody knows, and for one that
    cannot erase a patient; `where` names who gave the URL. `token` opens an InfluxDB. `must_erase` is False only where
    no patient's readings are kept."""
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError:
        raise BadInput("is not a URL", where=where, advice="see docs/settings.md") from None
    store = _influx_store(url, token, where, must_erase) if kind == "influxdb" else _sql_store(url, kind, where)
    if must_erase:
        refuse_what_cannot_erase(store, where)
    return store


def _sql_store(url: str, kind: str, where: str) -> ReadingStore:
    if kind not in ("sqlite", "postgresql"):
        advice = "use an sqlite, postgresql or influxdb URL"
        raise BadInput(f"no readings store for {kind!r}", where=where, advice=advice)
    store = SqlReadingStore(make_engine(url))
    store.make_tables()
    return store


def _influx_store(url: str, token: str, where: str, must_erase: bool) -> ReadingStore:
    # The client takes half a second to load: only who has an InfluxDB waits for it.
    from companion.readings.influx_store import InfluxReadingStore

    return InfluxReadingStore(url, token, where=where, must_erase=must_erase)


def refuse_what_cannot_erase(store: ReadingStore, where: str) -> None:
    """Raises BadInput for an engine on which a patient could not be erased: it is no place for a patient's data."""
    engine = store.capabilities()
    if not engine.erases_patients:
        raise BadInput(f"{engine.name} cannot erase one patient", where=where, advice="choose an engine that can")
