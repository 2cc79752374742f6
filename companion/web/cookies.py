"""The cookies: one secret that opens the session, and two tastes (large print, language) that are no secret."""

from datetime import timedelta

from werkzeug.wrappers import Request, Response

from companion.care.people import Person
from companion.settings import Settings
from companion.web.door.sessions import STAFF, lifetime_of

PRINT_COOKIE = "print"
LANGUAGE_COOKIE = "language"
TASTE_KEPT = timedelta(days=365)


def session_cookie(settings: Settings) -> str:
    return _bound("companion", settings)


def _bound(name: str, settings: Settings) -> str:
    """`__Host-` makes the browser itself insist on HTTPS, this host and the whole site; HTTP cannot have it."""
    return f"__Host-{name}" if settings.is_https else name


def set_session_cookie(response: Response, settings: Settings, token: str, person: Person) -> None:
    """Hands the secret to the browser. At the clinic it goes when the browser closes; at home it stays."""
    response.set_cookie(
        session_cookie(settings),
        token,
        max_age=None if person.role in STAFF else lifetime_of(person.role).total,
        httponly=True,
        secure=settings.is_https,
        samesite="Lax",
    )


def drop_session_cookie(response: Response, settings: Settings) -> None:
    response.delete_cookie(session_cookie(settings), httponly=True, secure=settings.is_https, samesite="Lax")


def set_taste(response: Response, settings: Settings, name: str, value: str) -> None:
    bound = _bound(name, settings)
    response.set_cookie(bound, value, max_age=TASTE_KEPT, httponly=True, secure=settings.is_https, samesite="Lax")


def taste(request: Request, settings: Settings, name: str) -> str | None:
    """What was chosen in this browser. A cookie from before they were bound to the host still counts: whoever chose
    large print shall not have to find it again."""
    return request.cookies.get(_bound(name, settings)) or request.cookies.get(name)
