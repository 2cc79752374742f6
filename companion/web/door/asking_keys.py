"""A challenge for a passkey, and what the browser's script says of its answer: JSON in both directions. The script is
told where to go, or what went wrong."""

from typing import Any

from flask import abort, jsonify, request, session
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from companion.web.context import actor, changes, now, outside, safe_next
from companion.web.door import keyring
from companion.web.door.ceremonies import Site, site_of, to_register, to_sign
from companion.web.door.factor_models import Ceremony

CHALLENGE = "challenge"
"""Where the form's signed cookie keeps what this browser's key has to sign."""
NOT_TAKEN = _l("This passkey was not taken. Try again, or use another way to sign in.")
Told = tuple[Response, int] | Response


def ask(ceremony: Ceremony, person_id: int | None, known: list[str]) -> Any:
    """What the browser is asked, with a new challenge that only this browser may answer."""
    with changes() as db:
        challenge = keyring.new_challenge(db, ceremony, person_id, now())
    session[CHALLENGE] = challenge.hex()
    if ceremony is not Ceremony.REGISTER:
        return to_sign(our_site(), challenge, known)
    person = actor()
    login = person.login or person.name
    return to_register(our_site(), challenge, handle=person.public_id, login=login, name=person.name, known=known)


def used_challenge(ceremony: Ceremony, person_id: int | None) -> bytes | None:
    """What this browser's key had to sign, if it was for this and its time is not over; now it is used up."""
    challenge = bytes.fromhex(session.pop(CHALLENGE, ""))
    with changes() as db:
        is_good = keyring.use_challenge(db, challenge, ceremony, person_id, now())
    return challenge if is_good else None


def said() -> dict[str, Any]:
    """What the script says; empty for what is no JSON object."""
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def wanted_page() -> str:
    """Where the script goes afterwards: a page of this service."""
    page = said().get("next")
    return safe_next(page if isinstance(page, str) else None)


def answer() -> dict[str, Any]:
    """What the key said, as the browser wrote it down."""
    found = said().get("credential")
    return found if isinstance(found, dict) else {}


def refused(told: object) -> Told:
    """The sentence that the script shows."""
    return jsonify(told=str(told)), 422


def found_site() -> Site | None:
    """None where the installation's address lets browsers make no passkeys."""
    settings = outside().settings
    return site_of(settings.public_url, settings.clinic_name)


def our_site() -> Site:
    """The same; 404 where there is none."""
    return found_site() or abort(404)
