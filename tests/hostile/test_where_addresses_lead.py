"""Addresses that people gave us and that our server would call: none of them leads into our own network."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from requests.exceptions import ConnectionError as NotConnectedError

from companion.errors import BadInput
from companion.messages.channel import Outgoing, RetryAfter
from companion.messages.channels.apprise import AppriseUrls
from companion.messages.channels.public_only import only_public
from companion.messages.channels.push_http import push_session
from companion.messages.public_numbers import is_public

PUBLIC_NUMBER = "93.184.215.14"
LOOPBACK_IN_OTHER_WORDS = (
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0.0.0.0", "localhost",
    "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
)  # fmt: skip
INSIDE = (
    "10.0.0.5", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]", "224.0.0.1",
    "[ff02::1]", "[64:ff9b:1::a00:5]",
)  # fmt: skip


class Listener:
    """Somebody in our own network: how often it was connected to, and what it was sent."""

    def __init__(self) -> None:
        self.connected, self.heard = 0, b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connected += 1
            connection.settimeout(1)
            with connection:
                self.heard += connection.recv(1000)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def rebinding(monkeypatch: pytest.MonkeyPatch, listener: Listener) -> None:
    """A name server that says a public number at the first question, and the listener's from then on."""
    asked = 0

    def answer(*_question: Any, **_options: Any) -> list[Any]:
        nonlocal asked
        asked += 1
        number = PUBLIC_NUMBER if asked == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, listener.port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def text_to(url: str) -> Outgoing:
    return Outgoing(url, "Time for your medicine.", "c0", 1800, title="08:00", link="")


@pytest.mark.parametrize("host", [*LOOPBACK_IN_OTHER_WORDS, *INSIDE])
def test_no_url_of_a_service_names_a_host_of_ours_however_it_is_written(host: str) -> None:
    urls = AppriseUrls({"json"})

    with pytest.raises(BadInput, match=r"private network|not a URL"):
        urls.check(f"json://{host}/topic")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001"])
def test_a_push_sends_no_byte_to_this_machine_however_its_number_is_written(listener: Listener, host: str) -> None:
    session = push_session(1, may_be_private=False)

    with pytest.raises(NotConnectedError):
        session.post(f"https://{host}:{listener.port}/", data=b"x", timeout=5)

    assert listener.heard == b""


@pytest.mark.usefixtures("without_proxy", "rebinding")
def test_a_name_that_leads_elsewhere_the_second_time_is_not_followed(listener: Listener) -> None:
    urls = AppriseUrls({"ntfy"})

    result = urls.send(text_to("ntfy://rebound.example/topic"))

    assert result == RetryAfter(60, "no_connection")
    assert listener.connected == 0


@pytest.mark.usefixtures("without_proxy")
def test_what_is_not_guarded_connects_as_ever(listener: Listener) -> None:
    with only_public(), pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", listener.port), timeout=1)

    with socket.create_connection(("127.0.0.1", listener.port), timeout=1):
        assert listener.connected <= 1


@pytest.mark.parametrize("written", [host.strip("[]") for host in INSIDE])
def test_a_number_inside_is_not_public(written: str) -> None:
    assert not is_public(written)


@pytest.mark.parametrize("carried", ["::ffff:{}", "64:ff9b::{}", "::{}"])
@pytest.mark.parametrize(("number", "said"), [("8.8.8.8", True), ("127.0.0.1", False), ("10.0.0.1", False)])
def test_a_number_in_another_counts_as_what_it_is(carried: str, number: str, said: bool) -> None:
    assert is_public(carried.format(number)) is said
