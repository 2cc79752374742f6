"""The process that reads: answers one request after the other until nobody asks any more.

It holds no database, no secret, and no key but that of the one file it reads; whatever a file makes it do, it can only
answer or die.
"""

import resource
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from companion.apart.watched import Watched
from companion.devices.uploads import UploadedReading, read_export
from companion.errors import BadInput
from companion.sealing import stream  # noqa: F401 — here, before memory is limited: a file may be a sealed one

ROWS_AT_ONCE = 500
_TOLD_EVERY = 4 * 1024**2
"""Bytes."""


def serve(connection: Connection) -> None:
    """`read` gives the report without its rows; `rows` begins with them, `more` goes on; an empty list is the end."""
    report, rows = None, iter(())
    while True:
        try:
            command, arguments = connection.recv()
        except EOFError:
            return
        if command == "read":
            report, rows = None, iter(())
            report, answer = _read(connection, **arguments)
        else:
            assert report is not None, "rows are asked for after a report"
            rows = iter(report.rows) if command == "rows" else rows
            answer = _some(rows)
        connection.send(answer)


def _read(connection: Connection, source: Any, **arguments: Any) -> tuple[Any, tuple[str, Any]]:
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done - told >= _TOLD_EVERY:
            told = done
            connection.send(("progress", done))

    try:
        report = read_export(source if isinstance(source, bytes) else Watched(source, tell), **arguments)
    except BadInput as bad:
        return None, ("refused", (bad.what, bad.where, bad.advice))
    except MemoryError:
        return None, ("exhausted", None)
    except OSError as error:
        return None, ("missing", error.strerror or str(error))
    return report, ("report", (replace(report, rows=()), len(report.rows)))


def _some(rows: Iterator[UploadedReading]) -> tuple[str, Any]:
    try:
        return "rows", list(islice(rows, ROWS_AT_ONCE))
    except BadInput as bad:
        return "refused", (bad.what, bad.where, bad.advice)
    except MemoryError:
        return "exhausted", None


def _limit(memory: int, seconds: int) -> None:
    """From now on `memory` bytes more than at the start. Who asks keeps the time for each answer; twice as much on a
    processor ends a reader whose asker is gone."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    # The reader of workbooks takes numpy where it is installed: 120 MB that the file may have.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    _limit(int(sys.argv[2]), int(sys.argv[3]))
    serve(Connection(int(sys.argv[1])))
