"""Numbers of rows in addresses: none is larger than what every engine can be asked for."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**63 - 1
"""The largest integer of SQLite and of PostgreSQL's bigint; SQLite's driver fails beyond."""


class _RowNumber(IntegerConverter):
    def __init__(self, routes: Map, *arguments: Any, **options: Any) -> None:
        super().__init__(routes, *arguments, **{"max": LARGEST} | options)


def install(app: Flask) -> None:
    """`<int:…>` in a route fits such numbers only; there is no page for any other."""
    app.url_map.converters["int"] = _RowNumber


def row_number(text: str) -> int:
    """For `request.args.get(…, type=row_number)`. Raises ValueError for what is none."""
    number = int(text)
    if not 0 <= number <= LARGEST:
        raise ValueError("no row has such a number")
    return number
