"""Whatever the bytes: no fault but BadInput, and every data row in exactly one class."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.devices.uploads import UploadReport, read_export
from companion.devices.uploads.report import as_json
from companion.errors import BadInput

FIXTURES = sorted((Path(__file__).parent / "fixtures").iterdir())
SAMPLES = [
    path
    for path in sorted((Path(__file__).parents[4] / "shared" / "samples").rglob("*.*"))
    if path.is_file() and path.name != "manifest.json"
]
SCRAPS = [b"", b'"', b"\n", b",", b";", b"9", b"\xff", b"\xe2", b"{", b"]", b"<", b"/>", b"null", b"-1e999", b"&a;"]
ZONES = st.sampled_from([None, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")])
UNITS = st.sampled_from([None, "mg/dL", "mmol/L"])
ORDERS = st.sampled_from([None, "DMY", "MDY", "YMD"])
CELLS = st.sampled_from(
    ["", "5,4", "101", "LO", "High", "-", "x", '"', '"a;b"', "0", "99999", "2024-03-10 02:30", "03/04/24 8:00 PM",
     "25.12.2024 07:00", "2024-11-03T01:30:00-05:00", "mg/dL", "mmol/L", "120", "80", "Asia/Tokyo"]
)  # fmt: skip
HEADERS = st.sampled_from(
    ["timestamp,glucose,unit,device", "Datum;Uhrzeit;Blutzucker (mmol/L);Notiz", "time\tsys\tdia\tpulse",
     "id,time,gl", "timestamp,timezone,glucose (mg/dL),systolic,diastolic"]
)  # fmt: skip


def assert_accounted(report: UploadReport) -> None:
    """The classes add up to the rows read, whether or not questions are open."""
    outside = report.duplicates_in_file + len(report.rejected) + sum(report.skipped.values())
    readings = sum(report.readings.values())
    measured = sum(totals.n for totals in report.kinds.values())
    rows_with_readings = report.rows_read - outside
    assert 0 <= rows_with_readings <= readings <= 3 * max(rows_with_readings, 0)
    assert measured + sum(report.out_of_range.values()) == readings
    if not report.questions:
        assert len(report.rows) == readings
        assert len({row.row for row in report.rows}) == rows_with_readings
        assert not {row.row for row in report.rows} & {rejection.row for rejection in report.rejected}
    else:
        assert report.rows == ()
    assert as_json(report)["rows_read"] == report.rows_read


def read_or_refuse(content: bytes, zone: ZoneInfo | None, unit: str | None, dates: str | None) -> None:
    try:
        report = read_export(content, zone=zone, unit=unit, dates=dates)
    except BadInput:
        return
    assert_accounted(report)


@given(st.binary(max_size=300), ZONES)
def test_any_bytes_are_read_or_refused(content: bytes, zone: ZoneInfo | None) -> None:
    read_or_refuse(content, zone, None, None)


@given(
    header=HEADERS,
    rows=st.lists(st.lists(CELLS, max_size=6), max_size=12),
    zone=ZONES,
    unit=UNITS,
    dates=ORDERS,
)
def test_any_table_is_accounted_for(
    header: str, rows: list[list[str]], zone: ZoneInfo | None, unit: str | None, dates: str | None
) -> None:
    delimiter = next(mark for mark in "\t;," if mark in header)
    table = "\n".join([header, *(delimiter.join(row) for row in rows)])

    report = read_export(table.encode(), zone=zone, unit=unit, dates=dates)

    assert report.format == "plain_csv"
    assert_accounted(report)


def damaged(content: bytes, data: st.DataObject) -> bytes:
    """With a few pieces torn out or written over."""
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(damaged)))
        length = data.draw(st.integers(0, 20))
        damaged[start : start + length] = data.draw(st.sampled_from(SCRAPS))
    return bytes(damaged)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), zone=ZONES, unit=UNITS, dates=ORDERS)
def test_a_damaged_export_is_accounted_for_or_refused(
    fixture: Path, data: st.DataObject, zone: ZoneInfo | None, unit: str | None, dates: str | None
) -> None:
    read_or_refuse(damaged(fixture.read_bytes(), data), zone, unit, dates)


@pytest.mark.skipif(not SAMPLES, reason="../shared is not beside this checkout")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_real_export_of_any_format_is_accounted_for(sample: Path) -> None:
    report = read_export(sample, zone=ZoneInfo("Europe/Berlin"), unit="mg/dL", dates="DMY")

    assert_accounted(report)


@pytest.mark.skipif(not SAMPLES, reason="../shared is not beside this checkout")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), zone=ZONES, unit=UNITS, dates=ORDERS)
def test_the_damaged_beginning_of_a_real_export_is_accounted_for_or_refused(
    sample: Path, data: st.DataObject, zone: ZoneInfo | None, unit: str | None, dates: str | None
) -> None:
    read_or_refuse(damaged(sample.read_bytes()[:8000], data), zone, unit, dates)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_reading_a_file_twice_gives_the_same_readings(fixture: Path) -> None:
    content, zone = fixture.read_bytes(), ZoneInfo("Europe/Berlin")

    once = read_export(content, zone=zone, unit="mg/dL", dates="DMY")
    again = read_export(content, zone=zone, unit="mg/dL", dates="DMY")

    assert once == again
    assert once.rows


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_no_two_readings_of_a_file_are_the_same_record(fixture: Path) -> None:
    report = read_export(fixture.read_bytes(), zone=ZoneInfo("Europe/Berlin"), unit="mg/dL", dates="DMY")

    records = [
        (row.subject, row.device, row.metric, row.kind, row.device_time, row.value, row.limit, row.diastolic,
         row.pulse, row.occurrence)
        for row in report.rows
    ]  # fmt: skip
    assert len(set(records)) == len(records)
