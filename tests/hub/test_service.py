"""The way to the service: what is sent, what an answer is taken for, and what is no answer."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from companion.hub.service import Service, Unreachable


class Scripted(HTTPServer):
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.headers, self.body = 201, {"Content-Type": "application/json"}, b"{}"
        self.asked: list[tuple[str, dict[str, str], Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Scripted

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Scripted]:
    server = Scripted()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_it_sends_json_with_its_token_and_the_key(server: Scripted) -> None:
    Service(server.url, "secret").post("/readings:batch", {"items": []}, "k1")

    ((path, headers, body),) = server.asked
    assert (path, body) == ("/api/v1/readings:batch", {"items": []})
    assert headers["Authorization"] == "Bearer secret"
    assert headers["Idempotency-Key"] == "k1"
    assert headers["Content-Type"] == "application/json"


def test_without_a_token_and_a_key_neither_is_sent(server: Scripted) -> None:
    Service(server.url).post("/hubs:pair", {})

    assert {"Authorization", "Idempotency-Key"}.isdisjoint(server.asked[0][1])


def test_a_problem_document_is_understood(server: Scripted) -> None:
    server.status, server.headers = 422, {"Content-Type": "application/problem+json"}
    server.body = json.dumps(
        {"code": "invalid", "detail": "It does not fit.", "errors": [{"pointer": "/items", "detail": "Too many."}]}
    ).encode()

    answer = Service(server.url).post("/x", {}).answer

    assert (answer.status, answer.code, answer.detail) == (422, "invalid", "It does not fit. /items: Too many.")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"x"', b"\xff"])
def test_what_is_no_document_is_an_empty_one(server: Scripted, body: bytes) -> None:
    server.status, server.headers, server.body = 502, {"Content-Type": "text/html"}, body

    reply = Service(server.url).post("/x", {})

    assert (reply.document, reply.answer.status, reply.answer.detail) == ({}, 502, "")


def test_nothing_is_followed_elsewhere(server: Scripted) -> None:
    server.status, server.headers = 307, {"Location": "http://127.0.0.1:1/"}

    assert Service(server.url, "secret").post("/x", {}).answer.status == 307
    assert len(server.asked) == 1


@pytest.mark.parametrize(("told", "seconds"), [("120", 120), ("", 0), ("-5", 0), ("soon", 0), ("9" * 30, 0)])
def test_how_long_it_asks_to_wait(server: Scripted, told: str, seconds: int) -> None:
    server.status, server.headers = 503, {"Retry-After": told}

    assert Service(server.url).post("/x", {}).answer.retry_after == timedelta(seconds=seconds)


def test_its_clock_is_heard(server: Scripted) -> None:
    date = Service(server.url).post("/x", {}).date

    assert date is not None
    assert abs(date - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "https://127.0.0.1:1", "http://no.such.host.invalid"])
def test_no_answer_is_no_answer(address: str) -> None:
    with pytest.raises(Unreachable):
        Service(address).post("/x", {})


def test_a_certificate_that_nobody_vouches_for_is_no_answer(server: Scripted) -> None:
    with pytest.raises(Unreachable):
        Service(server.url.replace("http:", "https:")).post("/x", {})
