"""Addresses of pages that take no arguments, each worked out once: a page names two dozen of them."""

from typing import Any

from flask import Flask, has_request_context, request


class Addresses:
    """`url_for` of one application, for its templates. An address is kept with the path that the application is
    mounted at, on which it depends."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._kept: dict[tuple[str, str], str] = {}

    def __call__(self, endpoint: str, /, **values: Any) -> str:
        if values or endpoint.startswith(".") or not has_request_context():
            return self._app.url_for(endpoint, **values)
        key = request.script_root, endpoint
        if key not in self._kept:
            self._kept[key] = self._app.url_for(endpoint)
        return self._kept[key]
