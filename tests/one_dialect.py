"""SQLite for tests: every test has a database and so an engine of its own, and without this each would turn the same
few hundred statements into SQL again, which is a third of a test's time."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_STATEMENTS = LRUCache[Any, Any](2_000)


class OneSqlite(SQLiteDialect_pysqlite):
    """All are one and the same, made with nothing but their file; so what one compiled serves the others."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneSqlite)

    def __hash__(self) -> int:
        return hash(OneSqlite)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_STATEMENTS)


def share_what_is_compiled() -> None:
    """From now on, in this process."""
    registry.register("sqlite", __name__, OneSqlite.__name__)
