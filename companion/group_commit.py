"""One commit for everybody who waits: on SQLite, which has one writer, a durable commit is what writing costs most.

Whoever comes while nobody writes, writes at once. Whoever comes meanwhile waits, and the first of those who waited
then writes for all of them in one transaction: each piece of work under a savepoint, so that one that fails is undone
alone, and nobody is answered before the commit that makes all of it durable.
"""

from collections.abc import Callable
from threading import Event, Lock
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

T = TypeVar("T")

MOST_AT_ONCE = 32
"""So many pieces share a commit at most: the first of them should not wait for ever."""


def write(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Runs the work in a transaction and gives what it gives, once that is durable; raises what it raises, and
    nothing of it was kept. The work may run in the thread of another who waits, and must not write by itself to the
    same database. A server commits for many by its own means."""
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            return work(connection)
    return _writers.of(engine).write(engine, work)


class _Piece(Generic[T]):
    """One caller's work. Its caller wakes when it is done, or when it is the caller's turn to write for all."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.work = work
        self.woken = Event()
        self.is_done = False
        self._result: list[T] = []
        self._error: Exception | None = None

    def run(self, connection: Connection) -> None:
        self._result = [self.work(connection)]

    def fail(self, error: Exception) -> None:
        self._error = self._error or error

    def outcome(self) -> T:
        if self._error is not None:
            raise self._error
        return self._result[0]


class _Writer:
    """The pieces of one engine, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[_Piece[Any]] = []
        self._is_writing = False

    def write(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        piece = _Piece(work)
        with self._lock:
            self._waiting.append(piece)
            must_wait, self._is_writing = self._is_writing, True
        if must_wait:
            piece.woken.wait()
        if not piece.is_done:
            self._write_for_all(engine)
        return piece.outcome()

    def _write_for_all(self, engine: Engine) -> None:
        with self._lock:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        try:
            _commit(engine, group)
        except BaseException as error:
            for piece in group:
                piece.fail(error if isinstance(error, Exception) else RuntimeError("the thread that wrote was stopped"))
            raise
        finally:
            self._hand_over(group)

    def _hand_over(self, group: list[_Piece[Any]]) -> None:
        """The next who waits writes; those whose work is done go on."""
        with self._lock:
            next_one = self._waiting[0] if self._waiting else None
            self._is_writing = next_one is not None
        for piece in group:
            piece.is_done = True
            piece.woken.set()
        if next_one is not None:
            next_one.woken.set()


def _commit(engine: Engine, group: list[_Piece[Any]]) -> None:
    with engine.begin() as connection:
        if len(group) == 1:
            group[0].run(connection)
            return
        for piece in group:
            _run_apart(piece, connection)


def _run_apart(piece: _Piece[Any], connection: Connection) -> None:
    """Undone alone if it fails; where SQLite itself gave up the whole transaction (a full disk), so do we."""
    try:
        with connection.begin_nested():
            piece.run(connection)
    except Exception as error:
        piece.fail(error)
        if not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
            raise


class _Writers:
    """One for every engine of the process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_engine: WeakKeyDictionary[Engine, _Writer] = WeakKeyDictionary()

    def of(self, engine: Engine) -> _Writer:
        with self._lock:
            return self._by_engine.setdefault(engine, _Writer())


_writers = _Writers()
