"""The small world of tests.world behind its pages: everybody has a login, and a browser."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care.people import Person, Role, hash_password
from companion.care.regimens import Regimen, add_regimen
from companion.db import writing
from companion.web.cookies import session_cookie
from companion.web.door.sessions import OpenedBy, open_session
from tests.apps import app_over
from tests.people import PASSWORD
from tests.web.conftest import Browser
from tests.world import World

LOGINS = ("anna", "doctor", "ben", "cora", "stranger", "other_doctor", "admin")
"""In the order in which they came."""


@cache
def password_hash() -> str:
    """argon2 is slow on purpose; everybody here has the same password."""
    return hash_password(PASSWORD)


class House(World):
    """Anna's world, seen through browsers."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        super().__init__(folder, **changed)
        self.app = app_over(self.services)
        self.admin = self.all(Person)[len(LOGINS) - 1]

    def _add_people(self) -> None:
        super()._add_people()
        with writing(self.engine) as session:
            self.add(session, Role.ADMIN, "Administrator", None)
            people = session.scalars(select(Person).order_by(Person.id))
            for person, login in zip(people, LOGINS, strict=True):
                person.login, person.password_hash = login, password_hash()

    def give_login(self, person: Person, login: str) -> None:
        """From now on the person signs in with that name."""
        person.login = login
        with writing(self.engine) as session:
            session.execute(
                update(Person).where(Person.id == person.id).values(login=login, password_hash=password_hash())
            )

    def browser(self, person: Person) -> Browser:
        """A browser in which that person is signed in since now, as by the password."""
        browser = Browser(self.app)
        browser.client.set_cookie(session_cookie(self.settings), self._session_of(person))
        return browser

    def open_for(self, person: Person, page: Page, address: str) -> None:
        """The same in a real browser, which is then at the person's first page."""
        page.context.add_cookies(
            [{"name": session_cookie(self.settings), "value": self._session_of(person), "url": address}]
        )
        page.goto(address)

    def _session_of(self, person: Person) -> str:
        with writing(self.engine) as session:
            return open_session(session, person, by=OpenedBy.PASSWORD, address="", browser="", now=self.now)

    def page(self, person: Person, path: str) -> str:
        """The page as that person sees it."""
        answer = self.browser(person).get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)

    def prescribe_in(self, session: Session, public_id: str) -> Regimen:
        """A second medicine, within a transaction of the test."""
        regimen = add_regimen(
            session,
            public_id=public_id,
            patient=self.anna,
            drug="Detemir",
            drug_class="basal_insulin",
            unit="U",
            now=self.now,
        )
        self.revise(session, regimen, "10", {"kind": "daily", "times": ["20:00"]}, self.now)
        return regimen
