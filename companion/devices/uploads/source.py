"""Where the bytes of an upload come from: opened afresh for every pass over them, never held as a whole."""

from io import BytesIO
from typing import IO, Literal, Protocol


class Source(Protocol):
    """Anything that can be opened for reading more than once; a `pathlib.Path` is one."""

    def open(self, mode: Literal["rb"]) -> IO[bytes]: ...


class InMemory:
    """Bytes that are small enough to be here already."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        return BytesIO(self._content)


def as_source(source: Source | bytes) -> Source:
    """Bytes are wrapped; what can be opened stays as it is."""
    return InMemory(source) if isinstance(source, bytes) else source


def start_of(source: Source, size: int) -> bytes:
    """The first bytes, as many as there are up to `size`."""
    with source.open("rb") as stream:
        return stream.read(size)
