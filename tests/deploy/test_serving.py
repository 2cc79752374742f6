"""Two web processes behind one port, as `companion serve` starts them: they count together, and log no address."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest

from companion.web.serving import discreet
from tests.empty_database import copy_empty_database
from tests.servers import free_port
from tests.world import environment

ROOT = Path(__file__).parents[2]
SECRET = "qX7cAnArYz"

pytestmark = pytest.mark.slow


class Served(NamedTuple):
    port: int
    log: Path
    temporary: Path

    def get(self, path: str) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return str(answer.read(), "utf-8")

    def send_raw(self, line: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(line.encode())
            return connection.recv(200)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    copy_empty_database(folder)
    found = Served(free_port(), folder / "log", folder / "tmp")
    found.temporary.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMPANION_")}
    chosen = {"COMPANION_PORT": str(found.port), "COMPANION_LOG_JSON": "true", "TMPDIR": str(found.temporary)}
    with found.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "companion.cli", "serve"],
            cwd=folder,
            env=kept | environment(folder) | chosen | {"PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )
    try:
        _wait(found)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert list(found.temporary.glob("companion-counts-*")) == [], "the counts went with the processes"


def _wait(served: Served) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            served.get("/healthz")
        except OSError:
            assert time.monotonic() < end, served.log.read_text("utf-8")
            time.sleep(0.1)
        else:
            return


def counted(served: Served) -> float:
    found = re.search(r'^companion_http_answers_total\{method="GET",route="/healthz",status="200"\} (\S+)$',
                      served.get("/metrics"), re.M)  # fmt: skip
    return float(found[1]) if found else 0


def test_whichever_process_is_asked_tells_what_all_counted(served: Served) -> None:
    before = counted(served)
    for _ in range(20):
        served.get("/healthz")

    found = [counted(served) for _ in range(6)]

    assert found == [before + 20] * 6


def test_what_the_database_tells_is_told_once_and_not_once_a_process(served: Served) -> None:
    for _ in range(6):
        page = served.get("/metrics")

    declared = re.findall(r"^# TYPE (\S+)", page, re.M)
    assert len(declared) == len(set(declared))
    assert "companion_ready" in declared
    assert "pid=" not in page


@pytest.mark.parametrize(
    "line",
    [
        f"GET /tap/{SECRET} HTTP/9.9\r\n\r\n",
        f"GET /tap/{SECRET}\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: a\r\nBad Header {SECRET}: 1\r\n\r\n",
        f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {SECRET}\r\n\r\n",
    ],
)
def test_a_request_that_is_none_is_logged_without_what_it_said(served: Served, line: str) -> None:
    answer = served.send_raw(line)

    log = served.log.read_text("utf-8")
    assert answer.startswith(b"HTTP/1.1 400")
    assert SECRET not in log
    assert "127.0.0.1" not in log


def test_lines_of_gunicorn_that_name_a_request_are_said_in_our_words() -> None:
    assert discreet("Error handling request %s", (f"/tap/{SECRET}",)) == ("a request could not be handled",)
    assert discreet(f"Invalid request from ip=192.0.2.7: {SECRET}", ()) == ("a request could not be understood",)
    assert discreet("Worker (pid:%s) exited", (7,)) == ("Worker (pid:%s) exited", 7)
