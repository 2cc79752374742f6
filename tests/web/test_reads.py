"""Whoever is shown health data is in the log before the answer is there, whatever route it is."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from companion.care.read_log import ReadEntry
from companion.db import reading, writing
from companion.reminders.feeds import make_feed
from companion.web.access import Action, declaration_of, guarded
from companion.web.reads import SHOW_NONE
from tests.people import NOON, Cast
from tests.web.conftest import Browser
from tests.web.route_table import ROUTES, argument_of
from tests.web.things import her_suggestion


def reads(engine: Engine) -> list[tuple[str, str, str, str]]:
    with reading(engine) as session:
        rows = session.scalars(select(ReadEntry).order_by(ReadEntry.id)).all()
    return [(row.who, row.patient, row.kind, row.route) for row in rows]


def test_a_doctor_who_opens_a_patients_page_is_noted(engine: Engine, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.doctor)

    browser.get(f"/clinic/patients/{cast.patient.public_id}")

    assert reads(engine) == [(cast.doctor.public_id, cast.patient.public_id, "see_patient", "GET patients.summary")]


def test_so_is_a_caregiver_by_the_api_and_the_patient_herself(engine: Engine, cast: Cast, signed_in: Any) -> None:
    for person in (cast.caregiver, cast.patient):
        signed_in(person).get(f"/api/v1/patients/{cast.patient.public_id}/readings?metric=glucose")

    assert [(who, kind) for who, _, kind, _ in reads(engine)] == [
        (cast.caregiver.public_id, "see_readings"),
        (cast.patient.public_id, "see_readings"),
    ]


def test_who_is_refused_was_shown_nothing(engine: Engine, cast: Cast, signed_in: Any) -> None:
    address = f"/clinic/patients/{cast.patient.public_id}"

    answers = [signed_in(person).get(address).status_code for person in (cast.other_doctor, cast.patient)]

    assert answers == [404, 403]
    assert reads(engine) == []


@pytest.mark.own_app
def test_a_redirect_shows_nothing_and_a_form_that_comes_back_does(
    app: Flask, engine: Engine, cast: Cast, signed_in: Any
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    browser, address = signed_in(cast.doctor), f"/doctor/suggestions/{her_suggestion(engine, cast)}"

    redirected = browser.client.post(f"{address}/look-again")
    before = reads(engine)
    came_back = browser.client.post(f"{address}/decide")

    assert (redirected.status_code, before, came_back.status_code) == (302, [], 422)
    assert [kind for _, _, kind, _ in reads(engine)] == ["decide_advice"]


@pytest.fixture
def health_routes(app: Flask) -> list[tuple[str, str]]:
    """Every GET of the application about one patient whose act may show health data, but what is a list."""
    found = []
    for rule in app.url_map.iter_rules():
        declared = declaration_of(app.view_functions[rule.endpoint], "GET") if "GET" in (rule.methods or ()) else None
        if declared and declared.action and not declared.over_list and declared.action not in SHOW_NONE:
            found.append((rule.endpoint, rule.rule))
    return found


def test_every_page_about_a_patient_that_opens_has_its_row(
    app: Flask, engine: Engine, cast: Cast, signed_in: Any, health_routes: list[tuple[str, str]]
) -> None:
    browsers: dict[str, Browser] = {"patient": signed_in(cast.patient), "clinician": signed_in(cast.doctor)}
    unnoted, opened = [], 0

    for endpoint, rule in health_routes:
        row = ROUTES.get(f"{endpoint} GET") or ROUTES.get(endpoint)
        role = next((role for role in browsers if row and role in row.roles), None)
        if role is None or row is None or not (row.of_one_patient or row.roles == {"patient"}):
            continue
        names = [part.split(">")[0].split(":")[-1] for part in rule.split("<")[1:]]
        arguments: dict[str, Any] = {name: argument_of(endpoint, name, engine, cast) for name in names}
        with app.test_request_context():
            address = app.url_for(endpoint, **arguments)
        before = len(reads(engine))
        if browsers[role].get(address).status_code == 200:
            opened += 1
            if {patient for _, patient, _, _ in reads(engine)[before:]} != {cast.patient.public_id}:
                unnoted.append(endpoint)

    assert opened > 15
    assert unnoted == []


def test_a_list_counts_for_everybody_on_whom_it_could_be(engine: Engine, cast: Cast, signed_in: Any) -> None:
    signed_in(cast.caregiver).get("/caregiver")

    assert {(who, patient) for who, patient, _, _ in reads(engine)} == {
        (cast.caregiver.public_id, cast.patient.public_id)
    }


def test_a_queue_counts_for_whoever_stands_in_it(engine: Engine, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.doctor)
    browser.get("/doctor/queue")
    browser.get("/api/v1/suggestions")
    empty = reads(engine)
    her_suggestion(engine, cast)

    browser.get("/doctor/queue")
    browser.get("/api/v1/suggestions")

    assert empty == []
    assert [(patient, route) for _, patient, _, route in reads(engine)] == [
        (cast.patient.public_id, "GET doctor.queue"), (cast.patient.public_id, "GET api.suggestions"),
    ]  # fmt: skip


def test_what_a_link_opens_is_noted_under_the_link(engine: Engine, cast: Cast, browser: Browser) -> None:
    with writing(engine) as session:
        token = make_feed(session, cast.patient.id, with_names=False, now=NOON)

    browser.get(f"/calendar/{token}.ics")

    assert reads(engine) == [("calendar feed", cast.patient.public_id, "link", "GET calendar_feed.read")]


def test_a_list_of_names_shows_no_health_data(engine: Engine, cast: Cast, signed_in: Any) -> None:
    signed_in(cast.doctor).get("/clinic/patients")

    assert reads(engine) == []


@pytest.mark.own_app
def test_a_new_page_is_noted_although_nobody_thought_of_it(
    app: Flask, engine: Engine, cast: Cast, signed_in: Any
) -> None:
    app.add_url_rule("/new/<patient_id>", "new", guarded(Action.SEE_READINGS)(lambda patient_id: "120"))

    signed_in(cast.caregiver).get(f"/new/{cast.patient.public_id}")

    assert [route for *_, route in reads(engine)] == ["GET new"]


def test_what_cannot_be_noted_is_not_shown(engine: Engine, app: Flask, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.doctor)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE read_log RENAME TO away")

    answer = browser.get(f"/clinic/patients/{cast.patient.public_id}")

    assert answer.status_code == 500
    assert cast.patient.name not in answer.get_data(as_text=True)


def test_a_hub_reads_nothing_and_static_files_are_no_reads(engine: Engine, browser: Browser) -> None:
    browser.get("/static/app.css")
    browser.get("/sign-in")

    assert reads(engine) == []
