"""A table nobody knows: what a person sees of it, and what it is once its columns have names."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.uploads import UploadReport, read_export
from companion.devices.uploads.export import table_of
from companion.devices.uploads.mapped import ColumnMapping, as_json, from_json, mapping_for
from companion.devices.uploads.source import InMemory
from companion.devices.uploads.unknown_table import UnknownTable, find_unknown_table
from companion.errors import BadInput

DIARY = (
    "Meu diário\n"
    "Quando;Hora;Açúcar;Como;Momento\n"
    "13/02/2026;08:05;7,8;mmol/L;fasting\n"
    "14/02/2026;19:30;140;mg/dL;\n"
    "15/02/2026;08:00;;;\n"
    "15/02/2026;09:00;100;stones;\n"
)
COLUMNS = {"time": 0, "clock": 1, "glucose": 2, "unit": 3, "meal": 4}


def table_in(text: str) -> UnknownTable:
    found = find_unknown_table(InMemory(text.encode()))
    assert found is not None
    return found


def mapping_of(text: str, columns: dict[str, int]) -> ColumnMapping:
    table = table_in(text)
    return mapping_for(table.signature, len(table.names), columns)


def read(text: str, columns: dict[str, int], **said: Any) -> UploadReport:
    answers: dict[str, Any] = {"zone": ZoneInfo("Europe/Berlin"), "unit": None, "dates": None} | said
    return read_export(text.encode(), more=[mapping_of(text, columns)], **answers)


def test_an_unknown_table_shows_its_columns_and_its_first_rows() -> None:
    table = table_in(DIARY)

    assert table.names == ("Quando", "Hora", "Açúcar", "Como", "Momento")
    assert [row.line for row in table.rows] == [3, 4, 5, 6]


def test_nobody_knows_it_before_somebody_explained_it() -> None:
    report = read_export(DIARY.encode(), zone=None, unit=None, dates=None)

    assert report.format is None


def test_every_row_of_an_explained_table_is_accounted_for() -> None:
    report = read(DIARY, COLUMNS)

    assert (report.format, report.rows_read, report.date_order) == ("mapped_table", 4, "DMY")
    assert [(str(row.value), row.unit, row.meal) for row in report.rows] == [
        ("7.8", "mmol/L", "fasting"),
        ("140", "mg/dL", None),
    ]
    assert report.skipped == {"no value": 1}
    assert [bad.row for bad in report.rejected] == [6]


def test_a_unit_that_no_cell_tells_is_asked() -> None:
    silent = {name: place for name, place in COLUMNS.items() if name != "unit"}

    report = read(DIARY, silent)

    assert [asked.about for asked in report.questions] == ["unit"]


def test_blood_pressures_are_read_in_either_order_of_columns() -> None:
    text = "am,unten,oben,p\n2026-03-01 08:00,82,141,66\n"

    report = read(text, {"time": 0, "diastolic": 1, "systolic": 2, "pulse": 3})

    row = report.rows[0]
    assert (row.value, row.diastolic, row.pulse, row.unit) == (141, 82, 66, "mm[Hg]")


def test_a_table_without_a_header_is_told_by_its_width() -> None:
    first, second = "2026-03-01 08:00,x,140\n", "2026-04-01 08:00,y,150\n"

    report = read(second, {"time": 0, "glucose": 2}, unit="mg/dL")

    assert table_in(first).signature == table_in(second).signature
    assert [row.value for row in report.rows] == [150]


def test_the_next_export_of_the_same_layout_is_known_and_another_is_not() -> None:
    mapping = from_json(as_json(mapping_of(DIARY, COLUMNS)))
    lines = DIARY.splitlines()

    assert mapping.detect(table_of("\n".join([lines[0], lines[1], "01/03/2026;07:00;6,1;mmol/L;"]), ";"))
    assert not mapping.detect(table_of(DIARY.replace("Açúcar", "Peso"), ";"))


@pytest.mark.parametrize(
    "columns",
    [{"glucose": 2}, {"time": 0}, {"time": 0, "systolic": 1}, {"time": 0, "glucose": 0}, {"time": 0, "glucose": 9}],
    ids=["no time", "no value", "half a pressure", "one column twice", "a column that is not there"],
)
def test_columns_that_make_no_reading_are_refused(columns: dict[str, int]) -> None:
    with pytest.raises(BadInput):
        mapping_of(DIARY, columns)


@pytest.mark.parametrize("content", [b"hello\nthere\n", b"{}", b"<a/>", b"2026-03-01 08:00\n"])
def test_what_is_no_table_with_dates_cannot_be_explained(content: bytes) -> None:
    assert find_unknown_table(InMemory(content)) is None


@given(st.text(alphabet='0123456789-:/ ,;"\nabµ', max_size=300))
def test_arbitrary_text_is_read_without_an_error(text: str) -> None:
    mapping = ColumnMapping("", {"time": 0, "clock": 1, "glucose": 2, "systolic": 3, "diastolic": 1})
    export = table_of("2026-03-01,08:00,7,1\n" + text, ",")

    assert len(list(mapping.read(export))) >= 1
