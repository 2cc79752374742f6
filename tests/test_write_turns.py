"""Who writes to SQLite without a pause lets the one who waits go first."""

import fcntl
import os
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from companion.db import make_engine, writing, writing_if_free
from companion.write_turns import SUFFIX, own_turn


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "words.db"


def engine_of(file: Path) -> Engine:
    return make_engine(f"sqlite:///{file}")


def is_taken(file: Path) -> bool:
    """Whether somebody has the turn."""
    turn = os.open(f"{file}{SUFFIX}", os.O_RDONLY)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(turn)
    return False


def test_whoever_has_written_comes_after_the_one_who_waits(file: Path) -> None:
    web, jobs, order = engine_of(file), engine_of(file), list[str]()

    def write_once(engine: Engine, name: str) -> None:
        with writing(engine) as session:
            session.connection()
            order.append(name)

    waiting = threading.Thread(target=write_once, args=(jobs, "jobs"))
    with writing(web) as session:
        session.connection()
        order.append("web")
        waiting.start()
        while not is_taken(file):
            pass
    write_once(web, "web again")
    waiting.join()

    assert order == ["web", "jobs", "web again"]


def test_whoever_waited_for_long_goes_on_without_the_turn_of_one_who_was_stopped(file: Path) -> None:
    with own_turn(str(file)), own_turn(str(file), wait_s=0.01):
        assert is_taken(file)


def test_what_can_wait_asks_for_no_turn(file: Path) -> None:
    engine = engine_of(file)

    with own_turn(str(file)), writing_if_free(engine) as connection:
        assert connection is not None


def test_no_turn_is_kept_while_writing_and_none_is_asked_for_by_readers_of_memory(file: Path) -> None:
    begun: list[bool] = []
    engine = engine_of(file)
    event.listen(engine, "commit", lambda _: begun.append(is_taken(file)))

    with writing(engine) as session:
        session.connection()
    with writing(make_engine("sqlite://")) as session:
        session.connection()

    assert begun == [False]
