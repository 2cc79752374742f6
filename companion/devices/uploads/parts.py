"""What a file is made of, by its bytes: tables, JSON and XML, alone or as sheets of a workbook or members of a zip."""

from collections.abc import Iterator
from typing import NamedTuple

from companion.devices.uploads.archive import Member, members, names_in
from companion.devices.uploads.export import Export, table_in
from companion.devices.uploads.json_export import JsonExport
from companion.devices.uploads.plain_text import encoding_of, stated_encoding
from companion.devices.uploads.source import Source, start_of
from companion.devices.uploads.xml_export import XmlExport
from companion.errors import BadInput

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_REFUSED = {
    b"%PDF": ("a PDF document", "export the readings as CSV"),
    b"\x1f\x8b": ("a gzip archive", "unpack it first"),
}
_DELIMITERS = (",", ";", "\t")

AnyExport = Export | JsonExport | XmlExport


class Part(NamedTuple):
    """`name` is the member of an archive, or of several sheets the one, that it is; else "". `looks` are the ways to
    look at it: a text can be cut by different marks."""

    name: str
    looks: tuple[AnyExport, ...]


def parts_of(source: Source) -> Iterator[Part]:
    """The parts in the order of the file. Raises BadInput for what can hold no readings at all."""
    start = start_of(source, 8)
    if not start.startswith(_ZIP):
        yield from _single(source, start, "")
    elif "xl/workbook.xml" in names_in(source):
        yield from _sheets("", source)
    else:
        for member in members(source):
            yield from _parts_of_member(member)


def _parts_of_member(member: Member) -> Iterator[Part]:
    """A member that cannot be read (a picture, a PDF) is no reason to refuse the others."""
    start = start_of(member, 8)
    try:
        if start.startswith(_ZIP) and "xl/workbook.xml" in names_in(member):
            yield from _sheets(member.name, member)
        elif start and not start.startswith(_ZIP):
            yield from _single(member, start, member.name)
    except BadInput:
        yield Part(member.name, ())


def _single(source: Source, start: bytes, name: str) -> Iterator[Part]:
    for magic, (what, advice) in _REFUSED.items():
        if start.startswith(magic):
            raise BadInput(f"the file is {what}, not text", advice=advice)
    if start.startswith(_OLE):
        yield from _sheets(name, source, is_old=True)
    else:
        yield Part(name, tuple(_text_looks(source)))


def _sheets(name: str, source: Source, *, is_old: bool = False) -> Iterator[Part]:
    # Imported for a workbook alone: its libraries take a quarter of a second and 25 MB of every process else.
    from companion.devices.uploads.workbook import xls_sheets, xlsx_sheets

    all_sheets = list(xls_sheets(source) if is_old else xlsx_sheets(source))
    for sheet in all_sheets:
        names = (name, sheet.sheet) if len(all_sheets) > 1 else (name,)
        yield Part("/".join(filter(None, names)), (sheet,))


def _text_looks(source: Source) -> Iterator[AnyExport]:
    """JSON and XML are told by their first mark; whatever is neither is a table."""
    mark = _first_mark(source)
    if mark == "<" and (xml := XmlExport(source)).head:
        yield xml
    elif mark in ("{", "[") and (json := JsonExport(source)).head is not None:
        yield json
    else:
        encoding = encoding_of(source)
        yield from (table_in(source, encoding, delimiter) for delimiter in _DELIMITERS)


def _first_mark(source: Source) -> str:
    start = start_of(source, 200)
    text = start.decode(stated_encoding(start) or "utf-8", errors="ignore")
    return text.lstrip("\ufeff\r\n\t ")[:1]
