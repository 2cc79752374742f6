"""What the databases say in words of their own, for statements that work through many doses at once.

Instants are integer milliseconds on SQLite and timestamptz on PostgreSQL (`db.UtcDateTime`).
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from companion.db import UtcDateTime


class Ids(TypeDecorator[Collection[int]]):
    """Many ids as one value: a statement with a place for each of 500 takes longer to write than to run."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(BigInteger))

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        ids = list(value or ())
        return json.dumps(ids) if dialect.name == "sqlite" else ids


class Among(FunctionElement[Any]):
    """(column, ids): whether the column holds one of them. Not called a Boolean: SQLAlchemy would compare it with 1 on
    SQLite, and no index would be used."""

    type = NullType()
    inherit_cache = True


class Milliseconds(FunctionElement[int]):
    """An instant as `clock.to_ms` tells it."""

    type = BigInteger()
    inherit_cache = True


class JustAfter(FunctionElement[Any]):
    """The first instant that is no longer the given one: a millisecond on."""

    type = UtcDateTime()
    inherit_cache = True


class InstantOf(FunctionElement[Any]):
    """Milliseconds as an instant: the way back from Milliseconds."""

    type = UtcDateTime()
    inherit_cache = True


class JsonObject(FunctionElement[Any]):
    """A JSON object of names and values in turn."""

    type = JSON()
    inherit_cache = True


class JsonArray(FunctionElement[Any]):
    """The values of a column of a group, as a JSON array."""

    type = JSON()
    inherit_cache = True


WORDS: dict[type[FunctionElement[Any]], dict[str, str]] = {
    Among: {"sqlite": "{} IN (SELECT value FROM json_each({}))", "postgresql": "{} = ANY ({})"},
    Milliseconds: {"sqlite": "{}", "postgresql": "CAST(extract(epoch FROM {}) * 1000 AS BIGINT)"},
    JustAfter: {"sqlite": "({} + 1)", "postgresql": "({} + INTERVAL '1 millisecond')"},
    InstantOf: {"sqlite": "({})", "postgresql": "to_timestamp(({}) / 1000.0)"},
    JsonObject: {"sqlite": "json_object({all})", "postgresql": "json_build_object({all})"},
    JsonArray: {"sqlite": "json_group_array({})", "postgresql": "json_agg({})"},
}


def _say(element: Any, compiler: Any, **how: Any) -> str:
    parts = [compiler.process(part, **how) for part in element.clauses]
    return WORDS[type(element)][compiler.dialect.name].format(*parts, all=", ".join(parts))


for words in WORDS:
    compiles(words)(_say)
