"""SQLite for tests: every test has a database and so an engine of its own, and without this each would turn the same
few hundred statements into SQL again, which is a third of a test's time."""

import threading
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from companion.sealing.keyring import KEYS

_STATEMENTS = LRUCache[Any, Any](2_000)
_LAST = threading.local()
"""The dialect that this thread asked last: with the statements what turns their rows into values is shared, too, and
that opens by the keys of the dialect it was made for."""


class OneSqlite(SQLiteDialect_pysqlite):
    """All are one and the same, made with nothing but their file; so what one compiled serves the others."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneSqlite)

    def __hash__(self) -> int:
        return hash(OneSqlite)

    def do_execute(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        if hasattr(self, "_own_keys"):
            _LAST.dialect = self
        super().do_execute(cursor, statement, parameters, context)

    def _keys(self) -> Any:
        return getattr(_LAST.dialect, "_own_keys", None)

    def _use(self, keys: Any) -> None:
        self._own_keys = keys

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_STATEMENTS)


setattr(OneSqlite, KEYS, property(OneSqlite._keys, OneSqlite._use))


def share_what_is_compiled() -> None:
    """From now on, in this process."""
    registry.register("sqlite", __name__, OneSqlite.__name__)
