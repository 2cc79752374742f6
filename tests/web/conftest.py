"""A house for the pages: a database of its own, a clock that stands until moved, and a browser for each person."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from environs import Env
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from companion.care.people import Person
from companion.db import writing
from companion.services import Services, build_services
from companion.settings import Settings, load_settings
from companion.web import create_app
from companion.web.cookies import session_cookie
from companion.web.door.sessions import OpenedBy, open_session
from tests.apps import app_over
from tests.empty_database import copy_empty_database, first_days
from tests.people import NOON, PASSWORD, Cast, add_cast
from tests.sealing.plain_details import words_in

FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class FakeClock:
    """Shows NOON until somebody moves it."""

    def __init__(self, shows: datetime = NOON) -> None:
        self.shows = shows

    def __call__(self) -> datetime:
        return self.shows

    def forward(self, **span: float) -> None:
        self.shows += timedelta(**span)


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
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """With a database; the cast lives there if the test asks for it."""
    if "cast" not in request.fixturenames or not first_days.copy(Cast, tmp_path):
        copy_empty_database(tmp_path)
    return tmp_path


@pytest.fixture
def services(folder: Path, clock: FakeClock) -> Iterator[Services]:
    settings = settings_with(DATABASE_URL=f"sqlite:///{folder}/companion.db", CLINIC_PHONE="+861000000")
    services = build_services(settings, clock)
    yield services
    assert words_in(services.engine) == []
    services.engine.dispose()


@pytest.fixture
def engine(services: Services) -> Engine:
    return services.engine


@pytest.fixture
def cast(engine: Engine, folder: Path) -> Cast:
    with writing(engine) as session:
        people = session.scalars(select(Person).order_by(Person.id)).all()
        if people:
            return Cast(*people)
        cast = add_cast(session)
    engine.dispose()
    first_days.keep(Cast, folder)
    return cast


@pytest.fixture
def app(services: Services, request: pytest.FixtureRequest) -> Flask:
    """Built for itself where a test adds routes."""
    return create_app(services) if request.node.get_closest_marker("own_app") else app_over(services)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def signed_in(app: Flask, services: Services, cast: Cast) -> Any:
    """signed_in(person) → their browser, signed in since now, as by the password: hashing it is slow on purpose."""

    def open_browser(person: Person) -> Browser:
        browser = Browser(app)
        with writing(services.engine) as session:
            opened = {"by": OpenedBy.PASSWORD, "address": "", "browser": "", "now": services.clock()}
            token = open_session(session, person, **opened)
        browser.client.set_cookie(session_cookie(services.settings), token)
        return browser

    return open_browser


LET_IN = 204


@pytest.fixture
def bare_app(app: Flask) -> Flask:
    """The application with its gate, and nothing behind it: whoever is let in gets 204. For tests with `own_app`."""

    def nothing_behind(view: Any) -> Any:
        @wraps(view)
        def let_in(**_arguments: Any) -> tuple[str, int]:
            return "", LET_IN

        return let_in

    for endpoint, view in list(app.view_functions.items()):
        if endpoint not in ("auth.sign_in", "static"):
            app.view_functions[endpoint] = nothing_behind(view)
    app.config["WTF_CSRF_ENABLED"] = False
    return app
