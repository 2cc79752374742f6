"""What holds for the formats of meters' apps and blood-pressure apps alike."""

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.devices.uploads.detect import FORMATS, detect
from companion.devices.uploads.export import Export, table_of
from companion.devices.uploads.source import InMemory
from tests.devices.uploads.app_exports import EXPORTS, read
from tests.devices.uploads.test_accounting import assert_accounted, read_or_refuse

SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples"
OURS = {known.NAME: known for known in FORMATS if known.NAME in EXPORTS}
WRITTEN = [(name, text) for name, texts in EXPORTS.items() for text in texts]
WRITTEN_IDS = [f"{name}-{number}" for name, texts in EXPORTS.items() for number in range(len(texts))]
PIECES = st.sampled_from(
    ["", ",", ";", "\t", "\n", '"', "0", "-", "HI", "/", "#", "120/80", "mmHg", "[mg/dL]", "12/30/2025 9:00 AM", "：",
     "\x00", "null", "9" * 30, "com.samsung.", "X"]
)  # fmt: skip


@pytest.mark.parametrize(("name", "text"), WRITTEN, ids=WRITTEN_IDS)
def test_every_row_of_an_export_is_in_one_class(name: str, text: str) -> None:
    report = read(text, zone=ZoneInfo("Europe/Berlin"), unit="mmol/L", dates=None)

    assert report.format == name
    assert not report.questions
    assert_accounted(report)


@pytest.mark.parametrize(("name", "text"), WRITTEN, ids=WRITTEN_IDS)
def test_no_other_format_claims_the_export_but_the_plain_table(name: str, text: str) -> None:
    looks = [table_of(text, delimiter) for delimiter in ",;\t"]

    claims = {known.NAME for known in FORMATS for look in looks if known.detect(look)}

    assert claims - {"plain_csv"} == {name}


@pytest.mark.parametrize("text", [text for name, text in WRITTEN if name != "medisana"])
def test_a_spreadsheets_blank_columns_and_rows_change_nothing(text: str) -> None:
    delimiter = max(",;", key=text.count)
    padded = "\n".join(line + delimiter * 2 for line in text.splitlines()) + f"\n{delimiter * 8}\n"

    once = read(text, zone=ZoneInfo("Europe/Berlin"), unit="mmol/L")
    again = read(padded, zone=ZoneInfo("Europe/Berlin"), unit="mmol/L")

    assert (again.format, again.rows, again.skipped) == (once.format, once.rows, once.skipped)


@pytest.mark.parametrize(("name", "text"), WRITTEN, ids=WRITTEN_IDS)
def test_moments_are_in_utc_whatever_the_export_calls_them(name: str, text: str) -> None:
    report = read(text, zone=ZoneInfo("Asia/Tokyo"), unit="mmol/L")

    assert {row.taken_at.tzinfo for row in report.rows} == {UTC}


@pytest.mark.parametrize(("name", "text"), WRITTEN, ids=WRITTEN_IDS)
@settings(max_examples=15)
@given(data=st.data())
def test_a_damaged_export_is_accounted_for_or_refused(name: str, text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 15))
        text = text[:start] + data.draw(PIECES) + text[start + length :]

    read_or_refuse(text.encode(), ZoneInfo("Europe/Berlin"), None, None)


@pytest.mark.parametrize("name", OURS)
@settings(max_examples=40)
@given(text=st.text(max_size=200), delimiter=st.sampled_from(",;\t"))
def test_any_text_is_looked_at_and_read_without_a_fault(name: str, text: str, delimiter: str) -> None:
    first = EXPORTS[name][0].rstrip("\n")
    exports: list[Export] = [table_of(text, delimiter), table_of(f"{first}\n{text}", delimiter)]

    for export in exports:
        rows = list(OURS[name].read(export)) if OURS[name].detect(export) else []
        assert all(outcome.row > 0 for outcome in rows)


@pytest.mark.parametrize("folder", sorted(path.name for path in SAMPLES.glob("*/")) if SAMPLES.exists() else [])
def test_no_sample_of_other_makers_passes_for_one_of_ours(folder: str) -> None:
    own = {"onetouch_reveal": {"onetouch_reveal"}, "generic_bp": {"generic_bp", "plain_csv"}}.get(folder, {folder})

    for path in (SAMPLES / folder).iterdir():
        found = {part.format.NAME for part in detect(InMemory(path.read_bytes())).known}
        assert found & OURS.keys() <= own, path.name
