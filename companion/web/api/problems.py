"""Every error of the API as problem+json (RFC 9457), with a code that programs can rely on."""

from collections.abc import Mapping
from typing import Any

import structlog
from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.http import HTTP_STATUS_CODES

from companion.errors import BadInput, Closed, Unavailable

log = structlog.get_logger()

CONTENT_TYPE = "application/problem+json"

CODES = {
    400: "bad_request",
    401: "sign_in_needed",
    403: "not_yours_to_do",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    412: "data_changed",
    413: "too_large",
    415: "not_json",
    422: "invalid",
    428: "if_match_needed",
    429: "too_many_requests",
    500: "internal",
    503: "unavailable",
}
TRY_AGAIN_SECONDS = "60"


class Problem(Exception):
    """What stops a request: a status, a code, and what to do. `more` are further members of the document."""

    def __init__(
        self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers, self.more = status, code, detail, headers or {}, more


def document(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> ResponseReturnValue:
    """The answer that says so."""
    body = {
        "type": f"urn:companion:problem:{code}",
        "title": HTTP_STATUS_CODES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
    }
    response = jsonify(body | more)
    response.content_type = CONTENT_TYPE
    response.headers.update(headers or {})
    return response, status


def tell(problem: Problem) -> ResponseReturnValue:
    return document(problem.status, problem.code, problem.detail, problem.headers, **problem.more)


def tell_http(error: HTTPException) -> ResponseReturnValue:
    """What Flask, the gate or the schemas refuse."""
    status = error.code or InternalServerError.code
    if isinstance(error, CSRFError):
        return document(400, "csrf", "Send the csrf_token of /api/v1/me as X-CSRFToken.")
    told = getattr(error, "data", None) or {}
    if "messages" in told:
        return document(status, CODES[422], "The request does not fit its schema.", errors=pointers(told["messages"]))
    return document(status, CODES.get(status, "error"), str(error.description or ""))


def tell_bad_input(bad: BadInput) -> ResponseReturnValue:
    detail = "; ".join(part for part in (bad.what, bad.advice) if part)
    return document(422, CODES[422], detail, errors=[{"pointer": f"/{bad.where}", "detail": bad.what}])


def tell_unavailable(away: Unavailable) -> ResponseReturnValue:
    """Nothing of the request is acknowledged; the same again, later, is safe."""
    log.warning("unavailable", reason=str(away))
    headers = {"Retry-After": TRY_AGAIN_SECONDS}
    why = "Readings are being moved" if isinstance(away, Closed) else "The store of readings does not answer"
    return document(503, CODES[503], f"{why}. Send the same again later.", headers)


def pointers(messages: Any, path: str = "") -> list[dict[str, str]]:
    """marshmallow's nested messages as a flat list, each with the JSON pointer of what it is about."""
    if isinstance(messages, dict):
        inner = ((name, path if name in ("json", "query", "_schema") else f"{path}/{name}") for name in messages)
        return [found for name, place in inner for found in pointers(messages[name], place)]
    told = messages if isinstance(messages, list) else [messages]
    return [{"pointer": path or "/", "detail": str(each)} for each in told]
