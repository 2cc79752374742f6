"""Bytes on their way: blocks as a file that can be read, and what passes counted. No block is kept."""

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple

BLOCK = 1 << 18

Tick = Callable[[int], None]
"""Told how many bytes have passed since it was last told: a progress bar, or nothing."""


class Passed(NamedTuple):
    """What went by: its SHA-256 in hexadecimal, and how many bytes."""

    sha256: str
    size: int


def no_tick(_bytes: int) -> None:
    """Nobody watches."""


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of the file."""
    while block := file.read(BLOCK):
        yield block


def digest_of(file: IO[bytes]) -> Passed:
    """Of the rest of the file."""
    sink = Sink()
    for block in blocks_of(file):
        sink.write(block)
    return sink.passed


class _End(io.RawIOBase):
    """One end of a library that moves bytes. It tells our errors as its own, or not at all, so they are kept here."""

    def __init__(self, tick: Tick) -> None:
        self.error: BaseException | None = None
        self._tick, self._hash, self._size = tick, hashlib.sha256(), 0

    @property
    def passed(self) -> Passed:
        """So far."""
        return Passed(self._hash.hexdigest(), self._size)

    def _count(self, block: bytes) -> None:
        self._hash.update(block)
        self._size += len(block)
        self._tick(len(block))


class Source(_End):
    """Blocks as a file to be read once."""

    def __init__(self, blocks: Iterator[bytes], tick: Tick = no_tick) -> None:
        super().__init__(tick)
        self._blocks, self._rest = blocks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            block = self._rest or next(self._blocks, b"")
        except BaseException as error:
            self.error = error
            raise
        some = block[: len(buffer)]
        buffer[: len(some)] = some
        self._rest = block[len(some) :]
        self._count(some)
        return len(some)


class Sink(_End):
    """A file to be written to, which passes on what it is given, to nobody if there is none."""

    def __init__(self, out: IO[bytes] | None = None, tick: Tick = no_tick) -> None:
        super().__init__(tick)
        self._out = out

    def writable(self) -> bool:
        return True

    def write(self, buffer: Any) -> int:
        block = bytes(buffer)
        try:
            if self._out is not None:
                self._out.write(block)
        except BaseException as error:
            self.error = error
            raise
        self._count(block)
        return len(block)
