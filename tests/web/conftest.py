"""A house for the pages: a database of its own, a clock that stands until moved, and a browser for each person."""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from environs import Env
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine
from werkzeug.test import TestResponse

import companion
from companion.care.people import Person
from companion.db import Base, make_engine, writing
from companion.readings.reading import Metric, Reading
from companion.readings.store import Appended
from companion.settings import Settings, load_settings
from companion.web import create_app
from tests.people import NOON, PASSWORD, Cast, add_cast

FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def import_all_models() -> None:
    """Every module that declares tables, so that create_all makes all of them."""
    for module in pkgutil.walk_packages(companion.__path__, "companion."):
        if module.name.split(".")[-1] in {"models", "people", "consent", "facts", "regimens", "tasks", "audit"}:
            importlib.import_module(module.name)
    for name in ("companion.care.due_work", "companion.readings.sql_store", "companion.readings.ledger"):
        importlib.import_module(name)


class FakeClock:
    """Shows NOON until somebody moves it."""

    def __init__(self, shows: datetime = NOON) -> None:
        self.shows = shows

    def __call__(self) -> datetime:
        return self.shows

    def forward(self, **span: float) -> None:
        self.shows += timedelta(**span)


@dataclass
class FakeStore:
    """A readings store in memory."""

    readings: list[Reading] = field(default_factory=list)

    def joins(self, connection: Connection) -> bool:
        return False

    def append(self, batch: Sequence[Reading], within: Connection | None = None) -> Appended:
        self.readings.extend(batch)
        return Appended(len(batch), 0)

    def between(self, patient: str, metric: Metric, start: datetime, end: datetime) -> list[Reading]:
        found = [r for r in self.readings if r.patient == patient and r.metric == metric and start <= r.taken_at < end]
        return sorted(found, key=lambda r: r.taken_at)

    def latest(self, patient: str, metric: Metric, count: int = 1) -> list[Reading]:
        found = [r for r in self.readings if r.patient == patient and r.metric == metric]
        return sorted(found, key=lambda r: r.taken_at, reverse=True)[:count]


@dataclass
class FakeServices:
    """The outside world of the pages."""

    settings: Settings
    engine: Engine
    clock: FakeClock
    store: FakeStore


def settings_with(**changed: str) -> Settings:
    env = Env()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPANION_SECRET_KEY", "k" * 40)
        for name, value in changed.items():
            patch.setenv(f"COMPANION_{name}", value)
        return load_settings(env)


class Browser:
    """A test client that fetches a page before it sends the page's form, as a browser does."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def send(self, path: str, form: dict[str, Any] | None = None, seen_on: str | None = None) -> TestResponse:
        """POSTs the form with the token of the page it was seen on."""
        page = self.client.get(seen_on or path).get_data(as_text=True)
        found = FORM_TOKEN.search(page)
        return self.client.post(path, data={"csrf_token": found.group(1) if found else "", **(form or {})})

    def sign_in(self, person: Person, password: str = PASSWORD) -> TestResponse:
        return self.send("/sign-in", {"login": person.login, "password": password})


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    import_all_models()
    engine = make_engine(f"sqlite:///{tmp_path}/companion.db")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def cast(engine: Engine) -> Cast:
    with writing(engine) as session:
        return add_cast(session)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def services(engine: Engine, clock: FakeClock) -> FakeServices:
    return FakeServices(settings_with(CLINIC_PHONE="+861000000"), engine, clock, FakeStore())


@pytest.fixture
def app(services: FakeServices) -> Flask:
    return create_app(services)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def signed_in(app: Flask, cast: Cast) -> Any:
    """signed_in(person) → their browser, signed in with the password."""

    def open_browser(person: Person) -> Browser:
        browser = Browser(app)
        assert browser.sign_in(person).status_code == 302
        return browser

    return open_browser
