"""CareLink exports: sections of events, of which few are measurements."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.devices.uploads.glucose_exports import CARELINK, CARELINK_EU, counts, read


def test_each_section_is_read_by_its_own_header() -> None:
    report = read(CARELINK)

    assert (report.format, report.unit, report.date_order) == ("carelink", "mg/dL", "YMD")
    assert counts(report) == {"meter": 1, "cgm": 1}
    assert report.kinds["meter"].total == 180
    assert report.kinds["cgm"].total == 171
    assert report.rows_read == 7


def test_what_went_into_the_bolus_calculator_is_counted_and_is_no_reading() -> None:
    report = read(CARELINK)

    assert report.skipped == {"calculator input": 1, "sensor calibration": 1, "pump or sensor event": 3}


def test_a_european_export_has_semicolons_and_decimal_commas() -> None:
    report = read(CARELINK_EU)

    assert (report.format, report.unit) == ("carelink", "mmol/L")
    assert report.kinds["meter"].total == Decimal("5.5")
    assert report.kinds["cgm"].total == Decimal("6.3")
    assert report.skipped == {"calculator input": 1, "pump or sensor event": 1}


def test_an_older_german_export_is_one_table_without_sections() -> None:
    text = (
        "MEDTRONIC DIABETES DATENEXPORT\n"
        "Index,Datum,Zeit,Zeitstempel,Neue Gerätezeit,BZ-Messwert (mg/dl),Bolusart,"
        "BolusExpert: Hoher BZ-Grenzwert (mg/dl),BolusExpert: BZ-Eingabe (mg/dl),Sensorkalibrierung BZ (mg/dl),"
        "Sensorglukose (mg/dl)\n"
        "1,13.02.26,14:42:33,13.02.26 14:42:33,,131,,,,,\n"
        "2,13.02.26,14:42:40,13.02.26 14:42:40,,,,120,131,,\n"
        "3,13.02.26,14:45:00,13.02.26 14:45:00,,,,,,,128\n"
    )

    report = read(text)

    assert (report.format, report.date_order, counts(report)) == ("carelink", "DMY", {"meter": 1, "cgm": 1})
    assert report.skipped == {"calculator input": 1}


def test_a_newer_pump_says_where_a_value_came_from_and_what_became_of_it() -> None:
    header = "Index;Date;Time;BG Source;BG Reading (mg/dL);Bolus Type;BWZ BG/SG Input (mg/dL);Sensor Glucose (mg/dL)"
    sources = (
        "BG_READING_RECEIVED", "USER_ACCEPTED_REMOTE_BG", "BG_SENT_FOR_CALIB", "ENTERED_IN_BG_ENTRY",
        "ENTERED_IN_BOLUS_WIZARD",
    )  # fmt: skip
    rows = [f"{n},0;2026/02/13;07:0{n}:00;{source};131;;;" for n, source in enumerate(sources)]

    report = read("\n".join([header, *rows]))

    assert counts(report) == {"meter": 1, "typed": 1}
    assert report.skipped == {"repeat of a meter's value": 2, "calculator input": 1}


def test_readings_name_the_pump_and_its_serial_number(zone_of_berlin: ZoneInfo) -> None:
    report = read(CARELINK, zone=zone_of_berlin)

    assert {reading.device for reading in report.rows} == {"MiniMed 723 000001"}
    assert report.rows[0].local_text == "2026/02/13 14:42:27"
