"""The side that asks: starts the process, waits for its answers, and kills it when they do not come."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any
from weakref import finalize
from zoneinfo import ZoneInfo

from companion.apart.watched import Told
from companion.devices.uploads import UploadedReading, UploadReport
from companion.devices.uploads.export import Export
from companion.devices.uploads.format import Format
from companion.devices.uploads.read_again import ReadAgain
from companion.devices.uploads.source import Source
from companion.errors import BadInput

_SHORTER = "send the export of a shorter time, or as CSV"


@dataclass(frozen=True)
class Limits:
    """`memory` in bytes beyond what an idle reader has; `seconds` for one answer."""

    memory: int = 150 * 1024**2
    seconds: int = 30 * 60


def read_apart(
    source: Source | bytes,
    *,
    zone: ZoneInfo | None,
    unit: str | None,
    dates: str | None,
    more: Sequence[Format[Export]] = (),
    told: Told | None = None,
    limits: Limits | None = None,
) -> UploadReport:
    """`read_export` in a process of its own, which ends with the report. What is sent there must be picklable: a
    path is. Raises BadInput, also for a file that takes too much memory or time; FileNotFoundError for none."""
    return Reader(limits or Limits()).read(source, told=told, zone=zone, unit=unit, dates=dates, more=more)


class Reader:
    """One such process; it is started when it is needed and may read one file after the other."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._end: finalize[[Any, Connection], Reader] | None = None
        self._connection: Connection | None = None
        self._read: dict[str, Any] | None = None

    def read(self, source: Source | bytes, told: Told | None = None, **arguments: Any) -> UploadReport:
        """See `read_apart`. The report's rows stay with this process, also after it has read another file."""
        request = {"source": source, **arguments}
        report: UploadReport
        report, count = self._read_again(request, told)
        return replace(report, rows=_Rows(self, request, count) if count else ())

    def rows(self, request: dict[str, Any]) -> Iterator[UploadedReading]:
        """The readings of that file, some at a time."""
        if self._read is not request:
            self._read_again(request, None)
        command = "rows"
        while some := self._ask(command, {}, None):
            yield from some
            assert self._read is request, "one file is gone through at a time"
            command = "more"

    def stop(self) -> None:
        """Kills the process, if there is one."""
        if self._end:
            self._end()
        self._end = self._connection = self._read = None

    def _read_again(self, request: dict[str, Any], told: Told | None) -> Any:
        self._read = None
        answer = self._ask("read", request, told)
        self._read = request
        return answer

    def _ask(self, command: str, arguments: dict[str, Any], told: Told | None) -> Any:
        """The answer. Raises BadInput for a file that is refused, or that the process did not survive."""
        connection = self._connection or self._start()
        deadline = time.monotonic() + self._limits.seconds
        connection.send((command, arguments))
        while True:
            kind, answer = self._received(connection, deadline)
            if kind == "refused":
                what, where, advice = answer
                raise BadInput(what, where=where, advice=advice)
            if kind == "exhausted":
                self.stop()  # what it still holds would be missing for the next file
                raise BadInput("reading it takes too much memory", advice=_SHORTER)
            if kind == "missing":
                raise FileNotFoundError(answer)
            if kind != "progress":
                return answer
            if told:
                told(answer)

    def _received(self, connection: Connection, deadline: float) -> Any:
        try:
            if connection.poll(max(0.0, deadline - time.monotonic())):
                return connection.recv()
            why = f"reading it takes longer than {self._limits.seconds} seconds"
        except (EOFError, ConnectionError):
            why = "the file cannot be read: the process that read it died of it"
        self.stop()
        raise BadInput(why, advice=_SHORTER)

    def _start(self) -> Connection:
        ours, theirs = Pipe()
        numbers = map(str, (theirs.fileno(), self._limits.memory, self._limits.seconds))
        process = subprocess.Popen(  # noqa: S603 (our own interpreter and our own module)
            [sys.executable, "-m", "companion.apart.child", *numbers],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        self._connection = ours
        self._end = finalize(self, _kill, process, ours)
        return ours


def _kill(process: "subprocess.Popen[bytes]", connection: Connection) -> None:
    connection.close()
    process.kill()
    process.wait()


class _Rows(ReadAgain):
    """The rows of a report, in the process that read it."""

    def __init__(self, reader: Reader, request: dict[str, Any], count: int) -> None:
        super().__init__(count)
        self._reader, self._request = reader, request

    def __iter__(self) -> Iterator[UploadedReading]:
        return self._reader.rows(self._request)
