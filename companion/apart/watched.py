"""A source that tells how far it has been read."""

import io
from collections.abc import Callable
from typing import IO, Any, Literal

from companion.devices.uploads.source import Source

Told = Callable[[int], None]
"""Is told how many bytes were read so far, over all passes."""


class Watched:
    """Passes everything on to the source and tells what is read."""

    def __init__(self, source: Source, told: Told) -> None:
        self._source, self._told, self._read = source, told, 0

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        return io.BufferedReader(_Counting(self._source.open(mode), self._note), buffer_size=1 << 20)

    def _note(self, count: int) -> None:
        self._read += count
        self._told(self._read)


class _Counting(io.RawIOBase):
    """Passes everything on to the stream and tells the size of each read."""

    def __init__(self, stream: IO[bytes], note: Callable[[int], None]) -> None:
        self._stream, self._note = stream, note

    def readinto(self, buffer: Any) -> int:
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        self._note(len(block))
        return len(block)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def close(self) -> None:
        self._stream.close()
        super().close()
