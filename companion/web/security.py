"""What every answer says to the browser, and the two checks that a write comes from our own page."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from companion.sent.files import AT_MOST
from companion.settings import Settings


class _Csrf(CSRFProtect):
    """No page can make a browser send the token of a hub, a record system or a program: who came in by one needs no
    other proof."""

    def protect(self, apply_exemptions: bool = False) -> None:
        if all(g.get(each) is None for each in ("hub", "record_client", "integration")):
            super().protect(apply_exemptions)  # type: ignore[no-untyped-call]


csrf = _Csrf()  # type: ignore[no-untyped-call]
"""Every POST carries a token of its session. Hooks that a provider calls are exempted one by one."""

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OWN_SITE = ("same-origin", "none")
MAX_FORM_BYTES = 21 * 2**20
"""More than any form or batch needs; only the page for files takes more."""
TAKES_FILES = "uploads.send"
YEAR_SECONDS = 365 * 24 * 3600

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "bluetooth=(self), camera=(), geolocation=(), microphone=()",
}


def install(app: Flask, settings: Settings) -> None:
    """Sets up the checks and the headers. The token's cookie is Flask's own signed session."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-form" if settings.is_https else "form",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a form left open overnight still works: the session is what expires
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    if settings.is_https:
        # The service itself speaks HTTP, so HTTPS means one proxy in front that tells whom it speaks for.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.before_request(refuse_other_sites)
    app.before_request(allow_large_files)
    csrf.init_app(app)  # type: ignore[no-untyped-call]

    @app.after_request
    def add_headers(response: Response) -> Response:
        return with_headers(response, is_https=settings.is_https)


def refuse_other_sites() -> None:
    """A write that the browser says another site asked for is refused; what is no browser says nothing."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    asked_by = request.headers.get("Sec-Fetch-Site", "none")
    if asked_by not in OWN_SITE or (origin is not None and urlsplit(origin).netloc != request.host):
        abort(403)


def allow_large_files() -> None:
    """Before anything of the request is read: a file goes to the disk as it comes (`streamed`), so it may be large."""
    if request.endpoint == TAKES_FILES:
        request.max_content_length = AT_MOST + 2**20


def with_headers(response: Response, *, is_https: bool) -> Response:
    """Adds the headers. Pages are never kept by a browser; our own files whose address carries a version are. A
    script that another one imports has none, and is asked for anew."""
    response.headers.update(HEADERS)
    if is_https:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}; includeSubDomains"
    if request.endpoint == "static" and response.status_code == 200 and request.args.get("v"):
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response
