"""Every answer is counted, by method, route and status, and how long it took: never by its address."""

from time import perf_counter

from flask import Flask, Response, g, request

from companion.counters import ANSWER_TIME, ANSWERS

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NONE = "none"
"""No such address. What was asked for instead may be anything, and is not told."""
OTHER = "other"


def install(app: Flask) -> None:
    """Installed before the rest: it begins first, and counts what is left when all others had their say."""
    app.before_request(begin)
    app.after_request(count)


def begin() -> None:
    g.began = perf_counter()


def count(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else NONE
    method = request.method if request.method in METHODS else OTHER
    ANSWERS.labels(method, route, response.status_code).inc()
    ANSWER_TIME.labels(route).observe(perf_counter() - g.began)
    return response
