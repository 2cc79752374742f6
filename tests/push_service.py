"""A push service and a browser of the tests' own: takes what is pushed, looks at who signed it, and opens it with the
browser's keys. Reads with http_ece and PyJWT, which our sending does not use for it."""

import json
import os
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask, Response, request
from werkzeug.serving import make_server


def text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Pushed:
    """One push as the service saw it, and as the browser reads it."""

    headers: dict[str, str]
    claims: dict[str, Any]
    signed_by: str
    payload: dict[str, Any]
    size: int


@dataclass
class PushService:
    """`answers` in turn with these statuses and headers, then with 201. A status of 0 hangs up without a word."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    pushed: list[Pushed] = field(default_factory=list)
    delay_s: float = 0.0
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    _secret: bytes = field(default_factory=lambda: os.urandom(16))

    def subscription(self, name: str = "one") -> dict[str, Any]:
        """What the browser says of itself."""
        form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        point = self._key.public_key().public_bytes(*form)
        return {
            "endpoint": f"{self.url}/push/{name}",
            "keys": {"p256dh": text_of(point), "auth": text_of(self._secret)},
        }

    def address(self, name: str = "one") -> str:
        return json.dumps(self.subscription(name))

    def take(self) -> Response:
        status, headers = self.answers.pop(0) if self.answers else (201, {"Location": f"/m/{len(self.pushed)}"})
        self.pushed.append(self._open(request.get_data()))
        if self.delay_s:
            threading.Event().wait(self.delay_s)
        return Response("", status, headers)

    def _open(self, body: bytes) -> Pushed:
        """Raises when it is not signed for this service, or sealed for another browser."""
        said = dict(part.strip().split("=", 1) for part in request.headers["Authorization"].split(" ", 1)[1].split(","))
        signer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(said["k"]))
        options = {"require": ["aud", "exp", "sub"]}
        claims = jwt.decode(said["t"], signer, algorithms=["ES256"], audience=self.url, options=options)
        assert request.headers["Content-Encoding"] == "aes128gcm"
        opened = http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret, version="aes128gcm")
        return Pushed(dict(request.headers), claims, said["k"], json.loads(opened), len(body))


@contextmanager
def push_service() -> Iterator[PushService]:
    """One that is really called."""
    service = PushService()
    app = Flask(__name__)
    app.post("/push/<name>")(lambda name: service.take())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
