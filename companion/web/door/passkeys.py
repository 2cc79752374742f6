"""Signing in by a passkey, and showing by one again who it is."""

import structlog
from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from companion.care.people import Person
from companion.web.access import Action, guarded, public
from companion.web.context import actor, changes, look, now, outside
from companion.web.cookies import set_session_cookie
from companion.web.door import keyring
from companion.web.door.asking_keys import (
    NOT_TAKEN,
    Told,
    answer,
    ask,
    found_site,
    our_site,
    refused,
    used_challenge,
    wanted_page,
)
from companion.web.door.ceremonies import PasskeyRefusedError
from companion.web.door.factor_models import Ceremony
from companion.web.door.letting_in import freshen_here, let_in
from companion.web.door.limits import Door, count_here
from companion.web.door.sessions import OpenedBy

log = structlog.get_logger()
blueprint = Blueprint("passkeys", __name__)


@blueprint.app_context_processor
def offered() -> dict[str, bool]:
    """For templates: whether this installation's address lets browsers make passkeys."""
    return {"has_passkeys": found_site() is not None}


@blueprint.post("/passkeys/options")
@public
def sign_in_options() -> Response:
    """Each asking is a row in the database until its challenge is over: not without end from one address."""
    count_here(Door.PASSKEY_ASKED)
    return jsonify(ask(Ceremony.SIGN_IN, None, []))


@blueprint.post("/passkeys/sign-in")
@public
def sign_in() -> Told:
    """Whose key it is, the key itself says."""
    person = _person_of_key(Ceremony.SIGN_IN, None)
    if person is None:
        count_here(Door.PASSKEY)
        return refused(NOT_TAKEN)
    entered = let_in(person, OpenedBy.PASSKEY, wanted_page())
    return _with_cookie_of(entered)


@blueprint.post("/passkeys/confirm-options")
@guarded(Action.SEE_OWN_SESSIONS)
def confirm_options() -> Response:
    with look() as db:
        known = [key.credential_id for key in keyring.keys_of(db, actor().id)]
    return jsonify(ask(Ceremony.CONFIRM, actor().id, known))


@blueprint.post("/passkeys/confirm")
@guarded(Action.SEE_OWN_SESSIONS)
def confirm() -> Told:
    """Stands in for typing the password again."""
    person = _person_of_key(Ceremony.CONFIRM, actor().id)
    if person is None or person.id != actor().id:
        count_here(Door.PASSKEY)
        return refused(NOT_TAKEN)
    token = freshen_here(actor(), "confirmed_by_passkey")
    response = jsonify(to=wanted_page())
    set_session_cookie(response, outside().settings, token, actor())
    return response


def _person_of_key(ceremony: Ceremony, person_id: int | None) -> Person | None:
    """Who holds the key that answered. The challenge is used up whatever comes of it."""
    challenge = used_challenge(ceremony, person_id)
    if challenge is None:
        return None
    try:
        with changes() as db:
            return keyring.use_key(db, our_site(), challenge, answer(), now())
    except PasskeyRefusedError as error:
        log.info("passkey refused", reason=str(error))
        return None


def _with_cookie_of(entered: Response) -> Response:
    """The same, as the script reads it: where to go, and the session's cookie."""
    response = jsonify(to=entered.location)
    for cookie in entered.headers.getlist("Set-Cookie"):
        response.headers.add("Set-Cookie", cookie)
    return response
