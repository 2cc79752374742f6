"""The second factor of staff: asked for at the door, set up with an app, replaced by recovery codes."""

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from companion.care import audit
from companion.care.people import Person
from companion.web.access import Action, guarded, public
from companion.web.context import actor, changes, look, now, outside, safe_next
from companion.web.door import factors, sessions
from companion.web.door.auth import Answer, needs_sure
from companion.web.door.code_app import in_groups, setup_address
from companion.web.door.half_open import find_half, finish_half
from companion.web.door.letting_in import HALF_OPEN, let_in
from companion.web.door.limits import TooManyAttemptsError
from companion.web.door.sessions import OpenedBy
from companion.web.forms import Form
from companion.web.scanned import picture_of
from companion.web.schemas import FactorCodeSchema

blueprint = Blueprint("second_factor", __name__)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
def ask() -> Answer:
    """The second half of signing in: a code of the app, or a recovery code."""
    token, target = session.get(HALF_OPEN, ""), safe_next(request.values.get("next"))
    with look() as db:
        if find_half(db, token, now()) is None:
            return redirect(url_for("auth.sign_in", next=target))
    form = Form(FactorCodeSchema())
    if form.is_valid():
        finished = _finished(token, form.data["code"])
        if finished is not None:
            return let_in(*finished, target)
        form.errors["code"] = _("This code is not right, or it was used before. Wait for the next one.")
    return render_template("auth/ask_code.html", form=form, next=target), form.status


@blueprint.get("/account/code-app")
@guarded(Action.KEEP_CODE_APP)
def index() -> str:
    with look() as db:
        app, left = factors.find_app(db, actor().id), factors.codes_left(db, actor().id)
        is_asked_for = outside().settings.staff_needs_factor and not factors.has_factor(db, actor().id)
    is_on = app is not None and app.confirmed_at is not None
    return render_template("auth/code_app.html", app=app, is_on=is_on, left=left, is_asked_for=is_asked_for)


@blueprint.route("/account/code-app/new", methods=["GET", "POST"])
@guarded(Action.KEEP_CODE_APP)
@needs_sure
def set_up() -> Answer:
    """Shows the app's secret until one code of it was typed, and never again."""
    with changes() as db:
        app = factors.begin_app(db, actor().id, now())
        secret = factors.secret_of(db, app)
    if app.confirmed_at is not None:
        return redirect(url_for(".index"))
    form = Form(FactorCodeSchema())
    if form.is_valid():
        codes = _confirm(form.data["code"])
        if codes:
            return render_template("auth/recovery_codes.html", codes=codes), 201
        form.errors["code"] = _("This code is not right. Check the clock of your phone, and type its newest code.")
    scanned = picture_of(setup_address(secret, actor().login or actor().name, outside().settings.clinic_name))
    return render_template("auth/new_code_app.html", form=form, scanned=scanned, key=in_groups(secret)), form.status


@blueprint.route("/account/code-app/remove", methods=["GET", "POST"])
@guarded(Action.KEEP_CODE_APP)
@needs_sure
def remove() -> Answer:
    """For another phone. Where the clinic asks its staff for a second factor, a new one is asked for at once."""
    if request.method == "GET":
        return render_template("auth/remove_code_app.html")
    with changes() as db:
        factors.remove_app(db, actor().id)
        if outside().settings.staff_needs_factor and not factors.has_factor(db, actor().id):
            sessions.lacks_factor_now(db, actor().id)
        audit.note(db, actor=actor().public_id, action="removed_code_app", now=now())
    flash(_("No codes are asked for any more."))
    return redirect(url_for(".index"))


@blueprint.post("/account/recovery-codes")
@guarded(Action.KEEP_CODE_APP)
@needs_sure
def renew() -> Answer:
    with changes() as db:
        if not factors.has_app(db, actor().id):
            abort(404)
        codes = factors.new_recovery_codes(db, actor().id, now())
        audit.note(db, actor=actor().public_id, action="renewed_recovery_codes", now=now())
    return render_template("auth/recovery_codes.html", codes=codes), 201


def _finished(token: str, typed: str) -> tuple[Person, OpenedBy] | None:
    try:
        return finish_half(outside().engine, token, typed, request.remote_addr or "", now())
    except TooManyAttemptsError:
        abort(429)


def _confirm(typed: str) -> list[str]:
    """The recovery codes of an app whose code was right; none where it was not."""
    with changes() as db:
        if not factors.confirm_app(db, actor().id, typed, now()):
            return []
        codes = factors.new_recovery_codes(db, actor().id, now())
        sessions.has_factor_now(db, actor().id)
        audit.note(db, actor=actor().public_id, action="set_up_code_app", now=now())
    return codes
