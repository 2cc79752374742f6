"""How a route of the API is declared: its address, what it takes, what it gives, in one place."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask_smorest.blueprint import Blueprint
from marshmallow import Schema
from werkzeug.exceptions import HTTPException

from companion.errors import BadInput, Unavailable
from companion.web.api import problems, schemas

View = TypeVar("View", bound=Callable[..., Any])

PREFIX = "/api/v1"
api: Any = Blueprint("api", __name__, url_prefix=PREFIX)  # type: ignore[no-untyped-call]
api.register_error_handler(problems.Problem, problems.tell)
api.register_error_handler(HTTPException, problems.tell_http)
api.register_error_handler(BadInput, problems.tell_bad_input)
api.register_error_handler(Unavailable, problems.tell_unavailable)


def endpoint(
    method: str,
    address: str,
    *,
    gives: type[Schema] | dict[str, Any],
    content_type: str = "application/json",
    takes: type[Schema] | None = None,
    query: type[Schema] | None = None,
    status: int = 200,
    or_status: int | None = None,
    may_fail: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Registers the view. It is called with the checked body or query, then with the address's arguments.

    Put it above the gate's declaration. `may_fail` are statuses of its own, beside those every route has; `or_status`
    is one of success, with the same body. What is no JSON (`content_type`) is described by its schema, in the words of
    OpenAPI.
    """

    def register(view: View) -> View:
        documented: Any = api.response(status, gives, content_type=content_type)(view)
        if takes is not None:
            documented = api.arguments(takes, content_type="application/json")(documented)
        if query is not None:
            documented = api.arguments(query, location="query")(documented)
        if or_status is not None:
            documented = api.alt_response(or_status, schema=gives)(documented)
        for code in sorted({401, 403, 404, 429, *may_fail}):
            documented = api.alt_response(code, schema=schemas.ProblemOut, content_type=problems.CONTENT_TYPE)(
                documented
            )
        api.route(address, methods=[method])(documented)
        return view

    return register
