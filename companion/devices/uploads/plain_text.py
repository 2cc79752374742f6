"""Which encoding a text is in, found in one pass over its bytes. What is no text at all is refused."""

import codecs
from collections.abc import Iterator
from io import TextIOWrapper
from itertools import chain
from typing import TextIO

from companion.devices.uploads.source import Source, start_of
from companion.errors import BadInput

LONGEST_LINE = 256 * 1024
"""Bytes. No row of any export comes near; a file without line ends would fill the memory."""

_PIECE = 64 * 1024

_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CHINESE_WORDS = ("血糖", "血压", "收缩压", "时间", "日期")


def encoding_of(source: Source) -> str:
    """UTF-8, UTF-16, GB 18030 or Windows-1252, whichever fits every byte.

    Raises BadInput for bytes that are no text, for zero bytes in it and for a line that does not end.
    """
    stated = stated_encoding(start_of(source, 200))
    if stated:
        wrong = _first_wrong_byte(source, stated)
        if wrong is not None:
            raise BadInput(f"byte {wrong} is not {stated}", advice="export the file again, as UTF-8")
        return stated
    if _first_wrong_byte(source, "utf-8") is None:
        return "utf-8"
    return _legacy_encoding(source)


def stated_encoding(start: bytes) -> str | None:
    """By byte order mark, or by the zero bytes that Latin text has in UTF-16."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return encoding
    if len(start) >= 4 and start[1::2].count(0) > len(start) // 4:
        return "utf-16-le"
    if len(start) >= 4 and start[0::2].count(0) > len(start) // 4:
        return "utf-16-be"
    return None


def checked_text(text: str) -> str:
    """The same text. Raises BadInput for zero bytes in it: no export has any, and not every database keeps them."""
    if "\0" in text:
        raise BadInput("the file holds zero bytes, so it is not text", advice="export the readings as CSV")
    return text


def open_text(source: Source, encoding: str) -> TextIOWrapper:
    """The text, with any line end as a line feed."""
    return TextIOWrapper(source.open("rb"), encoding=encoding)


def lines_of(text: TextIO) -> Iterator[str]:
    """The lines without their ends; cut out of pieces, which is four times as fast as read one by one."""
    return chain.from_iterable(_pieces_in_lines(text))


def _pieces_in_lines(text: TextIO) -> Iterator[list[str]]:
    rest = ""
    while piece := text.read(_PIECE):
        lines = (rest + piece).split("\n")
        rest = lines.pop()
        yield lines
    if rest:
        yield [rest]


def _legacy_encoding(source: Source) -> str:
    """Chinese spreadsheets save GB 18030. Its bytes are mostly valid Windows-1252 too, so words decide."""
    if _first_wrong_byte(source, "gb18030") is None and _has_chinese_words(source):
        return "gb18030"
    wrong = _first_wrong_byte(source, "cp1252")
    if wrong is not None:
        raise BadInput(f"byte {wrong} is not cp1252", advice="export the file again, as UTF-8")
    return "cp1252"


def _has_chinese_words(source: Source) -> bool:
    with open_text(source, "gb18030") as text:
        return any(word in line for line in text for word in _CHINESE_WORDS)


def _first_wrong_byte(source: Source, encoding: str) -> int | None:
    """The place of the first byte that is not in that encoding; None when all of them are."""
    decoder, at = codecs.getincrementaldecoder(encoding)("strict"), 0
    for chunk in _chunks(source):
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return at - held + error.start
        checked_text(text)
        at += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return at
    return None


def _chunks(source: Source) -> Iterator[bytes]:
    """The bytes in pieces; each but the last must hold the end of a line."""
    with source.open("rb") as stream:
        while chunk := stream.read(LONGEST_LINE):
            if len(chunk) == LONGEST_LINE and b"\n" not in chunk and b"\r" not in chunk:
                raise BadInput(
                    f"a line is longer than {LONGEST_LINE // 1024} kB, which no export of readings has",
                    advice="export the readings again, as CSV",
                )
            yield chunk
