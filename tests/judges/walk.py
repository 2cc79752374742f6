"""Every page of a role: the addresses come from the routes, their arguments from what is in the house."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Error, Page, Response
from sqlalchemy import select, update
from werkzeug.routing import Rule
from werkzeug.serving import WSGIRequestHandler, make_server

from companion.advice.models import Suggestion
from companion.care.people import Person, Role
from companion.cli import demo_story
from companion.db import reading, writing
from companion.services import Services
from companion.web.cookies import LANGUAGE_COOKIE, session_cookie
from companion.web.door.sessions import OpenedBy, open_session
from tests.apps import app_over
from tests.judges.eyes import faults_as_sent, faults_for_patients, faults_of_any, prepare
from tests.judges.things import NO_PAGE_HERE, arguments
from tests.web.route_table import row_of

FOR_MACHINES = (
    "/api/",
    "/cds-services",
    "/hooks/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/",
    "/calendar/",
    "/sw.js",
    "/manifest",
)
"""Where addresses begin that no person reads."""
THE_SAME = "sent_to_me.of_patient"
"""For the patient it is `sent_to_me.index` at another address."""
NOT_SHOWN = ("Download is starting", "net::ERR_ABORTED")
"""What Chromium says of a file, and of an answer without content."""
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@dataclass
class Report:
    """What was seen on a walk: faults by page, pages by title, and routes that no page was found for."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    _titles: dict[str, set[str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    elsewhere: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, title: str, faults: list[str]) -> None:
        """A page was judged."""
        self.seen.add(name)
        self._titles.setdefault(title, set()).add(name)
        if faults:
            self.faults.setdefault(name, []).extend(faults)

    @property
    def unseen(self) -> dict[str, str]:
        """Routes of which no address led to a page, and what the last one did."""
        return {endpoint: told for endpoint, told in self.elsewhere.items() if endpoint not in self.seen}

    @property
    def same_titles(self) -> dict[str, set[str]]:
        """Titles under which a person finds more than one page among those left open."""
        return {title: pages for title, pages in self._titles.items() if len(pages - {THE_SAME}) > 1}


class _Silent(WSGIRequestHandler):
    def log_request(self, *_told: object) -> None:
        """Nobody reads what was asked for."""


class House:
    """The service in a state, at an address of its own."""

    def __init__(self, services: Services) -> None:
        self.services, self.app = services, app_over(services)
        self.url = ""

    @contextmanager
    def served(self) -> Iterator["House"]:
        server = make_server("127.0.0.1", 0, self.app, threaded=True, request_handler=_Silent)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()

    def person(self, role: str) -> Person:
        """The demo person: "patient", "doctor", "caregiver" or "admin"."""
        with reading(self.services.engine) as session:
            return demo_story.person(session, role)

    def pages_for(self, role: str | None) -> list[tuple[Rule, list[str]]]:
        """The pages that a browser of that role may open, each with its addresses; for nobody (None) those for all."""
        person = self.person(role) if role else None
        may = person.role if person else None
        rules = sorted(self.app.url_map.iter_rules(), key=lambda rule: rule.rule)
        return [(rule, self._addresses(rule, person)) for rule in rules if is_page(rule) and _may(rule, may)]

    def _addresses(self, rule: Rule, person: Person | None) -> list[str]:
        """The route's addresses, one for each thing in the house that it may be about."""
        found = arguments(self.services, rule.endpoint, sorted(rule.arguments), person)
        with self.app.test_request_context():
            return [self.app.url_for(rule.endpoint, **one) for one in found]

    def cookie_of(self, person: Person, language: str) -> str:
        """The header of a request of theirs."""
        return f"{session_cookie(self.services.settings)}={self._session_of(person, language)}"

    def the_suggestion(self) -> str:
        """Where the one suggestion of the story is reviewed."""
        with reading(self.services.engine) as session:
            return f"/doctor/suggestions/{session.scalars(select(Suggestion)).one().public_id}"

    def speak(self, person: Person, language: str) -> None:
        """The person reads that language from now on."""
        with writing(self.services.engine) as session:
            session.execute(update(Person).where(Person.id == person.id).values(language=language))

    @contextmanager
    def browser_of(
        self, person: Person | None, language: str, chromium: Browser, *, scripts: bool = True, **like: str
    ) -> Iterator[Page]:
        """A page in a browser in which that person just signed in; patients and families hold a phone. `like`: how the
        browser differs from the machine's own, as playwright calls it."""
        context = chromium.new_context(
            viewport=PHONE if _is_at_home(person) else DESK,
            service_workers="block",
            java_script_enabled=scripts,
            **like,
        )
        cookies = {LANGUAGE_COOKIE: language}
        if person is not None:
            cookies[session_cookie(self.services.settings)] = self._session_of(person, language)
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies.items()])
        try:
            yield context.new_page()
        finally:
            context.close()

    def _session_of(self, person: Person, language: str) -> str:
        """Whose language this is from now on."""
        now = self.services.clock()
        self.speak(person, language)
        with writing(self.services.engine) as session:
            return open_session(session, person, by=OpenedBy.PASSWORD, address="", browser="", now=now)


class Walker:
    """A person's browser with the judges behind it."""

    def __init__(self, house: House, page: Page, person: Person | None, language: str) -> None:
        self.report = Report()
        self._house, self._page, self._language = house, page, language
        self._may_be_unsteady = person is None or person.role == Role.PATIENT
        self._by_axe = (language == "zh") == _is_at_home(person)  # once a page, and it takes longest
        self._heard = prepare(page)

    def open(self, path: str) -> None:
        """Goes there without judging it."""
        self._page.goto(self._house.url + path)

    def visit(self, path: str, name: str, status: int = 200) -> None:
        """Opens one page, and notes what the judges say of it; what is no page is passed over."""
        self._heard.clear()
        url = self._house.url + path
        answer = self._answer(url)
        if answer is None or not answer.headers.get("content-type", "").startswith("text/html"):
            return
        if answer.status != status:
            self.report.elsewhere[name] = f"{path} answers {answer.status}"
        elif self._page.url.split("?")[0] != url.split("?")[0]:
            self.report.elsewhere[name] = f"{path} leads to {self._page.url}"
        else:
            self.judge(name, answer.text())

    def _answer(self, url: str) -> Response | None:
        try:
            return self._page.goto(url)
        except Error as refused:
            if any(told in refused.message for told in NOT_SHOWN):
                return None
            raise

    def judge(self, name: str, sent: str = "") -> None:
        """Whatever is on the screen; `sent` is its HTML."""
        heard = [told for told in self._heard if "status of 4" not in told]
        faults = (
            faults_of_any(self._page, self._language, by_axe=self._by_axe) + faults_as_sent(self._page, sent) + heard
        )
        if self._may_be_unsteady:
            faults += faults_for_patients(self._page)
        self.report.note(name, self._page.title(), faults)

    def send_empty(self, name: str) -> None:
        """Sends the page's form with nothing in it; what comes back is judged if it refuses."""
        self._heard.clear()
        if self._page.evaluate(_EMPTY):
            with self._page.expect_navigation():
                self._page.evaluate(_SEND)
            if self._page.locator("[role=alert]:visible").count() > 0:
                self.judge(f"{name}, refused")


_EMPTY = """() => {
  const written = "input:not([type=hidden]):not([type=file]), textarea";
  const form = [...document.querySelectorAll("main form[method=post]")].find((each) => each.querySelector(written));
  if (!form) return false;
  form.id = "judged";
  form.querySelectorAll(written).forEach((each) => { each.value = ""; each.checked = false; });
  return true;
}"""
_SEND = "() => HTMLFormElement.prototype.submit.call(document.getElementById('judged'))"
"""Past the browser's own checks, and past every script."""


@contextmanager
def walker(house: House, role: str | None, language: str, chromium: Browser) -> Iterator[Walker]:
    """A browser of that role (None: of nobody) in front of the house."""
    person = house.person(role) if role else None
    with house.browser_of(person, language, chromium) as page:
        yield Walker(house, page, person, language)


def walk(house: House, role: str | None, language: str, chromium: Browser) -> Report:
    """Opens every page of the role (None: of nobody) and judges it."""
    with walker(house, role, language, chromium) as walking:
        for rule, found in house.pages_for(role):
            if not found:
                walking.report.elsewhere[rule.endpoint] = f"nothing in the house for {sorted(rule.arguments)}"
            for path in found:
                walking.visit(path, rule.endpoint)
        return walking.report


def _is_at_home(person: Person | None) -> bool:
    """Patients, families, and whoever is not signed in hold a phone."""
    return person is None or person.role in (Role.PATIENT, Role.CAREGIVER)


def is_page(rule: Rule) -> bool:
    """Whether a person may open something there, a file perhaps."""
    is_read = "GET" in (rule.methods or ()) and not rule.rule.startswith(FOR_MACHINES)
    return is_read and rule.endpoint not in NO_PAGE_HERE


def _may(rule: Rule, role: str | None) -> bool:
    row = row_of(rule.endpoint, "GET")
    return row is None if role is None else row is not None and role in row.roles
