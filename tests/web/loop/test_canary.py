"""Canaries go in through every door there is. None is found in a log, a metric, the address of a redirect, an error
page, or a text that a locked phone shows."""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from flask import Flask, template_rendered
from flask.testing import FlaskClient
from sqlalchemy import update

from companion.care.contact_models import ContactPoint
from companion.care.people import Person
from companion.db import writing
from companion.web import create_app
from companion.web.access import declaration_of, may_ever, public
from tests.keys import from_before
from tests.web.loop.house import House
from tests.written_logs import written_logs

NAME, PHONE, DRUG, VALUE = "Kanarienvogel", "+4915198765432", "Quistalin", "437.25"
TYPED, SECRET, PLACE = "Zitronengelb", "qX7cAnArYz", "wQ3cAnArYx"
"""In forms what people type, and what they would keep to themselves; in addresses what stands for ids and secrets."""
CANARIES = (NAME, PHONE, PHONE.removeprefix("+"), DRUG, VALUE, TYPED, SECRET, PLACE)
FORM = {
    "login": TYPED, "name": TYPED, "q": TYPED, "Body": f"{TYPED} {DRUG}", "note": TYPED, "reason": TYPED, "text": TYPED,
    "phone": PHONE, "number": PHONE, "From": PHONE, "address": PHONE, "drug": DRUG, "medicine": DRUG,
    "value": VALUE, "amount": VALUE, "systolic": VALUE, "glucose": VALUE, "birth_on": VALUE, "taken_at": VALUE,
    "password": SECRET, "code": SECRET, "token": SECRET, "next": "/today",
}  # fmt: skip


class Door(NamedTuple):
    endpoint: str
    method: str
    path: str
    is_public: bool


class Answered(NamedTuple):
    """What a door answered. `is_error`: by the page for errors, or as a problem."""

    door: Door
    leads_to: str
    is_error: bool
    page: str


@pytest.fixture
def house(house: House) -> House:
    """Anna is the canary, and takes another one."""
    house.prescribe(drug=DRUG)
    house.app.config["WTF_CSRF_ENABLED"] = False  # so that what is sent is looked at, not the missing token
    with writing(house.engine) as session:
        said = {"name": from_before(Person.name, NAME), "phone": from_before(Person.phone, PHONE)}
        session.execute(update(Person).where(Person.id == house.anna.id).values(said))
        reached = {"address": from_before(ContactPoint.address, PHONE), "address_index": None, "address_tail": None}
        session.execute(update(ContactPoint).where(ContactPoint.person_id == house.anna.id).values(reached))
    return house


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """What the service would have logged since, at every level."""
    with written_logs(logging.DEBUG) as written:
        yield written


def leaks(text: str, *, but: tuple[str, ...] = ()) -> list[str]:
    return [canary for canary in CANARIES if canary in text and canary not in but]


def doors_for(house: House, person: Person | None) -> list[Door]:
    """Every route into which something of a caller's goes and that is open to that role, for nobody every one there is;
    those that change nothing first. But for PDFs, which are slow and made in a process without logs."""
    found = []
    for rule in house.app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", PLACE, rule.rule.replace("<patient_id>", house.anna.public_id))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            declared = declaration_of(house.app.view_functions[rule.endpoint], method)
            action = declared.action if declared else None
            takes = bool(rule.arguments) or method != "GET"
            if person is None or (takes and action is not None and may_ever(person, action)):
                found.append(Door(rule.endpoint, method, path, action is None))
    return sorted((door for door in found if not door.path.endswith(".pdf")), key=by_effect)


def by_effect(door: Door) -> tuple[bool, str]:
    return door.method != "GET", door.path


def knock(app: Flask, client: FlaskClient, door: Door) -> Answered:
    rendered: list[str | None] = []

    def note(_app: Flask, template: Any, **_context: Any) -> None:
        rendered.append(template.name)

    sent: dict[str, Any] = {} if door.method == "GET" else {"json" if "/api/" in door.path else "data": FORM}
    with template_rendered.connected_to(note, app):
        answer = client.open(door.path, method=door.method, headers={"X-Request-ID": PHONE}, **sent)
    is_error = "error.html" in rendered or answer.mimetype == "application/problem+json"
    page = answer.get_data(as_text=True) if is_error else ""
    return Answered(door, answer.headers.get("Location", ""), is_error, page)


@pytest.mark.parametrize("who", ["nobody", "patient", "doctor", "administrator"])
def test_no_door_lets_a_canary_out(house: House, logged: Callable[[], str], who: str) -> None:
    person = {"patient": house.anna, "doctor": house.doctor, "administrator": house.admin}.get(who)
    client = house.browser(person).client if person else house.app.test_client()

    answers = [knock(house.app, client, door) for door in doors_for(house, person)]
    house.beat()

    # A page may hold its own address, to stay there in another language, and says who is signed in; the way to sign in
    # leads back to where somebody wanted to go.
    known = (PLACE, NAME) if person is house.anna else (PLACE,)
    shown = [(each.door, leaks(each.page, but=known)) for each in answers]
    led = [(each.door, leaks(each.leads_to, but=() if each.door.is_public else (PLACE,))) for each in answers]
    assert [leak for leak in shown + led if leak[1]] == []
    assert leaks(logged()) == []
    assert leaks(house.app.test_client().get("/metrics").get_data(as_text=True)) == []
    assert len([each for each in answers if each.is_error]) >= 20


@pytest.mark.own_app
def test_an_error_of_ours_shows_and_logs_no_canary(house: House, logged: Callable[[], str]) -> None:
    app = create_app(house.services)

    @app.get("/broken")
    @public
    def broken() -> str:
        raise ValueError(NAME, PHONE, DRUG, VALUE, SECRET)

    answer = app.test_client().get(f"/broken?token={PLACE}")

    lines = logged()
    assert answer.status_code == 500
    assert leaks(answer.get_data(as_text=True), but=(PLACE,)) == []
    assert leaks(lines) == []
    assert answer.headers["X-Request-ID"] in lines


def test_a_locked_phone_shows_no_drug_and_no_value(house: House, logged: Callable[[], str]) -> None:
    house.clock.instant = house.local("2026-03-05 06:00")
    house.measure(437)

    said = house.beat_until(house.local("2026-03-05 10:00"), timedelta(minutes=30))

    assert PHONE in {each.to for each in said}
    assert leaks(" ".join(each.text for each in said), but=(NAME,)) == []
    assert "437" not in " ".join(each.text for each in said)
    assert leaks(logged()) == []
