"""What a line in the log looks like, and what it never says."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from structlog.contextvars import bound_contextvars

from companion.db import make_engine, writing
from companion.logs import where_it_failed
from tests.written_logs import written_logs

CANARY = "Kanarienvogel"


@pytest.fixture
def lines() -> Iterator[Any]:
    """What the service would have logged since, line by line."""
    with written_logs() as written:
        yield lambda: [json.loads(line) for line in written().splitlines()]


def told(error: BaseException) -> str:
    return where_it_failed((type(error), error, error.__traceback__))


def test_a_line_is_json_with_its_level_its_time_and_the_name_of_what_goes_on(lines: Any) -> None:
    with bound_contextvars(request="r1"):
        structlog.get_logger().info("something happened", count=3)

    (line,) = lines()
    assert (line["event"], line["level"], line["count"], line["request"]) == ("something happened", "info", 3, "r1")
    assert line["timestamp"].endswith("Z")


def test_libraries_speak_in_the_same_form(lines: Any) -> None:
    with bound_contextvars(request="r1"):
        logging.getLogger("some.library").warning("it is %s", "late")
        logging.getLogger("some.library").info("not worth a line")

    assert [(line["event"], line["level"], line["request"]) for line in lines()] == [("it is late", "warning", "r1")]


@pytest.mark.parametrize("log", [structlog.get_logger(), logging.getLogger("some.library")], ids=["ours", "library"])
def test_an_error_tells_where_and_of_what_kind_and_not_its_words(lines: Any, log: Any) -> None:
    try:
        int(CANARY)
    except ValueError:
        log.exception("it failed")

    (line,) = lines()
    assert CANARY not in str(line)
    assert line["exception"].endswith("builtins.ValueError")
    assert "test_logs.py" in line["exception"]


def test_what_an_error_came_of_is_told_first() -> None:
    try:
        try:
            int(CANARY)
        except ValueError as first:
            raise KeyError(CANARY) from first
    except KeyError as error:
        found = told(error)

    assert found.index("builtins.ValueError") < found.index("builtins.KeyError")


def test_an_error_of_the_system_or_a_database_tells_its_code(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        (tmp_path / CANARY).read_bytes()
    engine = make_engine(f"sqlite:///{tmp_path}/a.db")
    with writing(engine) as session:
        session.execute(text("CREATE TABLE a (b TEXT UNIQUE)"))

    with pytest.raises(IntegrityError) as twice, writing(engine) as session:
        session.execute(text("INSERT INTO a VALUES (:b), (:b)"), {"b": CANARY})

    assert told(missing.value).endswith("builtins.FileNotFoundError 2")
    assert "sqlite3.IntegrityError SQLITE_CONSTRAINT_UNIQUE" in told(twice.value)
    assert CANARY not in str(twice.value)
