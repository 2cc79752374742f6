"""Bytes of any container → tables, JSON and XML."""

from datetime import datetime, time
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from companion.devices.uploads.export import Export
from companion.devices.uploads.json_export import JsonExport
from companion.devices.uploads.parts import Part, parts_of
from companion.devices.uploads.source import InMemory
from companion.devices.uploads.xml_export import XmlExport
from companion.errors import BadInput


def parts(content: bytes) -> list[Part]:
    return list(parts_of(InMemory(content)))


def json_in(content: bytes) -> JsonExport:
    look = parts(content)[0].looks[0]
    assert isinstance(look, JsonExport)
    return look


def xml_in(content: bytes) -> XmlExport:
    look = parts(content)[0].looks[0]
    assert isinstance(look, XmlExport)
    return look


def zipped(**files: bytes) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def workbook(rows: list[list[object]], *formats: str) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Values"
    for row in rows:
        sheet.append(row)
    for column, number_format in enumerate(formats, start=1):
        sheet.cell(len(rows), column).number_format = number_format
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_text_may_be_cut_by_three_delimiters() -> None:
    [part] = parts(b"a;b\n1;2\n")

    heads = [look.head[0].cells for look in part.looks if isinstance(look, Export)]
    assert heads == [["a;b"], ["a", "b"], ["a;b"]]


def test_the_cells_of_a_workbook_are_what_its_sheet_shows() -> None:
    header: list[object] = ["day", "clock", "moment", "hour", "glucose", "count", "sum"]
    moments = [datetime(2026, 3, 8), datetime(2026, 3, 8, 7, 30), datetime(2026, 3, 8, 7, 30, 5), time(7, 30)]
    content = workbook([header, [*moments, 0.1 + 0.2, 101.0, "=1+1"]], "dd-mm-yyyy", "hh:mm", '[$-409]d/m/yy "h" h:mm')

    [part] = parts(content)

    [sheet] = part.looks
    assert isinstance(sheet, Export)
    assert sheet.sheet == "Values"
    assert [(row.line, row.cells) for row in sheet.rows()][1] == (
        2,
        ["2026-03-08", "07:30:00", "2026-03-08 07:30:05", "07:30:00", "0.3", "101", "=1+1"],
    )


def test_every_member_of_a_zip_is_a_part_under_its_name() -> None:
    content = zipped(
        **{"cgm.csv": b"a,b\n", "book.xlsx": workbook([["x"]]), "export/e.json": b"[1]", "photo.png": b"\x89PNG\0\0"}
    )

    found = {part.name: part.looks for part in parts(content)}

    assert isinstance(found["cgm.csv"][0], Export)
    assert isinstance(found["book.xlsx"][0], Export)
    assert isinstance(found["export/e.json"][0], JsonExport)
    assert found["photo.png"] == ()


def test_clutter_and_archives_in_an_archive_are_left_aside() -> None:
    content = zipped(**{"__MACOSX/._a.csv": b"a,b", ".DS_Store": b"x", "inner.zip": zipped(a=b"a,b")})

    assert parts(content) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_numbers_keep_their_digits_in_any_encoding(encoding: str) -> None:
    export = json_in('[{"sgv": 5.40, "note": "früh"}, {"sgv": 101}]'.encode(encoding))

    assert export.head[0]["note"] == "früh"
    assert [(number, str(item["sgv"])) for number, item in export.items("item")] == [(1, "5.40"), (2, "101")]


def test_json_documents_may_follow_each_other_line_by_line() -> None:
    export = json_in(b'{"n": 1}\n{"n": 2}\n')

    assert [item["n"] for _, item in export.items("")] == [1, 2]


def test_a_large_json_document_shows_its_beginning() -> None:
    export = json_in(b'{"data": {"unit": 1, "values": [' + b'{"v": 1}, ' * 20_000 + b'{"v": 2}]}}')

    assert export.head["data"]["unit"] == 1
    assert export.head["data"]["values"][0] == {"v": 1}
    assert sum(1 for _ in export.items("data.values.item")) == 20_001


def test_json_that_breaks_off_is_refused() -> None:
    export = json_in(b'[{"a": 1}, {"a":')

    with pytest.raises(BadInput, match="broken after item 1"):
        list(export.items("item"))


def test_xml_gives_the_outermost_elements_that_were_asked_for() -> None:
    export = xml_in(
        b'<?xml version="1.0"?><!DOCTYPE d [<!ELEMENT d ANY>]>'
        b'<d v="1"><r n="1"/><c><r n="2"><m>a&amp;b</m></r></c><x><r n="3"/></x></d>'
    )

    found = [(number, element.tag, len(element)) for number, element in export.elements("r", "c")]

    assert [element.tag for element in export.head[:2]] == ["d", "r"]
    assert export.head[0].get("v") == "1"
    assert found == [(1, "r", 0), (2, "c", 1), (3, "r", 0)]


def test_an_element_brings_its_text() -> None:
    export = xml_in(b"<d><r><m>a&amp;b</m></r></d>")

    [(_, element)] = export.elements("r")

    assert element[0].text == "a&b"


def test_xml_with_entities_is_refused() -> None:
    content = b'<!DOCTYPE d [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><d>&b;</d>'

    with pytest.raises(BadInput, match="entity"):
        list(parts_of(InMemory(content)))


def test_xml_that_breaks_off_is_refused() -> None:
    export = xml_in(b"<d><r/>\n<r")

    with pytest.raises(BadInput, match="line 2 is no XML"):
        list(export.elements("r"))
