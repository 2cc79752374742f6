"""CDS Hooks 2.0: a record system asks as a doctor opens a patient, and is told what waits. Its server asks, not a
browser: every request carries a token signed by a key on our list."""

from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, jsonify, request, url_for
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import HTTPException

from companion.fhir.cards import SERVICE, SERVICES, card
from companion.fhir.coding import Json
from companion.fhir.told import Suggested
from companion.services import Services
from companion.web.access import public
from companion.web.api import problems
from companion.web.api.problems import Problem
from companion.web.context import changes, look, now, outside, shows
from companion.web.door.limits import Door, count_here
from companion.web.records import fhir_rows as rows
from companion.web.records.cds_cards import cards_of, find_patient, find_user, give_cards, note_feedback, waiting_for
from companion.web.records.cds_clients import CdsClient, Clients, NotTrusted, load_clients, trusted_client
from companion.web.records.cds_schemas import Feedback, PatientView
from companion.web.records.shown_tokens import show_once
from companion.web.security import csrf

blueprint = Blueprint("cds_hooks", __name__, url_prefix="/cds-services")
blueprint.register_error_handler(Problem, problems.tell)
blueprint.register_error_handler(HTTPException, problems.tell_http)


def install(app: Flask) -> None:
    """Reads the allow-list once; a file that is not right stops the start."""
    services: Services = app.extensions["companion"]
    app.extensions["cds_clients"] = load_clients(services.settings.cds_clients)


@blueprint.get("")
@public
def discovery() -> Response:
    """What there is, for everybody."""
    return jsonify(SERVICES)


@blueprint.post(f"/{SERVICE}")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def patient_view() -> Response:
    """A card for everything that waits. Nothing for a user or a patient who is not known here, or not theirs."""
    client = _client()
    context = _checked(PatientView())["context"]
    return jsonify({"cards": _cards(client, context["user_id"], context["patient_id"])})


@blueprint.post(f"/{SERVICE}/feedback")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def feedback() -> Response:
    """What became of cards there. An "accepted" is no approval: that is a doctor's act on our page."""
    client, told = _client(), _checked(Feedback())
    with changes() as db:
        known = {answer["card"]: note_feedback(db, client.issuer, answer, now()) for answer in told["feedback"]}
    unknown = [str(card) for card, is_known in known.items() if not is_known]
    return jsonify({"noted": len(told["feedback"]) - len(unknown), "unknown": unknown})


def _client() -> CdsClient:
    """Who asks. Raises Problem 401."""
    told = request.authorization
    token = told.token or "" if told is not None and told.type == "bearer" else ""
    service = f"{outside().settings.public_url}{url_for('cds_hooks.patient_view')}"
    try:
        trusted = trusted_client(_clients(), token, (service, f"{service}/feedback"), now())
        with changes() as db:
            show_once(db, trusted)
    except NotTrusted as why:
        count_here(Door.RECORDS)
        raise Problem(401, "not_trusted", str(why), {"WWW-Authenticate": "Bearer"}) from None
    return trusted.client


def _clients() -> Clients:
    return cast(Clients, current_app.extensions["cds_clients"])


def _checked(schema: Schema) -> dict[str, Any]:
    try:
        return cast(dict[str, Any], schema.load(request.get_json()))
    except ValidationError as wrong:
        errors = problems.pointers(wrong.messages)
        raise Problem(400, "bad_request", "The request does not fit CDS Hooks 2.0.", errors=errors) from None


def _cards(client: CdsClient, user_id: str, their_id: str) -> list[Json]:
    with look() as db:
        doctor = find_user(db, client.users, user_id)
        patient = find_patient(db, client.issuer, their_id, doctor, now()) if doctor else None
        if doctor is None or patient is None:
            return []
        shows([patient], by=doctor.public_id)
        waiting = waiting_for(db, patient, now())
        given = cards_of(db, waiting, client.issuer, doctor)
        told = {each.id: rows.suggested(db, each, patient, now()) for each in waiting}
    if new := [each for each in waiting if each.id not in given]:
        with changes() as db:
            given |= give_cards(db, new, client.issuer, doctor, now())
    return [_card(told[each.id], given[each.id].uuid, each.public_id) for each in waiting]


def _card(suggested: Suggested, uuid: str, suggestion_id: str) -> Json:
    site = outside().settings.public_url
    return card(suggested, uuid, site, f"{site}{url_for('reviewing.suggestion', suggestion_id=suggestion_id)}")
