"""A house whose way out is notifications, with a push service that opens what is pushed."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext
from werkzeug.serving import make_server

from companion.care.contact_models import ContactPoint, Kind
from companion.care.contacts import contacts_of, move_contact
from companion.care.people import Person
from companion.db import reading, writing
from companion.messages.push_devices import switch_on
from companion.messages.push_subscription import read_subscription
from tests.push_service import PushService, push_service
from tests.web.conftest import FORM_TOKEN, Browser
from tests.web.loop.house import House


class PushHouse(House):
    """Anna's house, and who of it gets notifications. Push services may stand in it and speak http."""

    def points(self, person: Any = None) -> list[ContactPoint]:
        """The devices that get the person's notifications."""
        whose = (person or self.anna).id
        with reading(self.engine) as session:
            return [point for point in contacts_of(session, [whose])[whose] if point.kind == Kind.PUSH]

    def first_by_push(self, address: str) -> None:
        """Anna hears by that device before anything else."""
        with writing(self.engine) as session:
            anna = session.get_one(Person, self.anna.id)
            point = switch_on(session, anna, address, self.now)
            move_contact(session, anna, point, -10, self.now)


def post(browser: Browser, path: str, body: dict[str, Any]) -> Any:
    """What our script does: JSON with the token of the page."""
    found = FORM_TOKEN.search(browser.get("/this-device").get_data(as_text=True))
    return browser.client.post(path, json=body, headers={"X-CSRFToken": found.group(1) if found else ""})


@pytest.fixture(scope="session")
def running() -> Iterator[PushService]:
    with push_service() as service:
        yield service


@pytest.fixture
def service(running: PushService) -> PushService:
    running.answers, running.pushed, running.delay_s = [], [], 0.0
    return running


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PushHouse:
    monkeypatch.setenv("COMPANION_PUSH_PRIVATE_HOSTS", "1")
    return PushHouse(tmp_path)


def address_of(said: dict[str, Any]) -> str:
    return read_subscription(said, may_be_private=True).address()


@pytest.fixture
def address(house: PushHouse) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(chromium: Chromium, address: str) -> Iterator[BrowserContext]:
    """The smallest phone, whose owner lets the page notify."""
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    context.grant_permissions(["notifications"], origin=address)
    yield context
    context.close()
