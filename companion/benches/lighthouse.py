"""Lighthouse's figure for how fast a page is there, where node and the judge of the tests are installed."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from companion.benches.figure import Figure
from companion.web.access import public

JUDGE = Path(__file__).parents[2] / "tests" / "judges" / "node_modules" / "lighthouse" / "cli" / "index.js"
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"
PERFORMANCE = "performance"
LOADED_MS = 20_000
"""A page that asks for news is never quite idle; Lighthouse would wait for 45 s."""
EMPTY = "/bench-empty"
BLANK = '<!doctype html><html lang="en"><head><title>Empty</title></head><body><h1>Empty</h1></body></html>'


class _Silent(WSGIRequestHandler):
    def log_request(self, *_told: object) -> None:
        """Nobody reads what was asked for."""


def lighthouse_figures(app: Flask, cookies: Mapping[str, str], pages: Mapping[str, tuple[str, str]]) -> list[Figure]:
    """The performance of each page, of 100, beside an empty page of the same server; none without node.

    `pages`: by name, whose cookie and which path; `cookies`: the Cookie header by person.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if shutil.which("node") is None or chromium is None or not JUDGE.exists():
        click.echo("  (Lighthouse not measured: it needs node, chromium and `npm ci` in tests/judges)", err=True)
        return []
    with _served(app) as url:
        blank = score(chromium, url + EMPTY, "", PERFORMANCE) or 0
        found = {
            name: score(chromium, url + path, cookies.get(who, ""), PERFORMANCE) for name, (who, path) in pages.items()
        }
    return [
        Figure(f"Lighthouse, {name}", "performance", score, blank, "an empty page of the same server", 0, " of 100")
        for name, score in found.items()
        if score is not None
    ]


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    app.add_url_rule(EMPTY, view_func=public(lambda: BLANK), endpoint="bench_empty")
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def score(chromium: str, url: str, cookie: str, category: str) -> float | None:
    """What Lighthouse gives the page, of 100, in that category; `cookie` is sent with it.

    None where it gave up, as it does on a machine that has other work.
    """
    line = [
        "env",
        f"CHROME_PATH={chromium}",
        "node",
        str(JUDGE),
        url,
        f"--chrome-flags={FLAGS}",
        f"--only-categories={category}",
        f"--max-wait-for-load={LOADED_MS}",
        "--output=json",
        "--quiet",
    ]
    if cookie:
        line.append("--extra-headers=" + json.dumps({"Cookie": cookie}))
    done = subprocess.run(line, capture_output=True, check=False, timeout=180)  # noqa: S603
    if done.returncode:
        click.echo(f"  (Lighthouse gave up on {url}: {done.stderr.decode()[-200:].strip()})", err=True)
        return None
    found: dict[str, Any] = json.loads(done.stdout)
    return 100 * float(found["categories"][category]["score"])
