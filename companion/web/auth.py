"""The door: signing in and out, one-time links, typing the password again, and one's own sessions."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import update
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.people import Person, hash_password
from companion.errors import BadInput
from companion.web import sessions
from companion.web.access import Action, guarded, public
from companion.web.browsers import in_short
from companion.web.context import (
    actor,
    changes,
    found_actor,
    fresh_authentication,
    look,
    now,
    outside,
    safe_next,
    web_session,
)
from companion.web.cookies import drop_session_cookie, set_session_cookie
from companion.web.first_admin import has_admin
from companion.web.forms import Form
from companion.web.schemas import ConfirmPasswordSchema, NewPasswordSchema, SignInSchema
from companion.web.sign_in import TooManyAttemptsError, check_password, use_link

blueprint = Blueprint("auth", __name__)
Answer = str | Response | tuple[str, int]
View = TypeVar("View", bound=Callable[..., Any])


def needs_fresh_password(view: View) -> View:
    """For pages that show and take a form at one address: the password was typed here within 15 minutes, or is
    asked for first.
    """

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Any:
        if not fresh_authentication(now()):
            return redirect(url_for("auth.confirm_password", next=request.full_path.rstrip("?")))
        return view(*args, **kwargs)

    return asked  # type: ignore[return-value]


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Answer:
    form = Form(SignInSchema())
    if form.is_valid():
        person = _person_with(form.data["login"], form.data["password"])
        if person is not None:
            return _let_in(person, by_password=True, target=safe_next(request.form.get("next")))
        form.errors["password"] = _("The login or the password is not right.")
    elif request.method == "GET" and _nobody_is_here_yet():
        return redirect(url_for("home.setup"))
    return render_template("auth/sign_in.html", form=form, next=request.values.get("next", "")), form.status


@blueprint.get("/enter/<token>")
@public
def enter_by_link(token: str) -> str:
    """Only asks: whatever looks at links in messages before their reader does must not use them up."""
    return render_template("auth/enter.html", token=token)


@blueprint.post("/enter/<token>")
@public
def enter(token: str) -> Answer:
    with changes() as db:
        person = use_link(db, token, now())
    if person is None:
        return render_template("auth/link_is_over.html"), 410
    return _let_in(person, by_password=False, target=url_for("home.index"))


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    response = redirect(url_for("auth.sign_in"))
    _end_this_session("signed_out")
    session.clear()
    drop_session_cookie(response, outside().settings)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.route("/confirm-password", methods=["GET", "POST"])
@guarded(Action.SEE_OWN_SESSIONS)
def confirm_password() -> Answer:
    person, target = actor(), safe_next(request.values.get("next"))
    if not person.password_hash:
        return redirect(url_for("auth.new_password", next=target))
    form = Form(ConfirmPasswordSchema())
    if form.is_valid():
        if _person_with(person.login or "", form.data["password"]) is not None:
            return _freshen(target)
        form.errors["password"] = _("The password is not right.")
    return render_template("auth/confirm_password.html", form=form, next=target), form.status


@blueprint.get("/account")
@guarded(Action.SEE_OWN_SESSIONS)
def account() -> str:
    with look() as db:
        mine = sessions.running_sessions(db, actor().id, now())
    return render_template("auth/account.html", sessions=mine, this=web_session(), in_short=in_short)


@blueprint.post("/account/sessions/<session_id>/end")
@guarded(Action.SEE_OWN_SESSIONS)
def end_session(session_id: str) -> Response:
    with changes() as db:
        if not sessions.revoke(db, actor().id, session_id, now()):
            abort(404)
        audit.note(db, actor=actor().public_id, action="ended_session", now=now(), ended=session_id)
    flash(_("That browser is signed out."))
    return redirect(url_for("auth.account"))


@blueprint.route("/account/password", methods=["GET", "POST"])
@guarded(Action.SEE_OWN_SESSIONS)
def new_password() -> Answer:
    """A first password may be set by whoever came with the invitation; a change needs the present one."""
    person, target = actor(), safe_next(request.values.get("next"))
    if person.password_hash and not fresh_authentication(now()):
        return redirect(url_for("auth.confirm_password", next=url_for("auth.new_password")))
    form = Form(NewPasswordSchema())
    if form.is_valid():
        try:
            _set_password(person, form.data["password"])
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Your password is set. Other browsers were signed out."))
            return redirect(target)
    return render_template("auth/new_password.html", form=form, next=target), form.status


def _person_with(login: str, password: str) -> Person | None:
    try:
        return check_password(outside().engine, login, password, request.remote_addr or "", now())
    except TooManyAttemptsError:
        abort(429)


def _let_in(person: Person, *, by_password: bool, target: str) -> Response:
    """Opens a new session, under a new secret, and ends the one this browser had."""
    _end_this_session("signed_out")
    with changes() as db:
        token = sessions.open_session(
            db,
            person,
            by_password=by_password,
            address=request.remote_addr or "",
            browser=request.user_agent.string,
            now=now(),
        )
        action = "signed_in" if by_password else "entered_by_link"
        audit.note(db, actor=person.public_id, action=action, now=now())
    session.clear()  # the form token of before is of no use to whoever planted it
    response = redirect(target)
    set_session_cookie(response, outside().settings, token, person)
    return response


def _end_this_session(action: str) -> None:
    here, person = web_session(), found_actor()
    if here is None or person is None:
        return
    with changes() as db:
        sessions.revoke(db, person.id, here.public_id, now())
        audit.note(db, actor=person.public_id, action=action, now=now())


def _freshen(target: str) -> Response:
    here = web_session()
    assert here is not None, "the gate let a session in"
    with changes() as db:
        token = sessions.confirm_password(db, here, now())
        audit.note(db, actor=actor().public_id, action="confirmed_password", now=now())
    response = redirect(target)
    set_session_cookie(response, outside().settings, token, actor())
    return response


def _set_password(person: Person, password: str) -> None:
    """Sets it and ends every other session: who knew the old one is out."""
    stored = hash_password(password)
    here = web_session()
    with changes() as db:
        db.execute(update(Person).where(Person.id == person.id).values(password_hash=stored))
        sessions.revoke_all(db, person.id, now(), but=here.id if here else None)
        audit.note(db, actor=person.public_id, action="set_password", now=now())


def _nobody_is_here_yet() -> bool:
    with look() as db:
        return not has_admin(db)
