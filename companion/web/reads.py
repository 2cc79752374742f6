"""Who is shown whose health data is written down before the answer leaves, whatever route it is: see docs/audit.md."""

from flask import Flask, Response, current_app, g, request

from companion.care.read_log import note_reads
from companion.web.access import Action, Declaration, declaration_of
from companion.web.context import Shown, found_actor, hub, now, outside

SHOW_NONE = frozenset(
    {
        Action.ENROL,
        Action.LINK_PEOPLE,
        Action.EDIT_CONTACTS,
        Action.SEE_OWN_LOG,
        Action.MANAGE_SHARING,
        Action.ASK_ERASURE,
        Action.SETTLE_ERASURE,
    }
)
"""Acts about a patient whose pages show no health data; all others count as showing it."""
SHOWN_WITH = frozenset({409, 410, 412, 422, 428})
"""Refusals that come with the page, or with the present state of what was asked for."""
NO_CONTENT = 204
SHOWN_BY_LINK = "link"
"""What was shown by a route that is open to everybody, and opened by a secret in its address."""


def install(app: Flask) -> None:
    app.after_request(note_what_is_shown)


def note_what_is_shown(response: Response) -> Response:
    """Durable when it returns. If it fails, the answer is an error page."""
    who, patients = _who(), _whose() if _shows(response) else ()
    if who and patients:
        route = f"{request.method} {request.endpoint}"[:60]
        ids = sorted({patient.public_id for patient in patients})
        note_reads(outside().engine, who=who, patients=ids, kind=_kind(), route=route, now=now())
    return response


def _shows(response: Response) -> bool:
    is_given = 200 <= response.status_code < 300 and response.status_code != NO_CONTENT
    return is_given or response.status_code in SHOWN_WITH


def _whose() -> list[Shown]:
    """As the view said; else everybody on whom its list could be; else the patient whom the request is about."""
    declaration = _declaration()
    if "shown" in g:
        return list(g.shown)
    if declaration is None or declaration.action is None or declaration.action in SHOW_NONE:
        return []
    if declaration.over_list:
        return list(g.get("listed", ()))
    return [g.subject] if g.get("subject") else []


def _who() -> str:
    """A hub reads nothing: it only brings values, and is told which ones it need not bring."""
    actor = found_actor()
    if hub() is not None:
        return ""
    return g.get("shown_by") or (actor.public_id if actor else "")


def _kind() -> str:
    declaration = _declaration()
    action = declaration.action if declaration else None
    return action.value if action else SHOWN_BY_LINK


def _declaration() -> Declaration | None:
    if request.endpoint is None:
        return None
    return declaration_of(current_app.view_functions[request.endpoint], request.method)
