"""Where somebody is signed in, signing those browsers out, and staying signed in on a page that was left open."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from companion.care import audit
from companion.web.access import Action, guarded, public
from companion.web.context import actor, changes, look, now, web_session
from companion.web.door import sessions
from companion.web.door.browsers import in_short

blueprint = Blueprint("own_sessions", __name__)


@blueprint.get("/account/browsers")
@guarded(Action.SEE_OWN_SESSIONS)
def index() -> str:
    with look() as db:
        mine = sessions.running_sessions(db, actor().id, now())
    return render_template("auth/browsers.html", sessions=mine, this=web_session(), in_short=in_short)


@blueprint.post("/account/sessions/<session_id>/end")
@guarded(Action.SEE_OWN_SESSIONS)
def end(session_id: str) -> Response:
    with changes() as db:
        if not sessions.revoke(db, actor().id, session_id, now()):
            abort(404)
        audit.note(db, actor=actor().public_id, action="ended_session", now=now(), ended=session_id)
    flash(_("That browser is signed out."))
    return redirect(url_for(".index"))


@blueprint.post("/account/sessions/end-others")
@guarded(Action.SEE_OWN_SESSIONS)
def end_others() -> Response:
    """For a phone that was lost, or when one is not sure."""
    here = web_session()
    assert here is not None, "the gate let a session in"
    with changes() as db:
        sessions.revoke_all(db, actor().id, now(), but=here.id)
        audit.note(db, actor=actor().public_id, action="ended_other_sessions", now=now())
    flash(_("All other browsers are signed out."))
    return redirect(url_for(".index"))


@blueprint.post("/account/stay")
@guarded(Action.SEE_OWN_SESSIONS)
def stay() -> tuple[str, int]:
    """Somebody is still there: the gate has just noted it."""
    return "", 204


@blueprint.get("/signed-out")
@public
def signed_out() -> str:
    """Where a page goes that nobody used for too long. Says nothing of anybody, also while the session still runs."""
    return render_template("auth/signed_out.html", me=None, places=[], standing_in_for=None)
