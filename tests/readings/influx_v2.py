"""The routes of 2.x, as its documentation describes them, over the engine of a real 1.x: no 2.x is to be had here."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

TOKEN, ORG = "the-token", "clinic"


@contextmanager
def second_over_first(first: str) -> Iterator[int]:
    """Answers as a 2.x whose buckets are the databases of the 1.x at that URL; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass_on("/query", self._asked())

        def do_POST(self) -> None:
            asked = self._asked()
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/api/v2/write"):
                self._pass_on("/write", {"db": asked["bucket"], "precision": asked["precision"]}, body)
            else:
                form = urlencode({"db": asked["bucket"], "q": delete_statement(json.loads(body))})
                self._pass_on("/query", {}, form.encode())

        def _asked(self) -> dict[str, str]:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            assert asked.get("org", ORG) == ORG
            return asked

        def _pass_on(self, path: str, query: dict[str, str], body: bytes | None = None) -> None:
            if self.path == "/ping":
                self._answer(204, b"")
            elif self.headers.get("Authorization") != f"Token {TOKEN}":
                self._answer(401, b'{"code":"unauthorized","message":"unauthorized access"}')
            else:
                self._answer(*asked_of(Request(f"{first}{path}?{urlencode(query)}", data=body)))

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("X-Influxdb-Version", "v2.7.11")
            self.send_header("Content-Type", "application/json")
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def asked_of(request: Request) -> tuple[int, bytes]:
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as refused:
        return refused.code, refused.read()


def delete_statement(told: dict[str, str]) -> str:
    """What a deletion of 2.x means in InfluxQL. It takes the equality of a tag, and a span."""
    predicate = re.fullmatch(r'patient="([^"\\]+)"', told["predicate"])
    assert predicate
    return f"DELETE WHERE patient = '{predicate[1]}' AND time >= '{told['start']}' AND time < '{told['stop']}'"
