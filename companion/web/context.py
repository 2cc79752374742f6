"""What every view works with: the outside world, the instant, who asks, and about whom."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol, cast

from flask import current_app, g, url_for
from sqlalchemy.orm import Session

from companion.care.integrations import Integration
from companion.care.people import Person
from companion.care.record_clients import RecordClient
from companion.db import reading, writing
from companion.devices.models import Hub
from companion.services import Services
from companion.web.door.sessions import is_fresh
from companion.web.models import WebSession


def outside() -> Services:
    """The outside world this application was built with."""
    return cast(Services, current_app.extensions["companion"])


def now() -> datetime:
    """The instant of this request, read once: everything in it happens at the same time."""
    if "now" not in g:
        g.now = outside().clock()
    return cast(datetime, g.now)


def actor() -> Person:
    """Who is signed in (detached). Only for routes that the gate opened to somebody."""
    person = found_actor()
    assert person is not None, "the gate lets nobody in without a person"
    return person


def found_actor() -> Person | None:
    """Who is signed in, if anybody."""
    return cast(Person | None, g.get("actor"))


def hub() -> Hub | None:
    """The hub that asks (detached, not revoked), if it is one."""
    return cast(Hub | None, g.get("hub"))


def record_client() -> RecordClient | None:
    """The record system that asks (detached), if it is one; then `actor()` is the clinician it acts for."""
    return cast(RecordClient | None, g.get("record_client"))


def integration() -> Integration | None:
    """The program that asks (detached), if it is one; then `actor()` is whom it acts for."""
    return cast(Integration | None, g.get("integration"))


def subject() -> Person:
    """The patient this request is about (detached), as the gate found and allowed."""
    return cast(Person, g.subject)


class Shown(Protocol):
    """Whoever is shown: a person, or what a list tells of one."""

    @property
    def public_id(self) -> str: ...


def shows(patients: Iterable[Shown], by: str = "") -> None:
    """Says whose health data the answer shows, for the log of reads, where it is not simply the patient whom the
    request is about, or not everybody on whom the list could be. `by`: by what means, where nobody is signed in."""
    g.shown = [*g.get("shown", ()), *patients]
    g.shown_by = by


def web_session() -> WebSession | None:
    """The session of this request, if somebody is signed in by one."""
    return cast(WebSession | None, g.get("web_session"))


def fresh_authentication(at: datetime) -> bool:
    """Whether the password was typed in this session within the last 15 minutes."""
    return is_fresh(web_session(), at)


@contextmanager
def changes() -> Iterator[Session]:
    """One transaction that may write: committed at the end of the block, rolled back on any exception."""
    with writing(outside().engine) as session:
        yield session


@contextmanager
def look() -> Iterator[Session]:
    """One consistent look at the database."""
    with reading(outside().engine) as session:
        yield session


def safe_next(target: str | None) -> str:
    """`target` if it is a path on this service, else the home page: no link leads from here to another site.

    Browsers read a backslash as a slash and drop control characters, so neither may stand in it.
    """
    is_path = re.fullmatch(r"/(?![/\\])[^\\\x00-\x1f]*", target or "") is not None
    return target if target and is_path else url_for("home.index")
