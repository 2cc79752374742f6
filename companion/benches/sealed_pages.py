"""What a whole request costs because names and texts are sealed: the same page of two databases, one of which holds
every text as it was before there was sealing."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, Text, select, type_coerce, update

from companion.benches.figure import Figure, seconds, settle_memory
from companion.benches.pages import fetch
from companion.benches.pages_house import House, house
from companion.db import looking
from companion.sealing.older_texts import sealed_columns
from companion.services import Services, build_services
from companion.web import create_app
from companion.web.cookies import session_cookie

TURNS = 40
BASELINE = "the same page, its texts not sealed"


def sealed_pages(folder: Path) -> list[Figure]:
    """Pages of the clinic of `companion bench pages`, in turns."""
    known = house(folder)
    plain = _unsealed(known.services, folder / "plain.db")
    return [_figure(known, plain, name, who, path) for name, who, path in _looked_at(known)]


def _looked_at(known: House) -> list[tuple[str, str, str]]:
    """What it is called, who looks at it, and where it is."""
    return [
        ("today", "patient", "/today"),
        ("medicines", "patient", "/medicines"),
        ("review", "doctor", f"/doctor/suggestions/{known.suggestion}"),
        ("tasks", "doctor", "/doctor/tasks"),
        ("the patients' list", "doctor", "/clinic/patients"),
        ("a patient of a meter", "doctor", f"/clinic/patients/{known.measured.public_id}"),
        ("people", "admin", "/people"),
    ]


def _figure(known: House, plain: Services, name: str, who: str, path: str) -> Figure:
    browsers = [_browser(services, known.cookies[who]) for services in (known.services, plain)]
    for browser in browsers:
        fetch(browser, path)
    settle_memory()
    times = [[_milliseconds(browser, path) for browser in browsers] for _ in range(TURNS)]
    ours, theirs = (median(each) for each in zip(*times, strict=True))
    return Figure(f"{name}, with sealed texts", "p50", ours, theirs, BASELINE, 0, per=" ms")


def _milliseconds(browser: FlaskClient, path: str) -> float:
    return seconds(lambda: fetch(browser, path)) * 1000


def _browser(services: Services, cookie: str) -> FlaskClient:
    client = create_app(services).test_client()
    client.set_cookie(session_cookie(services.settings), cookie)
    return client


def _unsealed(services: Services, path: Path) -> Services:
    """A copy of the database with every text as it was written; read by the same keys, which open nothing of it."""
    source, target = sqlite3.connect(services.engine.url.database or ""), sqlite3.connect(path)
    with source, target:
        source.backup(target)
        for (trigger,) in target.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            target.execute(f"DROP TRIGGER {trigger}")  # of a copy that is thrown away: history may be rewritten
    source.close()
    target.close()
    url = f"sqlite:///{path}"
    copy = build_services(replace(services.settings, database_url=url, readings_url=url), services.clock)
    for column in sealed_columns():
        _open_column(copy.engine, column)
    return copy


def _open_column(engine: Engine, column: Any) -> None:
    keys = list(column.table.primary_key)
    with looking(engine) as connection:
        rows = connection.execute(select(*keys, column).where(column.is_not(None))).all()
    with engine.begin() as connection:
        for *key, said in rows:
            here = [part == value for part, value in zip(keys, key, strict=True)]
            connection.execute(update(column.table).where(*here).values({column: type_coerce(said, Text)}))
