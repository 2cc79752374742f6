"""The door: signing in and out, one-time links, typing the password again, and one's own sessions."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import update
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.common_passwords import check_is_uncommon
from companion.care.people import Person, hash_password
from companion.errors import BadInput
from companion.web.access import Action, guarded, public
from companion.web.context import (
    actor,
    changes,
    fresh_authentication,
    look,
    now,
    outside,
    safe_next,
    web_session,
)
from companion.web.cookies import drop_session_cookie, set_session_cookie
from companion.web.door import sessions
from companion.web.door.first_admin import has_admin
from companion.web.door.keyring import keys_of
from companion.web.door.letting_in import end_this_session, freshen_here, let_in_by_link, open_door
from companion.web.door.limits import TooManyAttemptsError
from companion.web.door.sessions import STAFF, OpenedBy
from companion.web.door.sign_in import check_password
from companion.web.forms import Form
from companion.web.schemas import ConfirmPasswordSchema, NewPasswordSchema, SignInSchema

blueprint = Blueprint("auth", __name__)
Answer = str | Response | tuple[str, int]
FORGET = '"cache"'
"""What a browser is told to forget at signing out: pages. Not its storage, where answers may wait that were given
without a network, and where a device keeps that it gets notifications."""
View = TypeVar("View", bound=Callable[..., Any])


def needs_fresh_password(view: View) -> View:
    """For pages that show and take a form at one address: the password was typed or a passkey used here within 15
    minutes, or is asked for first.
    """

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Any:
        if not fresh_authentication(now()):
            return redirect(url_for("auth.confirm_password", next=request.full_path.rstrip("?")))
        return view(*args, **kwargs)

    return asked  # type: ignore[return-value]


def is_sure(person: Person) -> bool:
    """Whether what lets the person in may be changed now: it is fresh, or they have nothing of their own yet and came
    with a link."""
    if fresh_authentication(now()):
        return True
    with look() as db:
        return not (person.password_hash or keys_of(db, person.id))


def needs_sure(view: View) -> View:
    """As `needs_fresh_password`, for pages on what lets the person in."""

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Any:
        if not is_sure(actor()):
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
            return open_door(person, OpenedBy.PASSWORD, safe_next(request.form.get("next")))
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
    return let_in_by_link(token)


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    response = redirect(url_for("auth.sign_in"))
    end_this_session("signed_out")
    session.clear()
    drop_session_cookie(response, outside().settings)
    response.headers["Clear-Site-Data"] = FORGET
    return response


@blueprint.route("/confirm-password", methods=["GET", "POST"])
@guarded(Action.SEE_OWN_SESSIONS)
def confirm_password() -> Answer:
    """By the password, or in its place by a passkey."""
    person, target = actor(), safe_next(request.values.get("next"))
    with look() as db:
        has_key = bool(keys_of(db, person.id))
    if not person.password_hash and not has_key:
        return redirect(url_for("auth.new_password", next=target))
    form = Form(ConfirmPasswordSchema())
    if person.password_hash and form.is_valid():
        if _person_with(person.login or "", form.data["password"]) is not None:
            return _freshen(target)
        form.errors["password"] = _("The password is not right.")
    return render_template("auth/confirm_password.html", form=form, next=target, has_key=has_key), form.status


@blueprint.get("/account")
@guarded(Action.SEE_OWN_SESSIONS)
def account() -> str:
    return render_template("auth/account.html", is_staff=actor().role in STAFF)


@blueprint.route("/account/password", methods=["GET", "POST"])
@guarded(Action.SEE_OWN_SESSIONS)
def new_password() -> Answer:
    """A first password may be set by whoever came with the invitation; a change needs the present one, or a passkey."""
    person, target = actor(), safe_next(request.values.get("next"))
    if not is_sure(person):
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


def _freshen(target: str) -> Response:
    token = freshen_here(actor(), "confirmed_password")
    response = redirect(target)
    set_session_cookie(response, outside().settings, token, actor())
    return response


def _set_password(person: Person, password: str) -> None:
    """Sets it and ends every other session: who knew the old one is out."""
    stored = hash_password(password)
    check_is_uncommon(password, person.login, person.name, outside().settings.clinic_name)
    here = web_session()
    with changes() as db:
        db.execute(update(Person).where(Person.id == person.id).values(password_hash=stored))
        sessions.revoke_all(db, person.id, now(), but=here.id if here else None)
        audit.note(db, actor=person.public_id, action="set_password", now=now())


def _nobody_is_here_yet() -> bool:
    with look() as db:
        return not has_admin(db)
