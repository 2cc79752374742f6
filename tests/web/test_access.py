"""The gate: every route, every method, every role, a stranger of each role, and nobody."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.routing import Rule

from companion.care.consent import Scope, end_link, find_link
from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.web.access import NEEDED, Action, can, patients_for, public
from tests.people import NOON, Cast
from tests.web.conftest import LET_IN, Browser
from tests.web.route_table import ADMIN, ROUTES, argument_of, row_of

STRANGERS = ("other_patient", "other_doctor", "other_caregiver")
CAST = ("patient", "doctor", "caregiver", "pharmacist", "admin", *STRANGERS)

pytestmark = pytest.mark.own_app


def has_row(rule: Rule, method: str) -> bool:
    return rule.endpoint in ROUTES or f"{rule.endpoint} {method}" in ROUTES


def calls(app: Flask) -> list[tuple[Rule, str]]:
    """Every route with every method it takes."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.endpoint not in ("auth.sign_in", "static")
    ]


def address(app: Flask, rule: Rule, engine: Engine, cast: Cast) -> str:
    known = {name: argument_of(rule.endpoint, name, engine, cast) for name in rule.arguments}
    with app.test_request_context():
        return app.url_for(rule.endpoint, **known)


def expected(rule: Rule, method: str, name: str | None, person: Person | None) -> set[int]:
    """What the hand-written table says. Another role is told 403 if it never may, 404 if it may elsewhere."""
    row = row_of(rule.endpoint, method)
    if row is None:
        return {LET_IN}
    if person is None:
        return {302} if method == "GET" and not rule.rule.startswith("/api/") else {401}
    if person.role not in row.roles:
        return {403, 404}
    if row.of_one_patient and name in STRANGERS and person.role != ADMIN:
        return {404}
    return {LET_IN}


def test_every_route_stands_in_the_table(app: Flask) -> None:
    missing = [f"{method} {rule.rule} ({rule.endpoint})" for rule, method in calls(app) if not has_row(rule, method)]

    assert not missing, "add them to tests/web/route_table.py"


@pytest.mark.parametrize("name", CAST)
def test_each_of_the_cast_gets_exactly_what_the_table_says(
    name: str, bare_app: Flask, cast: Cast, engine: Engine, signed_in: Any
) -> None:
    person: Person = getattr(cast, name)
    browser = signed_in(person)

    wrong = {}
    for rule, method in filter(lambda call: has_row(*call), calls(bare_app)):
        got = browser.client.open(address(bare_app, rule, engine, cast), method=method).status_code
        if got not in expected(rule, method, name, person):
            wrong[f"{method} {rule.endpoint}"] = got

    assert wrong == {}


def test_nobody_gets_in_without_signing_in(bare_app: Flask, cast: Cast, engine: Engine) -> None:
    client = bare_app.test_client()

    wrong = {}
    for rule, method in filter(lambda call: has_row(*call), calls(bare_app)):
        got = client.open(address(bare_app, rule, engine, cast), method=method).status_code
        if got not in expected(rule, method, None, None):
            wrong[f"{method} {rule.endpoint}"] = got

    assert wrong == {}


def test_a_route_that_declares_nothing_is_refused_to_everybody(app: Flask, cast: Cast, signed_in: Any) -> None:
    app.add_url_rule("/undeclared", view_func=lambda: "secret")
    browser = signed_in(cast.admin)

    answer = browser.get("/undeclared")

    assert answer.status_code == 403
    assert b"secret" not in answer.data


def test_a_public_route_is_open_without_signing_in(app: Flask) -> None:
    @public
    def hello() -> str:
        return "hello"

    app.add_url_rule("/hello", view_func=hello)

    answer = app.test_client().get("/hello")

    assert answer.data == b"hello"


def test_the_way_to_sign_in_leads_back(browser: Browser, cast: Cast) -> None:
    answer = browser.get("/clinic/patients?sort=name")

    assert answer.location == "/sign-in?next=/clinic/patients?sort%3Dname"


def test_a_patient_never_sees_advice() -> None:
    allowed = {action for role, action in NEEDED if role is Role.PATIENT}

    assert not allowed & {Action.SEE_ADVICE, Action.DECIDE_ADVICE, Action.SIGN_PLAN, Action.EDIT_REGIMEN}


def test_a_pharmacist_decides_prescribes_and_signs_nothing() -> None:
    allowed = {action for role, action in NEEDED if role is Role.PHARMACIST}

    assert allowed  # somebody at least signs in
    assert not allowed & {
        Action.SEE_ADVICE,
        Action.DECIDE_ADVICE,
        Action.EDIT_REGIMEN,
        Action.SIGN_PLAN,
        Action.SIGN_PROTOCOL,
        Action.EDIT_INSTRUCTIONS,
        Action.EDIT_FACTS,
        Action.NOTE_CHANGE_ANSWER,
        Action.OPEN_IN_EMERGENCY,
    }


@pytest.mark.parametrize("action", list(Action))
def test_nobody_is_nobody_for_every_action(action: Action, cast: Cast, engine: Engine) -> None:
    with reading(engine) as session:
        assert not can(session, None, action, cast.patient, NOON)


def test_a_link_that_ended_opens_nothing(cast: Cast, engine: Engine) -> None:
    with writing(engine) as session:
        link = find_link(session, cast.patient.id, cast.doctor.id, Scope.CARE, NOON)
        assert link is not None
        end_link(link, NOON)

    with reading(engine) as session:
        assert can(session, cast.doctor, Action.SEE_PATIENT, cast.patient, NOON - timedelta(seconds=1))
        assert not can(session, cast.doctor, Action.SEE_PATIENT, cast.patient, NOON)


def test_a_caregiver_sees_only_what_the_patient_agreed_to(cast: Cast, engine: Engine) -> None:
    with writing(engine) as session:
        link = find_link(session, cast.patient.id, cast.caregiver.id, Scope.READINGS, NOON)
        assert link is not None
        end_link(link, NOON)

    with reading(engine) as session:
        assert not can(session, cast.caregiver, Action.SEE_READINGS, cast.patient, NOON)
        assert can(session, cast.caregiver, Action.SEE_ALERTS, cast.patient, NOON)


def test_an_action_on_a_patient_needs_a_patient(cast: Cast, engine: Engine) -> None:
    with reading(engine) as session:
        assert not can(session, cast.doctor, Action.SEE_ADVICE, None, NOON)


def test_a_list_holds_only_the_actors_own_patients(cast: Cast, engine: Engine) -> None:
    with reading(engine) as session:
        found = patients_for(session, cast.doctor, Action.SEE_PATIENT, NOON)
        of_patient = patients_for(session, cast.patient, Action.SEE_PATIENT, NOON)

    assert [person.public_id for person in found] == [cast.patient.public_id]
    assert of_patient == []


def test_a_page_of_a_patient_that_does_not_exist_looks_like_one_of_a_stranger(cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.doctor)

    unknown = browser.get("/clinic/patients/pa_000000000000")
    strangers = browser.get(f"/clinic/patients/{cast.other_patient.public_id}")

    assert (unknown.status_code, strangers.status_code) == (404, 404)
    assert cast.other_patient.name.encode() not in strangers.data
