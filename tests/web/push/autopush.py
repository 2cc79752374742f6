"""A push service as Firefox wants one: a WebSocket for the browser, and an HTTP address for whoever pushes.

It speaks Mozilla's autopush protocol as far as a subscription needs it (mozilla-services.github.io/autopush-rs).
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flask import Flask, Response, request
from websockets.sync.server import ServerConnection, serve
from werkzeug.serving import make_server

from tests.push_service import text_of


@dataclass
class Autopush:
    """`channels`: by the secret in an endpoint's address, whose it is. `acknowledged`: what the browser opened."""

    socket_url: str = ""
    url: str = ""
    channels: dict[str, tuple[ServerConnection, str]] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)

    def talk(self, browser: ServerConnection) -> None:
        """What the browser says, until it goes away."""
        for said in browser:
            answer = self.answer(browser, json.loads(said))
            if answer is not None:
                browser.send(json.dumps(answer))

    def answer(self, browser: ServerConnection, said: dict[str, Any]) -> dict[str, Any] | None:
        match said.get("messageType"):
            case "hello":
                uaid = said.get("uaid") or uuid4().hex
                return {"messageType": "hello", "status": 200, "uaid": uaid, "use_webpush": True, "broadcasts": {}}
            case "register":
                secret = uuid4().hex
                self.channels[secret] = browser, said["channelID"]
                endpoint = f"{self.url}/push/{secret}"
                return {
                    "messageType": "register",
                    "status": 200,
                    "channelID": said["channelID"],
                    "pushEndpoint": endpoint,
                }
            case "unregister":
                self.channels = {s: c for s, c in self.channels.items() if c[1] != said["channelID"]}
                return {"messageType": "unregister", "status": 200, "channelID": said["channelID"]}
            case "ack":
                self.acknowledged += [update["version"] for update in said["updates"]]
            case None:
                return {}  # a ping
        return None

    def push(self, secret: str) -> Response:
        if secret not in self.channels:
            return Response("", 410)
        if "TTL" not in request.headers:
            return Response("", 400)
        browser, channel = self.channels[secret]
        version = uuid4().hex
        notification = {
            "messageType": "notification",
            "channelID": channel,
            "version": version,
            "data": text_of(request.get_data()),
            "headers": {"encoding": request.headers["Content-Encoding"]},
        }
        browser.send(json.dumps(notification))
        return Response("", 201, {"Location": f"/m/{version}"})


@contextmanager
def autopush() -> Iterator[Autopush]:
    """One that runs on ports of its own."""
    service = Autopush()
    app = Flask(__name__)
    app.post("/push/<secret>")(service.push)
    http = make_server("127.0.0.1", 0, app, threaded=True)
    service.url = f"http://127.0.0.1:{http.server_port}"
    with serve(service.talk, "127.0.0.1", 0, subprotocols=["push-notification"]) as sockets:  # type: ignore[list-item]
        service.socket_url = f"ws://127.0.0.1:{sockets.socket.getsockname()[1]}/"
        threads = [threading.Thread(target=each.serve_forever, daemon=True) for each in (http, sockets)]
        for thread in threads:
            thread.start()
        try:
            yield service
        finally:
            http.shutdown()
            sockets.shutdown()
            for thread in threads:
                thread.join()
            http.server_close()
