"""Bytes to text to rows: encodings, refusals, and quotation marks that are never closed."""

import pytest

from companion.devices.uploads import read_export
from companion.devices.uploads.export import table_of
from companion.errors import BadInput

TABLE = "Zeitstempel;Gerät;Blutzucker (mmol/L)\n2024-01-01T08:00:00Z;Zählgerät;5,4\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_a_table_is_read_in_any_of_the_usual_encodings(encoding: str) -> None:
    report = read_export(TABLE.encode(encoding), zone=None, unit=None, dates=None)

    assert report.rows[0].device == "Zählgerät"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(line_end: str) -> None:
    report = read_export(TABLE.replace("\n", line_end).encode(), zone=None, unit=None, dates=None)

    assert report.rows[0].row == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04rest", "zip archive is broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook is broken"),
        (b"%PDF-1.7", "PDF document"),
        (b"\x1f\x8b\x08", "gzip archive"),
        (b"time,glucose\n\x00\x01,5\n", "zero bytes"),
        (b"\xff\xfea", "not utf-16"),
        (b"caf\x81", "not cp1252"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_do(content: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message) as refusal:
        read_export(content, zone=None, unit=None, dates=None)

    assert refusal.value.advice


@pytest.mark.parametrize("content", [b"", b"\n\n", b"hello", b"{}", "你好".encode()])
def test_text_that_nobody_understands_asks_for_the_format(content: bytes) -> None:
    report = read_export(content, zone=None, unit=None, dates=None)

    assert report.format is None
    assert [asked.about for asked in report.questions] == ["format"]


def test_cells_in_quotes_may_hold_delimiters_quotes_and_line_breaks() -> None:
    rows = list(table_of('a,b,c\n1,"x, ""y""\nz",3\n4,5,6\n', ",").rows())

    assert [(row.line, list(row.cells)) for row in rows] == [
        (1, ["a", "b", "c"]),
        (2, ["1", 'x, "y"\nz', "3"]),
        (4, ["4", "5", "6"]),
    ]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_row_only() -> None:
    rows = list(table_of('a,b,c\n1,"x,3\n4,5,6\n7,"y,9\n10,11,12', ",").rows())

    assert [(row.line, bool(row.problem)) for row in rows] == [
        (1, False),
        (2, True),
        (3, False),
        (4, True),
        (5, False),
    ]


def test_a_stray_quotation_mark_does_not_swallow_the_rows_up_to_the_next_one() -> None:
    rows = list(table_of('a,b,c\n1,"x,3\n4,5,6\n7,8",9\n', ",").rows())

    assert [row.line for row in rows] == [1, 2, 3, 4]
    assert list(rows[2].cells) == ["4", "5", "6"]


def test_a_quotation_mark_inside_a_cell_is_only_text() -> None:
    rows = list(table_of('a,b\n5" long,"x, y"\n1,"x" y\n', ",").rows())

    assert [list(row.cells) for row in rows[1:]] == [['5" long', "x, y"], ["1", "x y"]]


def test_blank_rows_are_no_data() -> None:
    rows = list(table_of("a,b\n\n , \n,,\n1,2\n", ",").rows())

    assert [row.line for row in rows] == [1, 5]


def test_a_cell_that_a_short_row_lacks_is_empty() -> None:
    row = next(iter(table_of("a, b ", ",").rows()))

    assert (row.cell(1), row.cell(7), row.cell(None)) == ("b", "", "")
