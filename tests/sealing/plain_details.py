"""What messages, tasks and alerts are worded from stands in the clear: ids, codes, numbers, instants, and no words."""

import json
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, text

from companion.care.regimens import UNITS
from companion.db import looking

WHERE = {"message": "params", "task": "details", "alert": "details"}
PLAIN = re.compile(
    r"""
      [a-z][a-z0-9]*(?:[_.:-][a-z0-9]+)*                        # a code of ours, or a key of several
    | [a-z]{2}_[A-Za-z0-9_-]+                                   # a public id
    | [A-Z]{2}[0-9a-f]{32} | [0-9a-f]{32,64}                    # a provider's id, a digest
    | -?\d+(?:\.\d+)?                                           # a number
    | (?:\d{4}-\d{2}-\d{2})?[ T]?(?:\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:\d{2})?   # a day, a time of day
    """,
    re.VERBOSE,
)


def words_in(engine: Engine) -> list[str]:
    """Texts among them that are none of that, or that name somebody or a medicine, as "table: text"."""
    with looking(engine) as connection:
        drugs = {drug.casefold() for drug in connection.scalars(text("SELECT drug FROM regimen"))}
        found = [
            (table, said)
            for table, column in WHERE.items()
            for row in connection.scalars(text(f"SELECT DISTINCT CAST({column} AS TEXT) FROM {table}"))
            for said in leaves(json.loads(row))
        ]
    return [f"{table}: {said}" for table, said in found if not is_plain(said) or said.casefold() in drugs]


def is_plain(said: str) -> bool:
    return said in UNITS or PLAIN.fullmatch(said) is not None


def leaves(told: Any) -> Iterator[str]:
    """Every text in it, at whatever depth, and what its parts are called."""
    if isinstance(told, dict):
        yield from told.keys()
    if isinstance(told, (dict, list)):
        for each in told.values() if isinstance(told, dict) else told:
            yield from leaves(each)
    elif isinstance(told, str):
        yield told
