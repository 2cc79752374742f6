"""How long the server works on a page, and what a browser has to fetch for it."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from companion.benches.figure import Figure, settle_memory
from companion.benches.lighthouse import lighthouse_figures
from companion.benches.pages_house import House, house
from companion.logs import set_up_logs
from companion.web import create_app
from companion.web.cookies import session_cookie

AT_MOST_MS, AT_MOST_KB = 15.0, 100.0
TURNS, A_TURN = 8, 5
"""Ours and the baseline in turns, so many requests each."""
BASELINE = "its own statements, by sqlite3 alone"
SIGN_IN = "/sign-in"
FILE = re.compile(r'(?:href|src)="(/static/[^"]+)"')
IMPORTED = re.compile(r'^import .*?from "\./([^"]+)"', re.MULTILINE)


class Page(NamedTuple):
    """What it is called, who looks at it, and where it is."""

    name: str
    who: str
    path: str


def measure(folder: Path) -> list[Figure]:
    """A clinic of 1,000 patients of one doctor: one with a sensor's value every five minutes for two years, twenty
    with two values of glucose and two pressures a day for as long, a signed plan and a suggestion that waits. Time
    within the server from request to answer, in turns with the page's own statements; and what a browser is sent on a
    first visit, beside the page for signing in: the page with its stylesheets, scripts and icon, each as it is sent to
    a browser that takes gzip and br, headers included."""
    set_up_logs(as_json=False)
    known = house(folder)
    app = create_app(known.services)
    figures: list[Figure] = []
    for page in _pages(known):
        figures += _figures(known, app, page)
    names = {who: f"{session_cookie(known.services.settings)}={secret}" for who, secret in known.cookies.items()}
    return figures + lighthouse_figures(
        create_app(known.services), names, {page.name: (page.who, page.path) for page in _most_seen(known)}
    )


def _pages(known: House) -> list[Page]:
    measured, sensed = known.measured.public_id, known.sensed.public_id
    return [
        Page("today", "patient", "/today"),
        Page("readings, 14 days of a meter", "patient", "/readings?days=14"),
        Page("readings, 90 days of a meter", "patient", "/readings?days=90"),
        Page("readings, 14 days of a sensor", "sensor", "/readings?days=14"),
        Page("readings, 90 days of a sensor", "sensor", "/readings?days=90"),
        Page("medicines", "patient", "/medicines"),
        Page("queue", "doctor", "/doctor/queue"),
        Page("review", "doctor", f"/doctor/suggestions/{known.suggestion}"),
        Page("tasks", "doctor", "/doctor/tasks"),
        Page("overview", "doctor", "/doctor/panel"),
        Page("the patients' list", "doctor", "/clinic/patients"),
        Page("a patient of a meter", "doctor", f"/clinic/patients/{measured}"),
        Page("a patient of a sensor", "doctor", f"/clinic/patients/{sensed}"),
        Page("the family's", "caregiver", "/caregiver"),
        Page("readings for the family", "caregiver", f"/caregiver/people/{measured}/readings"),
        Page("the clinic's figures", "admin", "/clinic/figures"),
        Page("people", "admin", "/people"),
        Page("what was done", "admin", "/clinic/audit"),
        Page("the report", "patient", "/report"),
    ]


def _most_seen(known: House) -> list[Page]:
    names = ("today", "queue", "review")
    return [Page("signing in", "", SIGN_IN), *(page for page in _pages(known) if page.name in names)]


def _figures(known: House, app: Flask, page: Page) -> list[Figure]:
    browser = _browser(known, app, page.who)
    with _recorded() as asked:
        fetch(browser, page.path)
    bare = sqlite3.connect(known.services.engine.url.database or "")
    ours: list[float] = []
    theirs: list[float] = []
    settle_memory()
    for _ in range(TURNS):
        ours += _times(lambda: fetch(browser, page.path))
        theirs += _times(lambda: _replay(bare, asked))
    bare.close()
    weight, empty = _kilobytes(browser, page.path), _kilobytes(app.test_client(), SIGN_IN)
    return [
        Figure(page.name, "p50", median(ours), median(theirs), BASELINE, 0, per=" ms", at_most=AT_MOST_MS),
        Figure(page.name, "p95", _p95(ours), _p95(theirs), BASELINE, 0, per=" ms"),
        Figure(page.name, "first visit", weight, empty, "the page for signing in", 0, per=" KB", at_most=AT_MOST_KB),
    ]


def _browser(known: House, app: Flask, who: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(session_cookie(known.services.settings), known.cookies[who])
    return client


def fetch(client: FlaskClient, path: str) -> bytes:
    """The page's bytes."""
    return _answer(client, path).get_data()


def _answer(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer


Statement = tuple[str, Any]


@contextmanager
def _recorded() -> Iterator[list[Statement]]:
    """What is asked of the database meanwhile; what is written into it is left out."""
    asked: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, is_many: bool) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")) and not is_many:
            asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _replay(bare: sqlite3.Connection, asked: list[Statement]) -> None:
    for statement, values in asked:
        bare.execute(statement, values).fetchall()


def _times(run: Callable[[], object]) -> list[float]:
    """Milliseconds of each run of a turn."""
    found = []
    for _ in range(A_TURN):
        start = time.perf_counter()
        run()
        found.append(1000 * (time.perf_counter() - start))
    return found


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def _kilobytes(client: FlaskClient, path: str) -> float:
    """The page, and every file that it and its scripts name, as they are sent."""
    sizes: dict[str, int] = {}
    waiting = [path]
    while waiting:
        name = waiting.pop()
        if name not in sizes:
            sizes[name] = _bytes_sent(client, name)
            waiting += _named_in(name, fetch(client, name))
    return sum(sizes.values()) / 1000


def _bytes_sent(client: FlaskClient, path: str) -> int:
    answer = _answer(client, path, **{"Accept-Encoding": "gzip, br"})
    return len(str(answer.headers)) + len(answer.get_data())


def _named_in(name: str, content: bytes) -> list[str]:
    """The files that a page names, or a script imports."""
    if not name.startswith("/static/"):
        return [unescape(found) for found in FILE.findall(content.decode())]
    folder = name.partition("?")[0].rpartition("/")[0]
    imported = IMPORTED.findall(content.decode()) if ".js" in name else []
    return [f"{folder}/{found}" for found in imported]
