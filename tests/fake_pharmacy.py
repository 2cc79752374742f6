"""A partner pharmacy of the tests' own, on this machine: it takes orders by HTTP, looks at who signed them, and tells
of them. It shares no code with the product: the signature is worked out here from the specification once more."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import make_server


@dataclass
class FakePharmacy:
    """`answers` in turn with these statuses, then with 202. `secret`: as an administrator copied it."""

    url: str = ""
    secret: str = ""
    answers: list[int] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def take(self) -> Response:
        body = request.get_data()
        said = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        if request.headers["webhook-signature"] != self.sign(*said, body):
            self.refused.append(said[0])
            return Response("", 401)
        self.orders.append(json.loads(body) | {"key": request.headers["Idempotency-Key"]})
        return Response("", self.answers.pop(0) if self.answers else 202)

    def sign(self, message_id: str, seconds: str, body: bytes) -> str:
        key = base64.b64decode(self.secret.split("_", 1)[1])
        made = hmac.new(key, b".".join([message_id.encode(), seconds.encode(), body]), hashlib.sha256)
        return "v1," + base64.b64encode(made.digest()).decode()

    def tells(
        self, order: str, event: str, at: datetime, event_id: str, **changed: Any
    ) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of one tracking event, signed at that instant."""
        body = json.dumps({"order": order, "event": event, "at": at.isoformat()} | changed).encode()
        seconds = str(int(at.timestamp()))
        signature = self.sign(event_id, seconds, body)
        return body, {"webhook-id": event_id, "webhook-timestamp": seconds, "webhook-signature": signature}


@contextmanager
def running_pharmacy() -> Iterator[FakePharmacy]:
    """On a free port, until the end of the block."""
    pharmacy, app = FakePharmacy(), Flask("pharmacy")
    app.post("/orders")(pharmacy.take)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    pharmacy.url = f"http://127.0.0.1:{server.port}/orders"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield pharmacy
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
