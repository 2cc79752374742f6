"""Every address that names a thing, called by a stranger of the right role with a thing of somebody else's: nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.routing import Rule

from companion.care.people import Person
from tests.people import Cast
from tests.web import her_things
from tests.web.route_table import ADMIN, ARGUMENTS, row_of
from tests.web.test_access import calls, has_row

STRANGERS = ("other_patient", "other_doctor", "other_caregiver")
HERS: dict[str, Callable[[Engine, Cast], str]] = {
    "session_id": her_things.session_id,
    "key_id": her_things.key_id,
    "point_id": her_things.point_id,
    "hub_id": her_things.hub_id,
    "device_id": her_things.device_id,
    "regimen_id": her_things.regimen_id,
    "file_id": her_things.file_id,
    "intake_id": her_things.intake_id,
    "as_needed.undo intake_id": her_things.needed_intake_id,
    "conflict_id": her_things.conflict_id,
    "link_id": her_things.link_id,
    "reading": her_things.reading,
    "absence_id": her_things.absence_id,
    "tip_id": her_things.tip_id,
    "in_emergency.end access_id": ARGUMENTS["emergency_office.seen access_id"],
    **{
        name: made
        for name, made in ARGUMENTS.items()
        if name not in ("patient_id", "link_id", "absence_id", "suspension_id", "batch_id", "number")
    },
}
"""What is somebody's own, by argument or by "endpoint argument"."""
OF_THE_CLINIC = frozenset(
    {
        "protocol_id", "signature_id", "guidance_id", "instruction_id", "about", "trial_id", "suspension_id",
        "batch_id", "number", "kind", "guide_id", "version_id", "sha256", "quiz_key", "board", "question_id",
        "shown_id", "post_id", "quarter", "wanted", "what", "channel", "filename", "pharmacy_id", "key",
        "round_id", "experiment_id",
    }
)  # fmt: skip
"""What is no one person's: choices, texts and protocols of the clinic, and what only administrators open."""
SECRETS = frozenset({"token", "code", "correlation_id"})
"""What opens by being known; nobody can say a foreign one."""
FORMS: dict[str, dict[str, Any]] = {
    "reach.move": {"data": {"to": "up"}},
    "reach_patient.move": {"data": {"to": "up"}},
    "from_records.settle": {"data": {"state": "kept"}},
    "thread.answer": {"data": {"answer": "clinic_noted"}},
    "correcting.link": {"data": {"two": "yes"}},
    "one_reading.meal": {"data": {"meal": "fasting"}},
    "for_you.say_of": {"data": {"answer": "useful"}},
    "api.answer_tip": {"json": {"answer": "useful"}},
    "api.add_supply_entry": {"json": {"kind": "received", "pieces": "1"}},
}
"""What is sent where a view looks at the form before it looks for the thing."""

pytestmark = pytest.mark.own_app


@pytest.fixture
def open_app(app: Flask) -> Flask:
    """The real application, without form tokens."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def made_by(rule: Rule, name: str) -> Callable[[Engine, Cast], str] | None:
    return HERS.get(f"{rule.endpoint} {name}") or HERS.get(name)


def object_calls(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every guarded route that names a thing of somebody's."""
    for rule, method in filter(lambda call: has_row(*call), calls(app)):
        names = rule.arguments - {"patient_id"}
        if row_of(rule.endpoint, method) is not None and any(made_by(rule, name) for name in names):
            yield rule, method


def address(app: Flask, rule: Rule, engine: Engine, cast: Cast) -> str:
    """With her thing, under the stranger's own patient where the address names a patient, too."""
    known = {}
    for name in rule.arguments:
        made = made_by(rule, name)
        known[name] = cast.other_patient.public_id if name == "patient_id" else made(engine, cast) if made else "1"
    with app.test_request_context():
        return app.url_for(rule.endpoint, **known)


def sent_to(rule: Rule, method: str) -> dict[str, Any]:
    for_programs = {"json": {}} if rule.rule.startswith("/api/") and method == "POST" else {}
    return FORMS.get(rule.endpoint, for_programs) if method == "POST" else {}


def test_every_argument_of_an_address_is_somebodys_the_clinics_or_a_secret(app: Flask) -> None:
    known = {name.rpartition(" ")[2] for name in HERS} | OF_THE_CLINIC | SECRETS | {"patient_id"}

    named = {name for rule, _method in calls(app) for name in rule.arguments}

    assert named <= known, "say in HERS how one of somebody else's is made"


@pytest.mark.parametrize("name", STRANGERS)
def test_a_thing_of_somebody_elses_is_not_there(
    name: str, open_app: Flask, cast: Cast, engine: Engine, signed_in: Any
) -> None:
    stranger: Person = getattr(cast, name)
    browser = signed_in(stranger)

    wrong = {}
    for rule, method in object_calls(open_app):
        row = row_of(rule.endpoint, method)
        assert row is not None
        if stranger.role in row.roles and row.roles != {ADMIN}:
            path = address(open_app, rule, engine, cast)
            got = browser.client.open(path, method=method, **sent_to(rule, method)).status_code
            if got not in (403, 404):
                wrong[f"{method} {rule.endpoint}"] = got

    assert wrong == {}
