"""Plain tables of glucose or blood pressure in three languages and three delimiters."""

from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.devices.uploads import UploadReport, read_export
from companion.readings.reading import Kind, Limit, Meal, Metric

FIXTURES = Path(__file__).parent / "fixtures"
SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples" / "generic_bp"


def read(content: str | bytes, unit: str | None = None, zone: ZoneInfo | None = None) -> UploadReport:
    raw = content.encode() if isinstance(content, str) else content
    return read_export(raw, zone=zone, unit=unit, dates=None)


def asked(report: UploadReport) -> list[str]:
    return [question.about for question in report.questions]


def test_a_german_diary_with_semicolons_and_decimal_commas(zone_of_berlin: ZoneInfo) -> None:
    report = read((FIXTURES / "glucose_de.csv").read_bytes(), zone=zone_of_berlin)

    assert (report.format, report.unit, report.date_order) == ("plain_csv", "mmol/L", "DMY")
    assert [row.value for row in report.rows] == [Decimal("5.4"), Decimal("9.8"), None]
    assert [row.meal for row in report.rows] == [Meal.FASTING, Meal.AFTER_MEAL, Meal.BEDTIME]
    assert report.rows[2].limit is Limit.HIGH
    assert report.skipped == {"no value": 1}


def test_a_chinese_table_saved_by_a_spreadsheet_in_gb_18030() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")

    report = read((FIXTURES / "glucose_zh_gb18030.csv").read_bytes(), zone=shanghai)

    assert (report.unit, report.date_order) == ("mmol/L", "YMD")
    assert [row.taken_at.isoformat() for row in report.rows] == [
        "2024-03-04T23:05:00+00:00",
        "2024-03-05T06:30:00+00:00",
    ]
    assert {(row.device, row.kind) for row in report.rows} == {("三诺", Kind.METER)}
    assert report.rows[1].meal is Meal.AFTER_MEAL


def test_pressures_with_offsets_need_no_zone_and_bad_ones_are_named() -> None:
    report = read((FIXTURES / "pressure_en.csv").read_bytes())

    assert (report.unit, report.zone, report.zone_source, report.questions) == ("mmHg", None, "file", ())
    assert [(row.value, row.diastolic, row.pulse, row.flags) for row in report.rows] == [
        (128, 82, 64, ()),
        (126, 80, None, ()),
        (124, 79, None, ("pulse_unread",)),
    ]
    assert report.rows[0].taken_at.isoformat() == "2024-06-01T05:00:00+00:00"
    assert [(rejection.row, rejection.reason) for rejection in report.rejected] == [
        (4, "diastolic 126 is not below systolic 80"),
        (6, "no diastolic value"),
    ]
    assert report.skipped == {"pulse only": 1}


def test_id_time_gl_is_sensor_glucose_in_mg_of_several_people(zone_of_berlin: ZoneInfo) -> None:
    report = read('"","id","time","gl"\n"1","Subject 1",2015-06-06 16:50:27,153\n', zone=zone_of_berlin)

    assert (report.unit, report.rows[0].kind, report.rows[0].subject) == ("mg/dL", Kind.CGM, "Subject 1")


@pytest.mark.parametrize("column", ["glucose", "Blutzucker", "血糖"])
def test_a_unit_is_never_guessed_from_the_size_of_the_values(column: str) -> None:
    report = read(f"timestamp,{column}\n2024-01-01T08:00:00Z,5.4\n2024-01-01T12:00:00Z,120\n")

    assert report.unit is None
    assert report.questions[0].about == "unit"
    assert report.questions[0].choices == ("mg/dL", "mmol/L")
    assert report.rows == ()
    assert report.kinds["meter"].n == 2


def test_the_unit_of_the_row_goes_before_the_header_and_the_header_before_the_argument() -> None:
    table = "timestamp,glucose (mg/dL),unit\n2024-01-01T08:00:00Z,5.5,mmol/L\n2024-01-01T12:00:00Z,120,\n"

    report = read(table, unit="mmol/L")

    assert [(row.value, row.unit) for row in report.rows] == [(Decimal("5.5"), "mmol/L"), (120, "mg/dL")]


def test_figures_of_a_file_in_two_units_are_in_the_one_most_rows_have() -> None:
    table = (
        "timestamp,glucose,unit\n2024-01-01T08:00:00Z,10,mmol/L\n"
        "2024-01-01T12:00:00Z,120,mg/dL\n2024-01-01T13:00:00Z,130,mg/dL\n"
    )

    report = read(table)

    assert report.unit == "mg/dL"
    assert report.kinds["meter"].greatest == Decimal("180.182")
    assert report.rows[0].value == 10


def test_the_argument_speaks_for_a_file_that_is_silent() -> None:
    report = read("timestamp,glucose\n2024-01-01T08:00:00Z,5.4\n", unit="mmol/L")

    assert (report.unit, report.questions, report.rows[0].unit) == ("mmol/L", (), "mmol/L")


@pytest.mark.parametrize("unit", ["U", "g", "mmHg"])
def test_a_row_in_a_unit_of_something_else_is_rejected(unit: str) -> None:
    report = read(f"timestamp,value,unit\n2024-01-01T08:00:00Z,6,{unit}\n2024-01-01T08:01:00Z,6,mmol/L\n")

    assert [rejection.reason for rejection in report.rejected] == [f"'{unit}' is no unit of what this table holds"]
    assert report.readings["glucose"] == 1


@pytest.mark.parametrize("value", ["0", "-5", "1501", "nan5", "1e2", "٥", "12/5", "1,2,3"])
def test_an_impossible_glucose_is_rejected_with_its_line(value: str) -> None:
    report = read(f'timestamp;glucose (mg/dL)\n2024-01-01T08:00:00Z;100\n2024-01-01T09:00:00Z;"{value}"\n')

    assert [rejection.row for rejection in report.rejected] == [3]
    assert report.readings["glucose"] == 1


@pytest.mark.parametrize("value", ["1", "15", "999", "1500", "83.4"])
def test_an_unlikely_glucose_is_kept_for_people_to_judge(value: str) -> None:
    report = read(f"timestamp,glucose (mg/dL)\n2024-01-01T08:00:00Z,{value}\n")

    assert not report.rejected


@pytest.mark.parametrize(
    ("systolic", "diastolic"), [("39", "30"), ("301", "90"), ("120", "19"), ("250", "201"), ("80", "80")]
)
def test_an_impossible_pressure_is_rejected(systolic: str, diastolic: str) -> None:
    report = read(f"timestamp,sys,dia\n2024-01-01T08:00:00Z,{systolic},{diastolic}\n")

    assert len(report.rejected) == 1


@pytest.mark.parametrize(("systolic", "diastolic"), [("40", "20"), ("300", "200"), ("80", "79")])
def test_the_widest_possible_pressures_are_kept(systolic: str, diastolic: str) -> None:
    report = read(f"timestamp,sys,dia\n2024-01-01T08:00:00Z,{systolic},{diastolic}\n")

    assert report.readings["blood_pressure"] == 1


def test_kilopascals_become_millimetres_and_the_cell_is_kept() -> None:
    report = read("timestamp,收缩压(kPa),舒张压(kPa)\n2024-01-01T08:00:00Z,16.0,10.5\n")

    assert report.rows[0].value == Decimal("120.009920")
    assert (report.rows[0].unit, report.rows[0].raw) == ("mm[Hg]", "16.0/10.5")


def test_one_row_may_hold_glucose_and_blood_pressure() -> None:
    report = read("timestamp,glucose (mg/dL),sys,dia,pulse\n2024-01-01T08:00:00Z,110,120,80,60\n")

    assert report.readings == {"glucose": 1, "blood_pressure": 1, "ketone": 0}
    assert report.rows_read == 1
    assert {row.metric for row in report.rows} == {Metric.GLUCOSE, Metric.BLOOD_PRESSURE}


def test_the_zone_that_a_row_states_goes_before_the_patients(zone_of_berlin: ZoneInfo) -> None:
    table = "Measurement Date,Timezone,SYS(mmHg),DIA(mmHg)\n2024/01/05 08:00,Asia/Tokyo,120,80\n"

    report = read(table, zone=zone_of_berlin)

    assert report.rows[0].taken_at.isoformat() == "2024-01-04T23:00:00+00:00"
    assert (report.zone, report.zone_source) == ("Asia/Tokyo", "file")


@pytest.mark.parametrize("header", ["time (UTC)", "timestamp_utc", "Date Time GMT"])
def test_a_column_headed_as_utc_is_not_in_the_patients_zone(header: str, zone_of_berlin: ZoneInfo) -> None:
    report = read(f"{header},glucose (mg/dL)\n2024-01-05 08:00,110\n", zone=zone_of_berlin)

    assert report.rows[0].taken_at.isoformat() == "2024-01-05T08:00:00+00:00"
    assert (report.zone, report.zone_source) == ("UTC", "file")


def test_a_zone_that_does_not_exist_rejects_its_row() -> None:
    report = read("Date,Time,Timezone,SYS,DIA\n2024/01/05,08:00,Mars/Base,120,80\n")

    assert [rejection.reason for rejection in report.rejected] == ["'Mars/Base' is not a time zone"]


@pytest.mark.parametrize("column", ["Trend Arrow", "Transmitter ID", "cgmModel"])
def test_glucose_beside_a_sensors_columns_is_never_called_a_meters(column: str) -> None:
    report = read(f"timestamp,glucose (mg/dL),{column}\n2024-01-01T08:00:00Z,110,x\n")

    assert report.rows[0].kind is Kind.CGM


@pytest.mark.parametrize(
    "header",
    [
        "timestamp,value",  # a value of what?
        "timestamp,glucose,type",  # a column decides what each row means
        "timestamp,glucose,a,b,c,d",  # some app's own table
        "glucose,notes",
        "timestamp,systolic",
    ],
)
def test_what_is_no_plain_table_is_left_to_a_person(header: str) -> None:
    report = read(f"{header}\n2024-01-01T08:00:00Z,110,1,2,3,4\n")

    assert report.format is None
    assert asked(report) == ["format"]
    assert report.rows_read == 0


@pytest.mark.parametrize(
    ("name", "count", "total"),
    [("generic_bp_iso_offset_semicolon.csv", 26, 3704), ("generic_bp_date_time_sys_dia_pulse.csv", 3241, 387146)],
)
def test_the_samples_of_plain_pressures_are_read_whole(name: str, count: int, total: int) -> None:
    if not SAMPLES.exists():
        pytest.skip("../shared is not beside this checkout")

    report = read((SAMPLES / name).read_bytes())

    assert (report.kinds["cuff"].n, report.kinds["cuff"].total) == (count, total)
