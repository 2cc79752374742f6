"""Other services by Apprise, posting to a small HTTP server on this machine."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from companion.errors import BadInput
from companion.messages.channel import (
    Accepted,
    Ambiguous,
    Outgoing,
    Refusal,
    Rejected,
    RetryAfter,
    SendResult,
    Unsupported,
)
from companion.messages.channels import apprise
from companion.messages.channels.apprise import AppriseUrls
from tests.messages.conftest import MovableClock

URLS = AppriseUrls({"json", "ntfy", "form"}, may_be_private=True)


class CatchAll:
    """Takes any request; answers `status`, after `waits_for_s`."""

    def __init__(self) -> None:
        self.status = 200
        self.waits_for_s = 0.0
        self.bodies: list[dict[str, Any]] = []
        app = Flask(__name__)
        app.add_url_rule("/", "root", self._take, methods=["POST", "PUT"])
        app.add_url_rule("/<path:_path>", "any", self._take, methods=["POST", "PUT"])
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.host = f"127.0.0.1:{self._server.server_port}"

    def _take(self, _path: str = "") -> Response:
        self.bodies.append(json.loads(request.get_data() or "{}"))
        time.sleep(self.waits_for_s)
        elsewhere = {"Location": "/elsewhere"} if self.status in (302, 307) else {}
        return Response('{"id": "abc"}', status=self.status, mimetype="application/json", headers=elsewhere)

    def __enter__(self) -> "CatchAll":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def service() -> Iterator[CatchAll]:
    with CatchAll() as service:
        yield service


def outgoing(url: str) -> Outgoing:
    return Outgoing(
        url, "Time for your 08:00 medicine.", "c0", 1800, title="08:00", link="https://companion.example/d/a"
    )


def test_one_url_is_one_request_with_title_text_and_link(service: CatchAll) -> None:
    result = URLS.send(outgoing(f"json://{service.host}/hook"))

    [body] = service.bodies
    assert result == Accepted("apprise-c0")
    assert (body["title"], body["message"]) == (
        "08:00",
        "Time for your 08:00 medicine.\n\nhttps://companion.example/d/a",
    )


def test_ntfy_takes_it_too(service: CatchAll) -> None:
    result = URLS.send(outgoing(f"ntfy://{service.host}/anna"))

    assert result == Accepted("apprise-c0")
    assert service.bodies[0]["topic"] == "anna"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (400, Rejected("400", Refusal.OTHER_WAY)),
        (401, Rejected("401", Refusal.BAD_ADDRESS)),
        (404, Rejected("404", Refusal.BAD_ADDRESS)),
        (429, RetryAfter(60, "429")),
        (500, Ambiguous("failure")),
        (503, Ambiguous("failure")),
    ],
)
def test_a_failure_means_what_its_status_says(service: CatchAll, status: int, result: SendResult) -> None:
    service.status = status

    told = URLS.send(outgoing(f"json://{service.host}/hook"))

    assert told == result


@pytest.mark.parametrize("status", [302, 307])
def test_nobody_sends_us_on_to_another_address(service: CatchAll, status: int) -> None:
    service.status = status

    result = URLS.send(outgoing(f"json://{service.host}/hook?redirect=yes"))

    assert result == Ambiguous("failure")
    assert len(service.bodies) == 1


@pytest.mark.parametrize("own_wish", ["", "?retry=3&wait=0.1"])
def test_nothing_is_tried_twice_whatever_the_url_asks_for(service: CatchAll, own_wish: str) -> None:
    service.status = 500

    URLS.send(outgoing(f"json://{service.host}/hook{own_wish}"))

    assert len(service.bodies) == 1


def test_a_service_that_hangs_may_have_it(service: CatchAll, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise, "READ_S", 0.2)
    service.waits_for_s = 1

    assert URLS.send(outgoing(f"json://{service.host}/hook")) == Ambiguous("failure")


def test_a_service_that_trickles_is_left_after_the_whole_time(
    service: CatchAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apprise, "WHOLE_S", 0.3)
    service.waits_for_s = 1

    assert URLS.send(outgoing(f"json://{service.host}/hook")) == Ambiguous("timeout")


def test_a_service_that_is_down_was_surely_not_told(service: CatchAll) -> None:
    closed = service.host
    service.__exit__()

    assert URLS.send(outgoing(f"json://{closed}/hook")) == RetryAfter(60, "no_connection")


@pytest.mark.parametrize("url", ["", "json://", "no url", "discord://a/b", "mailto://u:p@gmail.com", "nope://x"])
def test_a_url_of_another_service_or_of_none_is_bad_and_refused_at_the_door(url: str) -> None:
    assert URLS.send(outgoing(url)) == Rejected("bad_url", Refusal.BAD_ADDRESS)
    with pytest.raises(BadInput, match="address"):
        URLS.check(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:9", "10.1.2.3", "192.168.0.1:8086", "localhost", "[::1]", "169.254.169.254"]
)
def test_nobody_sends_us_into_our_own_network(host: str) -> None:
    with pytest.raises(BadInput, match="private network"):
        AppriseUrls({"json"}).check(f"json://{host}/hook")


@pytest.mark.parametrize("url", ["json://93.184.215.14/hook", "ntfy://localhost"])
def test_public_hosts_and_topics_are_welcome(url: str) -> None:
    AppriseUrls({"json", "ntfy"}).check(url)


def test_the_refusal_of_a_url_does_not_repeat_it() -> None:
    with pytest.raises(BadInput) as refused:
        URLS.check("tgram://123456789:secret-token/1")

    assert "secret" not in str(refused.value)


def test_nothing_can_be_looked_up(clock: MovableClock) -> None:
    assert URLS.lookup(outgoing("json://a"), clock(), frozenset()) == Unsupported()
    assert not URLS.caps.looks_up
    assert not URLS.caps.receipts
