"""Several who write at once share a commit, and nobody pays for another's mistake."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from companion import group_commit
from companion.db import make_engine
from companion.group_commit import MOST_AT_ONCE, write

Work = Callable[[Connection], Any]


class House:
    """A database with one table, and how often it was committed to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine: Engine = make_engine(f"sqlite:///{path}")
        with self.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE word (word TEXT UNIQUE)")
        self.commits = 0
        event.listen(self.engine, "commit", self._count)

    def _count(self, _connection: Connection) -> None:
        self.commits += 1

    def durable(self) -> set[str]:
        """What anybody else sees of it."""
        with sqlite3.connect(self.path) as other:
            return {word for (word,) in other.execute("SELECT word FROM word")}

    def while_somebody_writes(self, works: list[Work]) -> list[Future[Any]]:
        """All of the works come while another piece is being written, and so wait for it together."""
        began, may_end = Event(), Event()

        def slow(connection: Connection) -> None:
            began.set()
            may_end.wait(10)

        with ThreadPoolExecutor(len(works) + 1) as callers:
            callers.submit(write, self.engine, slow)
            began.wait(10)
            ended = [callers.submit(write, self.engine, work) for work in works]
            while self.waiting() < len(works):
                pass
            may_end.set()
        return ended

    def waiting(self) -> int:
        return len(group_commit._writers.of(self.engine)._waiting)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "words.db")
    yield house
    house.engine.dispose()


def say(word: str) -> Work:
    def work(connection: Connection) -> str:
        connection.exec_driver_sql("INSERT INTO word VALUES (?)", (word,))
        return word

    return work


def fail_after(word: str) -> Work:
    def work(connection: Connection) -> None:
        say(word)(connection)
        raise LookupError(word)

    return work


def test_what_was_answered_is_durable(house: House) -> None:
    answer = write(house.engine, say("one"))

    assert answer == "one"
    assert house.durable() == {"one"}


def test_who_waits_together_is_committed_together(house: House) -> None:
    words = [f"word {number}" for number in range(8)]

    answers = [each.result() for each in house.while_somebody_writes([say(word) for word in words])]

    assert answers == words
    assert house.durable() == set(words)
    assert house.commits == 2  # of the piece that was being written, and of the eight


def test_a_piece_that_fails_is_undone_alone(house: House) -> None:
    first, wrong, last = house.while_somebody_writes([say("first"), fail_after("wrong"), say("last")])

    assert (first.result(), last.result()) == ("first", "last")
    with pytest.raises(LookupError):
        wrong.result()
    assert house.durable() == {"first", "last"}


def test_a_piece_alone_that_fails_leaves_nothing_and_the_next_one_writes(house: House) -> None:
    with pytest.raises(LookupError):
        write(house.engine, fail_after("wrong"))

    write(house.engine, say("next"))

    assert house.durable() == {"next"}


def test_where_the_commit_fails_nobody_is_told_that_it_is_kept(house: House) -> None:
    def give_up(connection: Connection) -> None:
        """As SQLite does by itself when the disk is full."""
        connection.connection.cursor().execute("ROLLBACK")
        raise OSError("the disk is full")

    ended = house.while_somebody_writes([say("before"), give_up, say("after")])

    assert all(isinstance(each.exception(), Exception) for each in ended)
    assert house.durable() == set()
    assert write(house.engine, say("later")) == "later"


def test_more_than_fit_into_one_commit_are_written_in_turns(house: House) -> None:
    words = [f"word {number}" for number in range(MOST_AT_ONCE + 5)]

    ended = house.while_somebody_writes([say(word) for word in words])

    assert {each.result() for each in ended} == set(words) == house.durable()
    assert house.commits == 3


def test_a_thread_that_is_stopped_lets_the_others_go(house: House) -> None:
    def stop(_connection: Connection) -> None:
        raise SystemExit

    ended = house.while_somebody_writes([stop, say("beside")])

    assert isinstance(ended[0].exception(), SystemExit)
    assert isinstance(ended[1].exception(), RuntimeError)
    assert write(house.engine, say("later")) == "later"


def test_writers_without_a_rest_lose_nothing(house: House) -> None:
    def many(writer: int) -> None:
        for number in range(25):
            write(house.engine, say(f"{writer} {number}"))

    with ThreadPoolExecutor(6) as callers:
        list(callers.map(many, range(6)))

    assert house.durable() == {f"{writer} {number}" for writer in range(6) for number in range(25)}
    assert house.commits <= 150
