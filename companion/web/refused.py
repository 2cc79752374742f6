"""Who was refused what is in the log, by ids: so that somebody who tries doors is seen."""

import structlog
from flask import Flask, Response, g, request

from companion.web.context import found_actor

log = structlog.get_logger()

REFUSED = frozenset({401, 403, 404, 429})
"""404 among them: the gate says so of a patient whom the caller may not know of."""


def install(app: Flask) -> None:
    app.after_request(note)


def note(response: Response) -> Response:
    """By route, never by address. An address that there is not was refused to nobody."""
    if response.status_code in REFUSED and request.url_rule is not None:
        log.info("refused", status=response.status_code, method=request.method, route=request.url_rule.rule, who=_who())
    return response


def _who() -> str | None:
    """A person's public id, or a hub's; None for nobody known."""
    known = found_actor() or g.get("known_hub")
    return None if known is None else str(known.public_id)
