"""Error pages that say what to do next; for programs, the same as problem+json (RFC 9457)."""

from typing import Any

import structlog
from flask import Flask, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError

from companion.errors import BadInput, Closed, Unavailable

log = structlog.get_logger()

Words = tuple[LazyString, LazyString]

WORDS: dict[int, Words] = {
    400: (
        _l("This could not be understood"),
        _l("Go back, check what you entered, and send it again."),
    ),
    401: (
        _l("Please sign in first"),
        _l("You were signed out. Sign in and do it again; nothing was changed."),
    ),
    403: (
        _l("This is not open to you"),
        _l("If you think it should be, ask the clinic."),
    ),
    404: (
        _l("There is nothing here for you"),
        _l("The page may have moved. Go to the first page and look from there."),
    ),
    405: (
        _l("This address does not work that way"),
        _l("Go to the first page and look from there."),
    ),
    409: (
        _l("Somebody was faster"),
        _l("This was already decided. Open the page again to see how."),
    ),
    412: (
        _l("Something changed meanwhile"),
        _l("The figures behind this page are new. Open it again and look before you decide."),
    ),
    413: (
        _l("This file is too large"),
        _l("Send a file of at most 2 GB, or split it by years."),
    ),
    429: (
        _l("Too many attempts"),
        _l("Wait 15 minutes and try again, or ask the clinic for a one-time link."),
    ),
    500: (
        _l("Something went wrong on our side"),
        _l("Nothing was lost. Try again in a minute; if it stays like this, call the clinic."),
    ),
    503: (
        _l("The values cannot be reached just now"),
        _l(
            "Nothing that was stored is lost, and devices keep what they measured. Come back in a few minutes; what "
            "you just entered may have to be entered again. If you feel unwell now, call the clinic."
        ),
    ),
}
FORM_TOO_OLD: Words = (
    _l("This form is too old"),
    _l("Go back, load the page again, and send it once more. Nothing was changed."),
)
CLOSED: Words = (
    _l("Nothing new can be taken in just now"),
    _l(
        "The clinic is moving its readings; this takes a few minutes. What was stored is there to be read, and devices "
        "keep what they measured. Come back later and enter it again. If you feel unwell now, call the clinic."
    ),
)
BAD_REQUEST, AWAY = 400, 503
TRY_AGAIN_SECONDS = "60"


def install(app: Flask) -> None:
    app.log_exception = note_unexpected  # type: ignore[method-assign]
    app.register_error_handler(HTTPException, tell)
    app.register_error_handler(BadInput, tell_bad_input)
    for unfit in (DataError, UnicodeEncodeError):
        app.register_error_handler(unfit, tell_unfit)
    app.register_error_handler(Unavailable, tell_unavailable)


def note_unexpected(exc_info: Any) -> None:
    """What nobody expected, for the engineer. Flask itself would tell the address, and some addresses hold a secret."""
    log.error("request failed", endpoint=request.endpoint, method=request.method, exc_info=exc_info)


def tell(error: HTTPException) -> ResponseReturnValue:
    """Any error of HTTP. Redirects that werkzeug raises (a missing slash) pass through."""
    status = error.code or InternalServerError.code
    if status < BAD_REQUEST:
        return error.get_response()
    title, advice = FORM_TOO_OLD if isinstance(error, CSRFError) else WORDS.get(status, WORDS[BAD_REQUEST])
    if wants_json():
        return _with_headers_of(error, problem(status, str(error.name), str(error.description or "")))
    return _with_headers_of(error, (render_template("error.html", status=status, title=title, advice=advice), status))


def _with_headers_of(error: HTTPException, told: ResponseReturnValue) -> ResponseReturnValue:
    """What belongs to the status beside its words, as `Allow` to 405 (RFC 9110 §15.5.6)."""
    response = make_response(told)
    response.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    return response


def tell_bad_input(bad: BadInput) -> ResponseReturnValue:
    """Input that a page passed on unchecked: 400, with what was said about it."""
    if wants_json():
        return problem(BAD_REQUEST, "Bad input", str(bad))
    title, advice = WORDS[BAD_REQUEST]
    return render_template("error.html", status=BAD_REQUEST, title=title, advice=advice, said=str(bad)), BAD_REQUEST


def tell_unfit(error: Exception) -> ResponseReturnValue:
    """What no database keeps, as a zero byte or half a character: 400. Its transaction was rolled back."""
    log.warning("unfit for the database", endpoint=request.endpoint, kind=type(error).__name__)
    return tell(BadRequest())


def tell_unavailable(away: Unavailable) -> ResponseReturnValue:
    """A server behind this one does not answer: nobody's mistake, and worth another try. Why is for the engineer."""
    log.warning("unavailable", reason=str(away))
    title, advice = CLOSED if isinstance(away, Closed) else WORDS[AWAY]
    response = make_response(render_template("error.html", status=AWAY, title=title, advice=advice), AWAY)
    response.headers["Retry-After"] = TRY_AGAIN_SECONDS
    return response


def wants_json() -> bool:
    """Programs talk under /api/."""
    return request.path.startswith("/api/")


def problem(status: int, title: str, detail: str) -> ResponseReturnValue:
    """A problem document."""
    response = jsonify(type="about:blank", status=status, title=title, detail=detail)
    response.content_type = "application/problem+json"
    return response, status
