"""What the service would write to its log, for tests that look for what must not stand there."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO

import pytest
import structlog

from companion.logs import set_up_logs


@contextmanager
def written_logs(level: int = logging.INFO) -> Iterator[Callable[[], str]]:
    """Sets logs up as in the service; gives what was written since. Not by `capsys`, whose file is another one in each
    phase of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.getLogger(), "handlers", [])
        with redirect_stderr(StringIO()) as written:
            set_up_logs(as_json=True, level=level)
        yield written.getvalue
    structlog.reset_defaults()
