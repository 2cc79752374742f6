"""A house in which the whole loop can be walked by browser: a small world, with logins, behind the pages."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.sealing.plain_details import words_in
from tests.web.loop.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    assert words_in(house.engine) == []


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """Where the pages are really served."""
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """The smallest phone, with scripts off."""
    context = chromium.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    yield context.new_page()
    context.close()
