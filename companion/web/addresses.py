"""Addresses of pages, each worked out once: a page names two dozen, and a list one for every row."""

from functools import lru_cache
from typing import Any

from flask import Flask, has_request_context, request

REMEMBERED = 8192
NOT_KEPT = frozenset({"_external", "_scheme", "token"})
"""An address with a host in it depends on who asks; a secret is nothing to remember."""


class Addresses:
    """`url_for` of one application, for its templates. An address is kept with all that it depends on: its arguments,
    and the path that the application is mounted at."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._kept = lru_cache(REMEMBERED, typed=True)(self._worked_out)

    def __call__(self, endpoint: str, /, **values: Any) -> str:
        if endpoint.startswith(".") or not has_request_context() or not NOT_KEPT.isdisjoint(values):
            return self._app.url_for(endpoint, **values)
        return self._kept(request.script_root, endpoint, **values)

    def _worked_out(self, _mounted_at: str, endpoint: str, /, **values: Any) -> str:
        return self._app.url_for(endpoint, **values)
