"""What it costs a page that who looked at it is durable before it leaves, also while others write to the audit."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import NamedTuple

from flask import Flask

from companion.benches.figure import ROUNDS, Figure, seconds
from companion.care import audit
from companion.care.consent import Scope, link
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.clock import system_clock
from companion.db import writing
from companion.migrations import upgrade
from companion.readings.reading import Kind, Metric, Reading
from companion.services import Services, build_services
from companion.settings import load_settings, set_environment
from companion.web import create_app
from companion.web.cookies import session_cookie
from companion.web.door.sessions import OpenedBy, open_session
from companion.web.reads import note_what_is_shown

BORN = date(1950, 1, 1)
PAGES = 100
READINGS = 40
BETWEEN_ACTS_S = 0.05
BASELINE = "the same page without the log"


class _House(NamedTuple):
    """The service with one patient and one caregiver, who is signed in."""

    services: Services
    address: str
    cookie: str
    who: str


def measure(folder: Path) -> list[Figure]:
    """A caregiver's page of forty readings, SQLite, with its row in the log of reads and without; by one reader, by
    four at once, and by four while another thread notes acts in the audit, twenty a second at most."""
    set_environment({"SECRET_KEY": "b" * 40})
    house = _house(folder)
    return [
        _figure(house, 1, "1 reader"),
        _figure(house, 4, "4 readers at once"),
        _figure(house, 4, "4 readers, 20 acts noted a second", _acts),
    ]


def _figure(house: _House, readers: int, said: str, beside: Callable[[_House], object] | None = None) -> Figure:
    with_log, without = create_app(house.services), _without_log(house.services)
    rounds = [[_rate(house, app, readers, beside) for app in (with_log, without)] for _ in range(ROUNDS)]
    ours, baseline = zip(*rounds, strict=True)
    return Figure(f"pages with a row in the log, {said}", "pages", max(ours), max(baseline), BASELINE, 0)


def _rate(house: _House, app: Flask, readers: int, beside: Callable[[_House], object] | None) -> float:
    def read(_number: int) -> None:
        client = app.test_client()
        client.set_cookie(session_cookie(house.services.settings), house.cookie)
        for _ in range(PAGES // readers):
            assert client.get(house.address).status_code == 200

    with _running(beside, house), ThreadPoolExecutor(readers) as threads:
        return PAGES / seconds(lambda: list(threads.map(read, range(readers))))


@contextmanager
def _running(beside: Callable[[_House], object] | None, house: _House) -> Iterator[None]:
    over = Event()

    def go_on() -> None:
        while beside and not over.wait(BETWEEN_ACTS_S):
            beside(house)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(go_on)
        try:
            yield
        finally:
            over.set()


def _acts(house: _House) -> None:
    with writing(house.services.engine) as session:
        audit.note(session, actor=house.who, action="bench", now=system_clock())


def _without_log(services: Services) -> Flask:
    app = create_app(services)
    app.after_request_funcs[None].remove(note_what_is_shown)
    return app


def _house(folder: Path) -> _House:
    settings = replace(
        load_settings(),
        database_url=f"sqlite:///{folder / 'pages.db'}",
        readings_url=f"sqlite:///{folder / 'pages.db'}",
        audit_key_file=folder / "audit.key",
    )
    services, now = build_services(settings), system_clock()
    upgrade(services.engine)
    with writing(services.engine) as session:
        patient = add_person(session, role=Role.PATIENT, name="Patient", birth_on=BORN, zone="UTC", now=now)
        caregiver = add_person(session, role=Role.CAREGIVER, name="Caregiver", zone="UTC", now=now)
        link(session, patient=patient, member=caregiver, scope=Scope.READINGS, noted_by=patient, now=now)
        cookie = open_session(session, caregiver, by=OpenedBy.PASSWORD, address="", browser="", now=now)
    services.store.append(_readings(patient))
    return _House(services, f"/caregiver/people/{patient.public_id}/readings", cookie, caregiver.public_id)


def _readings(patient: Person) -> list[Reading]:
    now = system_clock()
    return [
        Reading(
            patient.public_id,
            Metric.GLUCOSE,
            now - timedelta(hours=6 * number + 1),
            "de_1",
            number,
            Decimal(100 + number),
            "mg/dL",
            Kind.METER,
            "in_1",
        )
        for number in range(READINGS)
    ]
