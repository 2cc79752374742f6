"""What every client of a clinic does: ask one web process or the other, until somebody answers or it is told to
stop."""

import random
import threading
from collections.abc import Callable
from typing import Any

import requests
from sqlalchemy.exc import SQLAlchemyError

from companion.care.people import Person
from companion.db import writing
from companion.web.cookies import session_cookie
from companion.web.door.sessions import OpenedBy, open_session
from tests.chaos.clinics import Clinic

API = "/api/v1"
TIMEOUT_S = 10.0
SERVER_ERRORS = 500
CREATED, UNAUTHORISED, FORBIDDEN = 201, 401, 403


class Stopped(Exception):
    """The day is over."""


class Client(threading.Thread):
    """One of the people or programs that use the service all day. `act` is done over and over; what goes wrong in it
    that nobody thought of is in `failed`."""

    def __init__(self, clinic: Clinic, name: str, seed: int, pause_s: float) -> None:
        super().__init__(name=name, daemon=True)
        self.clinic, self.books = clinic, clinic.books
        self.dice = random.Random(f"{name} {seed}")
        self.failed: list[str] = []
        self._pause_s, self._is_over = pause_s, threading.Event()

    def act(self) -> None:
        raise NotImplementedError

    def run(self) -> None:
        try:
            while True:
                self.act()
                self.rest(self._pause_s)
        except Stopped:
            return
        except Exception as error:  # noqa: BLE001 — told at the end, beside the books
            self.failed.append(f"{self.name}: {type(error).__name__}: {error}")

    def stop(self) -> None:
        self._is_over.set()
        self.join(60)
        if self.is_alive():
            self.failed.append(f"{self.name}: did not come to its end")

    def rest(self, seconds: float) -> None:
        """Raises Stopped when the day is over."""
        if self._is_over.wait(seconds):
            raise Stopped

    def ask(self, method: str, path: str, how: Callable[..., requests.Response], **what: Any) -> requests.Response:
        """The first answer that is no error of the server; asked again, here or there, as long as it takes. What is
        sent has to be safe to repeat."""
        while True:
            address = self.dice.choice(self.clinic.addresses)
            try:
                answer = how(method, f"{address}{path}", timeout=TIMEOUT_S, allow_redirects=False, **what)
            except requests.RequestException:
                self.rest(0.2)
                continue
            if answer.status_code < SERVER_ERRORS and answer.status_code != requests.codes.too_many:
                return answer
            self.rest(0.3)


class SignedIn:
    """A person's session, opened as by the password just now, and the token for what they send."""

    def __init__(self, client: Client, person: Person) -> None:
        self._client, self._person = client, person
        self._web: requests.Session | None = None
        self._headers: dict[str, str] = {}

    def get(self, path: str) -> requests.Response:
        return self._ask("GET", path)

    def post(self, path: str, body: dict[str, Any], **headers: str) -> requests.Response:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask("POST", path, json=body, headers=told)

    def sign_out(self) -> None:
        """The next thing asked is asked in a new session."""
        self._web = None

    def _ask(self, method: str, path: str, **what: Any) -> requests.Response:
        web = self._web or self._sign_in()
        what["headers"] = self._headers | what.get("headers", {})
        answer = self._client.ask(method, f"{API}{path}", web.request, **what)
        if answer.status_code in (UNAUTHORISED, FORBIDDEN):
            self.sign_out()
        return answer

    def _sign_in(self) -> requests.Session:
        clinic = self._client.clinic
        web = requests.Session()
        web.cookies.set(session_cookie(clinic.world.settings), self._token())
        me = self._client.ask("GET", f"{API}/me", web.request)
        if me.status_code == requests.codes.ok:
            self._headers, self._web = {"X-CSRFToken": me.json()["csrf_token"]}, web
        return web

    def _token(self) -> str:
        """By the clock of the service, as the door would."""
        clinic = self._client.clinic
        while True:
            try:
                with writing(clinic.world.engine) as session:
                    now = clinic.clocks.service()
                    return open_session(session, self._person, by=OpenedBy.PASSWORD, address="", browser="", now=now)
            except SQLAlchemyError:  # it is broken just now
                self._client.rest(0.5)
