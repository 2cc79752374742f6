"""Files made to fill the memory, to run for ever or to reach outside: refused with a clear word, by a small process."""

import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import pytest

from companion.apart import Limits, Reader
from companion.devices.uploads import UploadReport
from companion.devices.uploads.source import Source
from companion.errors import BadInput
from tests.apart.sources import Repeated

GIGABYTE = 2**30
HEADER = b"time,glucose (mg/dL),note\n"
ENTRIES = b'[{"type":"sgv","sgv":100,"date":1700000000000,"dateString":"2023-11-14T22:13:20Z","device":"x"},'
ROW = b"2024-01-01 08:00,101,breakfast\n"


@pytest.fixture(scope="module")
def reader() -> Reader:
    """One for all: what one file does to it must not matter to the next."""
    return Reader(Limits(seconds=60))


def read(reader: Reader, source: Source | bytes) -> UploadReport:
    return reader.read(source, zone=ZoneInfo("Europe/Berlin"), unit=None, dates=None)


def refused(reader: Reader, source: Source | bytes) -> str:
    with pytest.raises(BadInput) as refusal:
        read(reader, source)
    assert refusal.value.advice
    return str(refusal.value)


def zipped(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def workbook(sheet: bytes, shared: bytes = b"<sst/>") -> bytes:
    """The least that is a workbook."""
    main = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml."
    return zipped(
        {
            "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            b'<Override PartName="/xl/workbook.xml" ContentType="' + kind + b'sheet.main+xml"/>'
            b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'sharedStrings+xml"/></Types>',
            "_rels/.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="a" Type="' + office + b'/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
            b'relationships"><Relationship Id="a" Type="' + office + b'/worksheet" Target="worksheets/a.xml"/>'
            b"</Relationships>",
            "xl/workbook.xml": b"<workbook " + main + b' xmlns:r="' + office + b'"><sheets>'
            b'<sheet name="A" sheetId="1" r:id="a"/></sheets></workbook>',
            "xl/worksheets/a.xml": b"<worksheet " + main + b"><sheetData>" + sheet + b"</sheetData></worksheet>",
            "xl/sharedStrings.xml": shared.replace(b"<sst", b"<sst " + main, 1),
        }
    )


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (Repeated(HEADER, b"a", 2 * GIGABYTE), "a line is longer than"),
        (Repeated(b"time,glucose (mg/dL)", b",x", 20_000_000), "a line is longer than"),
        (Repeated(HEADER, b"\0", 2 * GIGABYTE), "zero bytes"),
        (Repeated(HEADER, b"2024-01-01 08:00,\0,\n", 2 * GIGABYTE), "zero bytes"),
        (Repeated(HEADER, b"2024-13-01 08:00,1,\n", GIGABYTE), "100000 rows cannot be read, the first of them row 2"),
        (Repeated(b"\xff\xfe", b"\x00\xd8\n\x00", GIGABYTE), "is not utf-16"),
        (Repeated(ENTRIES + b'{"sgv": "', b"1", 2 * GIGABYTE), "too large"),
        (Repeated(ENTRIES, b"[", GIGABYTE), "nests too deep"),
        (Repeated(ENTRIES, b'{"a":', GIGABYTE), "nests too deep"),
        (Repeated(b"<HealthData>", b"<a>", GIGABYTE), "nests too deep"),
        (Repeated(b'<HealthData><Record type="', b"a", 2 * GIGABYTE), "too large"),
        (Repeated(b"<HealthData><Record><m>", b"a", 2 * GIGABYTE), "too large"),
        (Repeated(b"<HealthData><Record>", b"<m/>", 2 * GIGABYTE), "too large"),
        (Repeated(b"<!DOCTYPE HealthData [", b"<!ELEMENT a ANY>", GIGABYTE), "a line is longer than"),
    ],
    ids=["line", "columns", "zeros", "zero-cells", "dates", "surrogates", "json-text", "json-lists", "json-objects",
         "xml-depth", "xml-attribute", "xml-text", "xml-children", "xml-dtd"],
)  # fmt: skip
def test_two_gigabytes_of_nonsense_are_refused(reader: Reader, source: Source, why: str) -> None:
    assert why in refused(reader, source)


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
        b'<!ENTITY a SYSTEM "file:///etc/passwd">',
        b'<!ENTITY % a SYSTEM "http://127.0.0.1:9/a.dtd"> %a;',
    ],
    ids=["laughs", "file", "network"],
)
def test_xml_with_entities_is_refused(reader: Reader, declaration: bytes) -> None:
    content = b"<!DOCTYPE HealthData [" + declaration + b"]><HealthData>&a;</HealthData>"

    assert "entity" in refused(reader, content)


def test_a_document_type_elsewhere_is_never_fetched(reader: Reader) -> None:
    content = b'<!DOCTYPE HealthData SYSTEM "http://127.0.0.1:9/a.dtd"><HealthData><Record type="x"/></HealthData>'

    assert read(reader, content).rejected == ()


@pytest.mark.parametrize("packed", [b"\0" * 200_000_000, ROW * 6_000_000], ids=["zeros", "rows"])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(reader: Reader, packed: bytes) -> None:
    assert "would unpack to" in refused(reader, zipped({"a.csv": packed}))


def test_a_zip_of_very_many_files_is_refused(reader: Reader) -> None:
    assert "holds 20001 files" in refused(reader, zipped({f"{name}.csv": b"" for name in range(20_001)}))


def test_a_zip_in_a_zip_is_no_export(reader: Reader) -> None:
    inner = zipped({"a.csv": HEADER + ROW})

    assert read(reader, zipped({"inner.zip": inner})).format is None


@pytest.mark.parametrize("part", ["sheet", "texts"])
def test_a_workbook_bomb_is_refused_before_it_is_unpacked(reader: Reader, part: str) -> None:
    cells = b'<row r="1">' + b'<c t="inlineStr"><is><t>x</t></is></c>' * 1_000_000 + b"</row>"
    texts = b"<sst>" + b"<si><t>x</t></si>" * 1_000_000 + b"</sst>"

    bomb = workbook(cells) if part == "sheet" else workbook(b'<row><c t="s"><v>0</v></c></row>', texts)

    assert "would unpack to" in refused(reader, bomb)


def test_a_row_number_without_end_is_no_row(reader: Reader) -> None:
    report = read(reader, workbook(b'<row r="999999999999"><c r="A999999999999"><v>1</v></c></row>'))

    assert report.format is None


def test_formulas_are_text_and_never_worked_out(reader: Reader) -> None:
    in_text = read(reader, HEADER + b'2024-01-01 08:00,"=1+1","=cmd|\' /C calc\'!A0"\n')
    header = b"".join(b'<c t="inlineStr"><is><t>%s</t></is></c>' % name for name in (b"time", b"glucose (mg/dL)"))
    cells = b'<c t="inlineStr"><is><t>2024-01-01 08:00</t></is></c><c><f>50+51</f><v>101</v></c>'
    in_sheet = read(reader, workbook(b"<row>" + header + b"</row><row>" + cells + b"</row>"))

    assert [bad.reason for bad in in_text.rejected] == ["glucose '=1+1' is not a number"]
    assert [bad.reason for bad in in_sheet.rejected] == ["glucose '=50+51' is not a number"]


def test_many_rows_of_an_export_are_read(reader: Reader) -> None:
    report = read(reader, Repeated(HEADER, ROW, 5_000_000))

    assert report.duplicates_in_file == report.rows_read - 1 == 5_000_000 // len(ROW) - 1


def test_what_goes_on_for_too_long_is_given_up() -> None:
    hurried = Reader(Limits(seconds=3))

    assert "longer than 3 seconds" in refused(hurried, Repeated(ENTRIES, b'{"type":"sgv"},', 2 * GIGABYTE))


def test_two_gigabytes_on_a_disk_that_hold_nothing_are_refused(reader: Reader, tmp_path: Path) -> None:
    file = tmp_path / "sparse.csv"
    with file.open("wb") as stream:
        stream.truncate(2 * GIGABYTE)

    assert "is longer than" in refused(reader, file)
