"""A house whose address lets browsers make passkeys."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from companion.care.people import Person
from companion.services import Services, build_services
from tests.people import Cast
from tests.web.conftest import FORM_TOKEN, Browser, FakeClock, settings_with
from tests.web.door.soft_key import SoftKey

ORIGIN = "http://localhost"


@pytest.fixture
def changed() -> dict[str, str]:
    """Settings that a test wants otherwise."""
    return {}


@pytest.fixture
def services(folder: Path, clock: FakeClock, changed: dict[str, str]) -> Iterator[Services]:
    settings = settings_with(DATABASE_URL=f"sqlite:///{folder}/companion.db", PUBLIC_URL=ORIGIN, **changed)
    services = build_services(settings, clock)
    yield services
    services.engine.dispose()


@pytest.fixture
def signed_in(app: Flask, cast: Cast) -> Any:
    """signed_in(person) → their browser, signed in with the password, through the door."""

    def open_browser(person: Person) -> Browser:
        browser = Browser(app)
        assert browser.sign_in(person).status_code == 302
        return browser

    return open_browser


def post_json(browser: Browser, path: str, said: Any, seen_on: str = "/sign-in") -> TestResponse:
    """What our script does: JSON with the token of the page."""
    found = FORM_TOKEN.search(browser.get(seen_on).get_data(as_text=True))
    assert found is not None, "the page has a form"
    return browser.client.post(path, json=said, headers={"X-CSRFToken": found.group(1)})


def add_key(browser: Browser, key: SoftKey, name: str = "My phone") -> TestResponse:
    """Registers the key for who is signed in there."""
    options = post_json(browser, "/account/passkeys/options", {}, "/account").get_json()
    said = {"credential": key.register(options), "name": name}
    return post_json(browser, "/account/passkeys", said, "/account")


def come_in(browser: Browser, key: SoftKey, **more: str) -> TestResponse:
    """Signs in by the key."""
    options = post_json(browser, "/passkeys/options", {}).get_json()
    return post_json(browser, "/passkeys/sign-in", {"credential": key.sign(options), **more})


def confirm(browser: Browser, key: SoftKey, **more: str) -> TestResponse:
    """Shows by the key again who it is."""
    options = post_json(browser, "/passkeys/confirm-options", {}, "/account").get_json()
    return post_json(browser, "/passkeys/confirm", {"credential": key.sign(options), **more}, "/account")
