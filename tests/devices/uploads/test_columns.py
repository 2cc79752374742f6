"""Columns found by the words of a header, wherever they stand."""

from companion.devices.uploads.columns import find_table, header_name, joined
from companion.devices.uploads.export import table_of

WORDS = {"time": ("timestamp", "zeitstempel"), "value": ("glucose value",)}


def test_a_header_is_known_without_its_unit_its_mark_and_its_joints() -> None:
    headers = ["\ufeffGlucose Value (mg/dL)", " glucose_value [mmol/L]", "GLUCOSE-VALUE", "Glucose  Value (mg"]

    names = {header_name(header) for header in headers}

    assert names == {"glucose value"}


def test_columns_may_stand_in_any_order_below_any_preamble() -> None:
    export = table_of("Nobody's file\nnote,Glucose Value (mg/dL),Zeitstempel\nlunch,5,2026-02-13\n", ",")

    table = find_table(export, WORDS, {"time", "value"})

    assert table is not None
    assert table.unit("value") == "mg/dL"
    assert [table.cell(row, "time") for row in table.rows(export)] == ["2026-02-13"]


def test_a_table_that_lacks_a_needed_column_is_none() -> None:
    export = table_of("Zeitstempel,Wert\n2026-02-13,5\n", ",")

    table = find_table(export, WORDS, {"time", "value"})

    assert table is None


def test_a_date_alone_from_a_spreadsheet_loses_its_midnight() -> None:
    time = joined("2026-02-13 00:00:00", "07:05:00")

    assert time == "2026-02-13 07:05:00"
