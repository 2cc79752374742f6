"""One's own passkeys: made on this device, named, taken away."""

import structlog
from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from companion.care import audit
from companion.errors import BadInput
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door import keyring, sessions
from companion.web.door.asking_keys import NOT_TAKEN, Told, answer, ask, our_site, refused, said, used_challenge
from companion.web.door.auth import Answer, is_sure, needs_sure
from companion.web.door.browsers import in_short
from companion.web.door.ceremonies import PasskeyRefusedError
from companion.web.door.factor_models import Ceremony
from companion.web.forms import Form
from companion.web.schemas import PasskeyNameSchema

log = structlog.get_logger()
blueprint = Blueprint("own_passkeys", __name__)

NOT_FRESH = _l("Show first that it is you: load this page again.")


@blueprint.get("/account/passkeys")
@guarded(Action.SEE_OWN_SESSIONS)
def index() -> str:
    with look() as db:
        keys = keyring.keys_of(db, actor().id)
    return render_template("auth/passkeys.html", keys=keys, most=keyring.MOST_KEYS)


@blueprint.get("/account/passkeys/new")
@guarded(Action.SEE_OWN_SESSIONS)
@needs_sure
def new() -> str:
    our_site()
    form = Form(PasskeyNameSchema(), {"name": in_short(request.user_agent.string)})
    return render_template("auth/new_passkey.html", form=form)


@blueprint.post("/account/passkeys/options")
@guarded(Action.SEE_OWN_SESSIONS)
def register_options() -> Told:
    if not is_sure(actor()):
        return refused(NOT_FRESH)
    with look() as db:
        known = [key.credential_id for key in keyring.keys_of(db, actor().id)]
    return jsonify(ask(Ceremony.REGISTER, actor().id, known))


@blueprint.post("/account/passkeys")
@guarded(Action.SEE_OWN_SESSIONS)
def register() -> Told:
    person = actor()
    challenge = used_challenge(Ceremony.REGISTER, person.id)
    if not is_sure(person):
        return refused(NOT_FRESH)
    if challenge is None:
        return refused(NOT_TAKEN)
    try:
        with changes() as db:
            key = keyring.add_key(db, our_site(), person, challenge, answer(), str(said().get("name", "")), now())
            sessions.has_factor_now(db, person.id)
            audit.note(db, actor=person.public_id, action="added_passkey", now=now(), passkey=key.public_id)
    except PasskeyRefusedError as error:
        log.info("passkey refused", reason=str(error))
        return refused(NOT_TAKEN)
    except BadInput as bad:
        return refused("; ".join(_(part) for part in (bad.what, bad.advice) if part))
    flash(_("This device now has a passkey. Next time, sign in with it."))
    return jsonify(to=url_for(".index"))


@blueprint.route("/account/passkeys/<key_id>/name", methods=["GET", "POST"])
@guarded(Action.SEE_OWN_SESSIONS)
def rename(key_id: str) -> Answer:
    with look() as db:
        key = next((key for key in keyring.keys_of(db, actor().id) if key.public_id == key_id), None) or abort(404)
    form = Form(PasskeyNameSchema(), {"name": key.name})
    if form.is_valid():
        with changes() as db:
            keyring.rename_key(db, actor().id, key_id, form.data["name"], now())
        return redirect(url_for(".index"))
    return render_template("auth/passkey_name.html", form=form), form.status


@blueprint.route("/account/passkeys/<key_id>/remove", methods=["GET", "POST"])
@guarded(Action.SEE_OWN_SESSIONS)
@needs_sure
def remove(key_id: str) -> Answer:
    with look() as db:
        key = next((key for key in keyring.keys_of(db, actor().id) if key.public_id == key_id), None) or abort(404)
    if request.method == "GET":
        return render_template("auth/remove_passkey.html", key=key)
    with changes() as db:
        keyring.remove_key(db, actor().id, key_id)
        audit.note(db, actor=actor().public_id, action="removed_passkey", now=now(), passkey=key_id)
    flash(_("The passkey is removed. It lets nobody in any more."))
    return redirect(url_for(".index"))
