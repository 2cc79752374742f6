"""A JSON document as a format module sees it: a look at its beginning, and its items one by one.

Numbers are exact: `int`, or `Decimal` with the digits of the file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import BytesIO
from json import dumps
from typing import Any, Protocol, TextIO

import ijson  # type: ignore[import-untyped]

from companion.devices.uploads.plain_text import open_text, stated_encoding
from companion.devices.uploads.source import Source, start_of
from companion.errors import BadInput

HEAD_BYTES = 64 * 1024
"""How far into a document a format can look to know it."""

_FIRST_ITEMS = 20
"""How many items a format looks at to know them; one of an unusual kind may stand first."""

_LARGEST_ITEM = 16 * 1024 * 1024
"""Bytes. One item of any export is a few kilobytes; what is larger was made to fill the memory."""
_DEEPEST = 2000
"""Brackets. Exports nest ten deep."""
_PIECE = 64 * 1024


class JsonExport:
    """The document, or the documents that follow each other (one a line) in one file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._last: tuple[int, Any] = (0, None)

    @cached_property
    def head(self) -> Any:
        """The (first) document as far as its first bytes tell: a whole small one, the beginning of a large one.

        None when those bytes are no JSON at all.
        """
        builder = ijson.ObjectBuilder()
        start = _as_utf8(self._source, start_of(self._source, HEAD_BYTES))
        try:
            for event, value in ijson.basic_parse(BytesIO(start), use_float=False):
                builder.event(event, value)
        except (ijson.JSONError, ValueError, ArithmeticError):
            # Cut short in the middle, most of the time. What came before is what was asked for.
            return getattr(builder, "value", None)
        return getattr(builder, "value", None)

    @property
    def first_items(self) -> list[Any]:
        """The first of the `outermost_items`, as far as the head shows them."""
        return self.head[:_FIRST_ITEMS] if isinstance(self.head, list) else [self.head]

    def outermost_items(self) -> Iterator[tuple[int, Any]]:
        """The items of the outermost list; the documents themselves where there is none."""
        return self.items("item" if isinstance(self.head, list) else "")

    def items(self, path: str) -> Iterator[tuple[int, Any]]:
        """The values at a path, each with its number from 1.

        Paths are ijson's: "item" for those of an outermost list, "entry.item" for those of the list under
        "entry", "" for whole documents. Raises BadInput where the text stops being JSON, and for an item that
        is too large or nests too deep.
        """
        with _guarded(self._source) as stream:
            found = ijson.items(stream, path, use_float=False, multiple_values=True, buf_size=_PIECE)
            number = 0
            while True:
                try:
                    item = next(found, stream)
                except (ijson.JSONError, ValueError, ArithmeticError) as error:
                    if isinstance(error, BadInput):
                        raise
                    raise BadInput(
                        f"the JSON is broken after item {number}", advice="export or download the file again"
                    ) from None
                if item is stream:
                    return
                stream.read_since_item = 0
                number += 1
                self._last = number, item
                yield number, item

    def text_at(self, number: int) -> str:
        """The item that was read last, if it is that one; "" for any other."""
        return dumps(self._last[1], ensure_ascii=False, default=str) if self._last[0] == number else ""


class _Bytes(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Guard:
    """Bytes on their way to the parser, in UTF-8. Stops what would fill the memory."""

    def __init__(self, stream: _Bytes) -> None:
        self._stream = stream
        self._depth = 0
        self.read_since_item = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(_PIECE if size < 0 else min(size, _PIECE))
        self.read_since_item += len(piece)
        self._depth += piece.count(b"[") + piece.count(b"{") - piece.count(b"]") - piece.count(b"}")
        if self._depth > _DEEPEST:
            raise BadInput("the JSON nests too deep", advice="export the readings again")
        if self.read_since_item > _LARGEST_ITEM:
            raise BadInput("one item of the JSON is too large", advice="export the readings again")
        return piece


class _Recoded:
    """UTF-16 as UTF-8."""

    def __init__(self, text: TextIO) -> None:
        self._text = text

    def read(self, size: int) -> bytes:
        return self._text.read(size).encode()


@contextmanager
def _guarded(source: Source) -> Iterator[_Guard]:
    encoding = stated_encoding(start_of(source, 200))
    if encoding in (None, "utf-8-sig"):
        with source.open("rb") as stream:
            stream.read(3 if encoding else 0)
            yield _Guard(stream)
    else:
        with open_text(source, encoding or "") as text:
            yield _Guard(_Recoded(text))


def _as_utf8(source: Source, start: bytes) -> bytes:
    encoding = stated_encoding(start)
    if encoding is None:
        return start
    return start.decode(encoding, errors="ignore").encode()
