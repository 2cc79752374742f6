"""Each request has an id: in its answer, and in every line that is logged while it lasts."""

import re
from uuid import uuid4

from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

HEADER = "X-Request-ID"
SANE = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""As proxies make them. Whatever else a caller names a request by (a number to call, say) stays out of the logs."""


def install(app: Flask) -> None:
    """Before everything else, so that no line is without it."""
    app.before_request(name_request)
    app.after_request(tell_name)


def name_request() -> None:
    """The proxy's id for it, or a new one."""
    named = request.headers.get(HEADER, "")
    g.request_id = named if SANE.fullmatch(named) else uuid4().hex
    clear_contextvars()  # of the request that this thread served before
    bind_contextvars(request=g.request_id)


def tell_name(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    return response
