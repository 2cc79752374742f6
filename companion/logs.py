"""Logs for the engineer on call: events with ids, never health data, names, numbers to call, or secrets."""

import logging
import sys
from collections.abc import Iterator
from traceback import format_tb
from types import TracebackType
from typing import TypeAlias

import structlog

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]

CODES = ("sqlstate", "sqlite_errorname", "errno")
"""Attributes by which databases and systems say what went wrong, in words of their own."""


def set_up_logs(*, as_json: bool, level: int = logging.INFO) -> None:
    """One line an event on standard error: readable, or JSON for a log collector. Libraries speak from WARNING on, in
    the same form."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(where_it_failed),
    ]
    structlog.configure(
        processors=[*processors, renderer],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_of_libraries(processors, renderer)])


def _of_libraries(
    processors: list[structlog.typing.Processor], renderer: structlog.typing.Processor
) -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=processors, processors=last))
    return handler


def where_it_failed(exc_info: ExcInfo) -> str:
    """A traceback without the errors' own words: those may hold what somebody typed, or a row of a table."""
    lines: list[str] = []
    for error in reversed(list(_chain(exc_info[1]))):
        lines += [*format_tb(error.__traceback__), f"{_named(error)}\n"]
    return "".join(lines).rstrip()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it came of, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _named(error: BaseException) -> str:
    kind = type(error)
    codes = [str(code) for name in CODES if (code := getattr(error, name, None)) is not None]
    return " ".join([f"{kind.__module__}.{kind.__qualname__}", *codes])
