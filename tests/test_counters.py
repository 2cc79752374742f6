"""The door of the jobs process by which Prometheus reads what it counts."""

import socket
from urllib.request import urlopen

import pytest

from companion.counters import open_door
from companion.errors import BadInput


def test_the_door_tells_what_was_counted() -> None:
    server = open_door("127.0.0.1", 0)

    with urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10) as answer:
        page = str(answer.read(), "utf-8")
    server.shutdown()
    server.server_close()

    assert 'companion_beats_total{end="failed"}' in page


def test_a_port_that_somebody_has_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(BadInput, match="COMPANION_JOBS_METRICS_PORT"):
        open_door("127.0.0.1", other.getsockname()[1])
