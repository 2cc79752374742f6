"""What holds for every table of glucose: one format knows it, every row is accounted for, nothing raises."""

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.uploads import read_export
from companion.devices.uploads.detect import FORMATS
from companion.devices.uploads.export import Export, table_of
from companion.devices.uploads.parts import parts_of
from companion.devices.uploads.report import as_json
from tests.devices.uploads.glucose_exports import (
    CARELINK,
    CLARITY,
    CLARITY_DE,
    EXPORTS,
    GLOOKO_CGM,
    GLOOKO_METER,
    IPRO,
    NIGHTSCOUT_NAMED,
    TANDEM_SOURCE,
    YOURLOOPS,
    read,
)

SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples"
TEXTS = [(name, text) for name, texts in EXPORTS.items() for text in texts]
OURS = [known for known in FORMATS if known.NAME in EXPORTS]
CELLS = st.sampled_from(["", "Low", "HI", "-", "---", "5,6", "101", "-1", "1e9", "2026-02-30 25:61", '"'])
TEXT = st.characters(codec="utf-8", exclude_characters="\x00")


def samples() -> Iterator[dict[str, Any]]:
    if SAMPLES.exists():
        files = json.loads((SAMPLES / "manifest.json").read_text())["files"]
        yield from (file for file in files if file["format"] in EXPORTS and not file["file"].endswith(".json"))


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_an_export_is_known_as_itself_and_every_row_is_in_one_class(name: str, text: str) -> None:
    report = read(text)

    with_readings = report.rows_read - report.duplicates_in_file - len(report.rejected) - sum(report.skipped.values())
    assert report.format == name
    assert 0 <= with_readings <= sum(report.readings.values())


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_no_other_table_of_glucose_claims_it(name: str, text: str) -> None:
    claims = {known.NAME for known in OURS for mark in ",;\t" if known.detect(table_of(text, mark))}

    assert claims == {name}


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_a_file_that_a_spreadsheet_saved_again_is_read_alike(name: str, text: str) -> None:
    resaved = "\ufeff" + "".join(f"{line}{_padding(line)}\r\n" for line in text.splitlines())

    report, again = read(text), read(resaved)

    assert (again.format, again.readings) == (name, report.readings)


@pytest.mark.parametrize(
    "text", [CLARITY, CLARITY_DE, GLOOKO_CGM, GLOOKO_METER, CARELINK, IPRO, TANDEM_SOURCE, NIGHTSCOUT_NAMED, YOURLOOPS]
)
def test_columns_may_stand_in_another_order_behind_one_that_nobody_knows(text: str) -> None:
    mark = max(",;\t", key=text.count)
    rows = list(csv.reader(StringIO(text), delimiter=mark))
    width = max(map(len, rows))
    turned = [row if len(row) < 3 or row[0].startswith(("--", "Name:")) else _turned(row, width) for row in rows]
    again = StringIO()
    csv.writer(again, delimiter=mark).writerows(turned)

    report, shuffled = read(text), read(again.getvalue())

    assert (shuffled.format, shuffled.kinds, shuffled.skipped) == (report.format, report.kinds, report.skipped)


def _turned(row: list[str], width: int) -> list[str]:
    """The same row with a cell in front and every two columns changed about."""
    cells = [*row, *[""] * (width + width % 2 - len(row))]
    return ["0", *(cells[place ^ 1] for place in range(len(cells)))]


def _padding(line: str) -> str:
    """The empty columns that make every row as wide as the widest; a headerless dump has none."""
    mark = max(",;\t", key=line.count)
    return "" if line.count('"') > 4 else mark * 2


@given(data=st.data())
def test_nothing_that_stands_in_a_cell_raises(data: st.DataObject) -> None:
    _, text = data.draw(st.sampled_from(TEXTS))
    lines = text.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    mark = max(",;\t", key=lines[at].count)
    cells = lines[at].split(mark)
    cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(CELLS | st.text(TEXT, max_size=20))
    lines[at] = mark.join(cells)

    report = read_export("\n".join(lines).encode(), zone=None, unit=None, dates=None)

    assert report.rows_read >= len(report.rejected) + sum(report.skipped.values())


@given(text=st.text(TEXT, max_size=400), mark=st.sampled_from(",;\t"))
def test_no_text_at_all_raises(text: str, mark: str) -> None:
    for known in OURS:
        export = table_of(text, mark)
        outcomes = list(known.read(export)) if known.detect(export) else []

        assert len(outcomes) <= text.count("\n") + text.count("\r") + 1


def test_none_of_these_tables_claims_a_sample_of_another_maker() -> None:
    if not SAMPLES.exists():
        pytest.skip("../shared is not beside this checkout")
    files = json.loads((SAMPLES / "manifest.json").read_text())["files"]
    foreign = [SAMPLES / file["file"] for file in files if file["format"] not in EXPORTS]

    looks = [(path.name, look) for path in foreign for part in parts_of(path) for look in part.looks]
    claims = [
        (name, known.NAME) for name, look in looks if isinstance(look, Export) for known in OURS if known.detect(look)
    ]

    assert len(looks) > 30
    assert claims == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("carelink/carelink_us_723_pump_mgdl", "carelink/carelink_us_2", 151),
        ("tandem_tconnect/tandem_tconnect_mgdl_12Jun_1551", "tandem_tconnect/tandem_tconnect_mgdl_12Jun_2125", 1147),
    ],
)
def test_overlapping_exports_name_their_records_alike(
    one: str, other: str, expected: int, zone_of_new_york: ZoneInfo
) -> None:
    if not SAMPLES.exists():
        pytest.skip("../shared is not beside this checkout")

    records = {
        (reading.device, reading.kind, reading.local_text, reading.raw)
        for name in (one, other)
        for reading in read((SAMPLES / f"{name}.csv").read_text(), zone=zone_of_new_york).rows
    }

    assert len(records) == expected


@pytest.mark.parametrize("sample", list(samples()), ids=lambda sample: sample["file"])
def test_the_samples_give_what_was_worked_out_independently(sample: dict[str, Any]) -> None:
    expected = sample["expected"]

    report = as_json(read_export((SAMPLES / sample["file"]).read_bytes(), zone=None, unit=None, dates=None))

    figures = next((kind for kind in report["kinds"].values() if kind["n"] == expected["count"]), None)
    assert report["format"] == sample["format"]
    assert report["unit"] in (sample["unit"].split(" ")[0], "mmol/L" if sample["unit"] == "see expected" else None)
    assert not report["rejected"]
    assert (figures is None) == (expected["count"] == 0)
    if figures:
        assert Decimal(str(figures["sum"])) == pytest.approx(Decimal(str(expected["sum"])), abs=Decimal("0.001"))
        assert (figures["min"], figures["max"]) == (expected["min"], expected["max"])
    if "data_rows" in expected:
        assert report["rows_read"] == expected["data_rows"]
    assert sum(report["out_of_range"].values()) == expected.get("low_high_words", 0)
