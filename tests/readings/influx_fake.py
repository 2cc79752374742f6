"""A server that answers as it is told to, and remembers what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    method: str
    path: str
    query: dict[str, list[str]]
    authorization: str
    body: str


class Answer(NamedTuple):
    """`version` is what /ping says; `cut` ends the answer before its content is whole."""

    status: int = 204
    body: str = ""
    version: str = ""
    cut: bool = False


class FakeInflux:
    """Answers by path; what it was not told about is 204."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: dict[str, Answer] = {"/query": Answer(200, '{"results":[{"statement_id":0}]}')}
        self.asked: list[Asked] = []

    def is_version(self, version: str) -> None:
        self.answers["/ping"] = Answer(version=version)

    def asked_at(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]


@contextmanager
def fake_influx() -> Iterator[FakeInflux]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            authorization = self.headers.get("Authorization", "")
            fake.asked.append(Asked(self.command, url.path, parse_qs(url.query), authorization, body))
            answer = fake.answers.get(url.path, Answer())
            self.send_response(answer.status)
            if answer.version:
                self.send_header("X-Influxdb-Version", answer.version)
            if answer.status != 204:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer.body.encode()) + (9 if answer.cut else 0)))
            self.end_headers()
            self.wfile.write(answer.body.encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = FakeInflux(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
