"""Logs for the engineer on call: events with ids, never health data, names, numbers to call, or secrets."""

import logging
import sys

import structlog


def set_up_logs(*, as_json: bool, level: int = logging.INFO) -> None:
    """One line an event on standard error: readable, or JSON for a log collector. Libraries speak from WARNING on."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    logging.basicConfig(level=logging.WARNING)
