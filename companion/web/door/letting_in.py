"""How everybody comes in, by whatever they showed: perhaps the second factor is asked for first; then a session opens
under a new secret, and the one this browser had ends."""

from flask import redirect, render_template, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.people import Person
from companion.care.sign_in_links import use_link
from companion.web.context import changes, found_actor, look, now, outside, web_session
from companion.web.cookies import set_session_cookie
from companion.web.door import sessions
from companion.web.door.factors import has_app, has_factor
from companion.web.door.half_open import begin_half
from companion.web.door.limits import Door, count_here, network_of
from companion.web.door.sessions import STAFF, OpenedBy

HALF_OPEN = "half_open"
"""Where the form's signed cookie keeps the secret of a sign-in that waits for its second half."""
NOTED_AS = {
    OpenedBy.PASSWORD: "signed_in",
    OpenedBy.LINK: "entered_by_link",
    OpenedBy.PASSKEY: "signed_in_by_passkey",
}


def open_door(person: Person, by: OpenedBy, target: str) -> Response:
    """In, or first to the page that asks for a code of the app. A passkey is two factors already."""
    if by is not OpenedBy.PASSKEY and _has_app(person):
        return _ask_for_code(person, by, target)
    return let_in(person, by, target)


def let_in_by_link(token: str) -> Response | tuple[str, int]:
    """Whoever has a link that was not used; everybody else is told that it is over, and counted."""
    with changes() as db:
        person = use_link(db, token, now())
    if person is None:
        count_here(Door.LINK)
        return render_template("auth/link_is_over.html"), 410
    return open_door(person, OpenedBy.LINK, url_for("home.index"))


def let_in(person: Person, by: OpenedBy, target: str) -> Response:
    """Everything that had to be shown was shown."""
    end_this_session("signed_out")
    with changes() as db:
        token = sessions.open_session(
            db,
            person,
            by=by,
            address=network_of(request.remote_addr or ""),
            browser=request.user_agent.string,
            now=now(),
            needs_factor=_needs_factor(db, person),
        )
        audit.note(db, actor=person.public_id, action=NOTED_AS[by], now=now())
    session.clear()  # the form token of before is of no use to whoever planted it
    response = redirect(target)
    set_session_cookie(response, outside().settings, token, person)
    return response


def end_this_session(action: str) -> None:
    """The one that this browser has, if it has one."""
    here, person = web_session(), found_actor()
    if here is None or person is None:
        return
    with changes() as db:
        sessions.revoke(db, person.id, here.public_id, now())
        audit.note(db, actor=person.public_id, action=action, now=now())


def freshen_here(person: Person, action: str) -> str:
    """The person showed again that it is them: this session's new secret."""
    here = web_session()
    assert here is not None, "the gate let a session in"
    with changes() as db:
        token = sessions.freshen(db, here, now())
        audit.note(db, actor=person.public_id, action=action, now=now())
    return token


def _ask_for_code(person: Person, by: OpenedBy, target: str) -> Response:
    with changes() as db:
        session[HALF_OPEN] = begin_half(db, person, by, now())
    return redirect(url_for("second_factor.ask", next=target))


def _has_app(person: Person) -> bool:
    with look() as db:
        return has_app(db, person.id)


def _needs_factor(db: Session, person: Person) -> bool:
    """Whether the clinic asks its staff for more than this person has."""
    return outside().settings.staff_needs_factor and person.role in STAFF and not has_factor(db, person.id)
