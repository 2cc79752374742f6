"""Bytes of an uploaded file → text. What is no text at all is refused, with what to do instead."""

from companion.errors import BadInput

_NOT_TEXT = {
    b"PK\x03\x04": ("a zip archive or an .xlsx workbook", "unpack it, or save the sheet as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook (.xls)", "save the sheet as CSV"),
    b"%PDF": ("a PDF document", "export the readings as CSV"),
    b"\x1f\x8b": ("a gzip archive", "unpack it first"),
}
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CHINESE_WORDS = ("血糖", "血压", "收缩压", "时间", "日期")


def as_text(content: bytes) -> str:
    """The text in UTF-8, UTF-16, GB 18030 or Windows-1252, recognised by its bytes. Raises BadInput."""
    for magic, (name, advice) in _NOT_TEXT.items():
        if content.startswith(magic):
            raise BadInput(f"the file is {name}, not text", advice=advice)
    text = _decoded(content)
    if "\x00" in text:
        raise BadInput("the file holds zero bytes, so it is not text", advice="export the readings as CSV")
    return text


def _decoded(content: bytes) -> str:
    encoding = _stated_encoding(content)
    if encoding:
        return _strictly(content, encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _in_a_legacy_encoding(content)


def _stated_encoding(content: bytes) -> str | None:
    """By byte order mark, or by the zero bytes that Latin text has in UTF-16."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return encoding
    start = content[:200]
    if len(start) >= 4 and start[1::2].count(0) > len(start) // 4:
        return "utf-16-le"
    if len(start) >= 4 and start[0::2].count(0) > len(start) // 4:
        return "utf-16-be"
    return None


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(f"byte {error.start} is not {encoding}", advice="export the file again, as UTF-8") from None


def _in_a_legacy_encoding(content: bytes) -> str:
    """Chinese spreadsheets save GB 18030. Its bytes are mostly valid Windows-1252 too, so words decide."""
    try:
        chinese = content.decode("gb18030")
    except UnicodeDecodeError:
        chinese = ""
    if any(word in chinese for word in _CHINESE_WORDS):
        return chinese
    return _strictly(content, "cp1252")
