"""Gunicorn reads this as its settings, beside its arguments: how it logs, and what it leaves behind. Reading it imports
the application once, before workers are forked, which share that memory."""

import gc
import shutil
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from companion.logs import set_up_logs
from companion.settings import counts_folder, load_settings

IN_OUR_WORDS = {
    "Error handling request": "a request could not be handled",
    "Invalid request from": "a request could not be understood",
}
"""How gunicorn begins lines that go on with an address, in which one-time secrets stand, or with who sent it."""


class DiscreetLogger(Logger):
    """Gunicorn's lines among ours, in their form, and nothing of a request in them."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        set_up_logs(as_json=load_settings().log_json)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def warning(self, msg: object, *args: object, **kwargs: Any) -> None:
        super().warning(*discreet(msg, args), **kwargs)

    def exception(self, msg: object, *args: object, **kwargs: Any) -> None:
        super().exception(*discreet(msg, args), **kwargs)


def discreet(msg: object, args: tuple[object, ...]) -> tuple[object, ...]:
    """The message and its arguments as they may be logged."""
    for begins, instead in IN_OUR_WORDS.items():
        if str(msg).startswith(begins):
            return (instead,)
    return (msg, *args)


def settle() -> None:
    """What is in memory now stays there: code, tables, routes, templates. To look through it for garbage again and
    again is part of a page's time, and in a forked worker copies the memory that it shares with the others."""
    gc.collect()
    gc.freeze()


def when_ready(_server: object) -> None:
    """Before the first worker is forked."""
    settle()


def post_worker_init(_worker: object) -> None:
    """The worker has made its application."""
    settle()


def on_exit(_server: object) -> None:
    """The counts go with the processes that made them; Prometheus knows that counters begin anew."""
    folder = counts_folder()
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


logger_class = DiscreetLogger
