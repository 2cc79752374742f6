"""Runs the gate before every request: finds who asks, and about whom, and refuses what nobody declared."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care.integrations import INTEGRATIONS_BEGIN, find_integration
from companion.care.people import Person, Role
from companion.care.record_clients import CLIENTS_BEGIN, find_client
from companion.web.access import (
    ABOUT_ONESELF,
    NEEDED,
    Action,
    Declaration,
    Relation,
    can,
    declaration_of,
    may_ever,
    opened_in_emergency,
)
from companion.web.api.problems import Problem
from companion.web.context import found_actor, hub, integration, look, now, outside, record_client, web_session
from companion.web.cookies import session_cookie
from companion.web.door.hub_door import find_hub, may_come_in
from companion.web.door.limits import Door, count_here
from companion.web.door.sessions import find_session
from companion.web.for_doctors.standing_in import ONLY_LOOKS, admit_as_cover, doctor_behind
from companion.web.token_scopes import OPENS, Holder, holder_of, holder_of_integration

ASKED_BY_PAGES = frozenset({"news.since_opened"})
"""What an open page asks for again and again: it keeps nobody signed in."""


def install(app: Flask) -> None:
    """Every request passes here first, static files and unknown addresses included."""
    app.before_request(identify)
    app.before_request(admit)


def identify() -> None:
    """Sets `g.hub`, `g.record_client` or `g.integration` from a token, or else `g.web_session` from the cookie;
    `g.actor` is who is signed in, or for whom the record system or program acts."""
    if request.blueprint == "api" and request.authorization and request.authorization.type == "bearer":
        _identify_token(request.authorization.token or "")
        return
    token = request.cookies.get(session_cookie(outside().settings))
    is_seen = request.endpoint not in ASKED_BY_PAGES
    g.web_session = find_session(outside().engine, token, now(), is_seen=is_seen) if token else None
    session = web_session()
    g.actor = session.person if session else None


def _identify_token(token: str) -> None:
    if token.startswith(CLIENTS_BEGIN):
        g.record_client = find_client(outside().engine, token, now())
        g.actor = g.record_client.clinician if g.record_client else None
    elif token.startswith(INTEGRATIONS_BEGIN):
        g.integration = find_integration(outside().engine, token, now())
        g.actor = g.integration.person if g.integration else None
    else:
        g.known_hub = find_hub(outside().engine, token, now())
        g.hub = g.known_hub if g.known_hub and may_come_in(g.known_hub) else None
    if not (g.get("record_client") or g.get("integration") or g.get("known_hub")):
        count_here(Door.TOKEN)


def admit() -> Response | None:
    """Lets the request through, or answers 401 (as the way to sign in), 403 (never for this role) or 404."""
    if request.endpoint is None:
        return None  # no such address, or not with this method: Flask answers itself
    declaration = declaration_of(current_app.view_functions[request.endpoint], request.method)
    if declaration is None:
        abort(403)
    if declaration.action is None:
        return None
    if "known_hub" in g:
        _admit_hub(declaration)
        return None
    actor = found_actor()
    if actor is None:
        return _way_to_sign_in()
    if not may_ever(actor, declaration.action) or not _may_token(declaration, declaration.action):
        abort(403)
    if _lacks_factor() and declaration.action not in ABOUT_ONESELF:
        return _way_to_set_up()
    if not declaration.over_list:
        _admit_to_patient(actor, declaration, declaration.action, request.view_args or {})
    return None


def _may_token(declaration: Declaration, action: Action) -> bool:
    """A record system or a program may do what the route says it may, as far as its token's scope goes."""
    client, program = record_client(), integration()
    if client is not None:
        return declaration.records and action in OPENS[holder_of(client)]
    if program is not None:
        return declaration.integrations and action in OPENS[holder_of_integration(program)]
    return True


def _admit_hub(declaration: Declaration) -> None:
    """A hub may do what its route says hubs may, as far as their scope goes, for its own patient."""
    found = hub()
    if found is None:
        code = "hub_revoked" if g.known_hub else "token_unknown"
        detail = "This hub may not send any more: pair it anew with a code of the patient's Devices page."
        raise Problem(401, code, detail, {"WWW-Authenticate": "Bearer"})
    if not declaration.hubs or declaration.action not in OPENS[Holder.HUB]:
        abort(403)
    g.subject = found.patient


def _admit_to_patient(actor: Person, declaration: Declaration, action: Action, arguments: dict[str, Any]) -> None:
    with look() as session:
        patient = _patient(session, actor, declaration, action, arguments)
        if not can(session, actor, action, patient, now()):
            _admit_in_emergency(session, actor, action, patient)
        doctor = doctor_behind(session, actor, patient)
    if patient is None and "patient_id" in arguments:
        abort(404)
    g.subject = patient
    if patient is not None and doctor is not None:
        admit_as_cover(actor, patient, doctor)


def _admit_in_emergency(session: Session, actor: Person, action: Action, patient: Person | None) -> None:
    """Keeps for the page that, and until when, the actor may read without a care link; 404 for everybody else, because
    whether the patient exists is nothing a stranger may learn."""
    opened = opened_in_emergency(session, actor, action, patient, now()) if request.method in ONLY_LOOKS else None
    g.opened_in_emergency = opened or abort(404)


def _patient(
    session: Session, actor: Person, declaration: Declaration, action: Action, arguments: dict[str, Any]
) -> Person | None:
    if declaration.patient_of is not None:
        return declaration.patient_of(session, **arguments)
    if "patient_id" in arguments:
        return session.scalar(_PATIENT, {"patient": arguments["patient_id"]})
    return actor if NEEDED[Role(actor.role), action] is Relation.SELF else None


_PATIENT = select(Person).where(
    Person.public_id == bindparam("patient"), Person.role == Role.PATIENT, Person.left_at.is_(None)
)


def _lacks_factor() -> bool:
    """Whether this is a session of staff who have to set up a second factor before anything else."""
    session = web_session()
    return session is not None and session.needs_factor


def _way_to_set_up() -> Response:
    if request.path.startswith("/api/") or request.method not in ("GET", "HEAD"):
        abort(403)
    return redirect(url_for("second_factor.index"))


def _way_to_sign_in() -> Response:
    if "HX-Request" in request.headers:
        # A part of a page was asked for: the whole page goes to the door, and back to where it was.
        page = urlsplit(request.headers.get("HX-Current-URL", "")).path
        return Response(status=401, headers={"HX-Redirect": url_for("auth.sign_in", next=page)})
    if request.path.startswith("/api/") or request.method not in ("GET", "HEAD"):
        abort(401)
    return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
