"""Sources for a process of its own, which finds them by this module's name: deadly ones, and ones without end."""

import io
import os
import time
from typing import IO, Any, Literal


class Deadly:
    """Ends the process that opens it."""

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        os._exit(3)


class Endless:
    """Never answers."""

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        time.sleep(60)
        return io.BytesIO()


class Greedy:
    """Asks for more memory than any limit allows."""

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        return io.BytesIO(b"x" * 2**40)


class Repeated:
    """A head, a piece again and again until there are `size` bytes, and a tail; on no disk and in no memory."""

    def __init__(self, head: bytes, piece: bytes, size: int, tail: bytes = b"") -> None:
        self.head, self.piece, self.times, self.tail = head, piece, size // len(piece), tail

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        return io.BufferedReader(_Pieces(self), buffer_size=1 << 16)  # type: ignore[return-value]


class _Pieces(io.RawIOBase):
    def __init__(self, source: Repeated) -> None:
        block = max(1, 65536 // len(source.piece))
        whole, rest = divmod(source.times, block)
        self._blocks = iter(
            [source.head]
            + [source.piece * block] * whole
            + [source.piece * rest, source.tail]
        )  # fmt: skip
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._left = memoryview(block)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
