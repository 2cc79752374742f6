"""Dexcom Clarity exports: sensor values and calibrations out of a list of everything."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from companion.readings.reading import Kind, Limit
from tests.devices.uploads.glucose_exports import CLARITY, CLARITY_DE, CLARITY_HEADER, counts, read


def test_sensor_values_and_calibrations_are_read_and_every_other_row_is_in_one_class() -> None:
    report = read(CLARITY)

    assert (report.format, report.unit, report.date_order) == ("dexcom_clarity", "mg/dL", "YMD")
    assert counts(report) == {"cgm": 1, "meter": 1}
    assert report.out_of_range == {"low": 1, "high": 1}
    assert report.skipped == {"patient or device": 2, "alert threshold": 3, "event without glucose": 1}
    assert [(rejection.row, rejection.reason) for rejection in report.rejected] == [
        (12, "a measurement without its value"),
        (13, "'Mystery' is no known event"),
    ]
    assert report.rows_read == 12


def test_a_german_export_has_semicolons_decimal_commas_and_translated_events() -> None:
    report = read(CLARITY_DE)

    assert (report.format, report.unit) == ("dexcom_clarity", "mmol/L")
    assert report.kinds["cgm"].total == Decimal("5.6")
    assert report.kinds["meter"].total == Decimal("5.8")
    assert report.out_of_range == {"low": 1, "high": 0}


@pytest.mark.parametrize(
    ("header", "event", "low"),
    [
        ("Index;Marca temporal (AAAA-MM-DDThh:mm:ss);Tipo de evento;Nivel de glucosa (mg/dl)",
         "Niveles estimados de glucosa", "Bajo"),
        ("Indice;Data e ora (AAAA-MM-GGThh:mm:ss);Tipo di evento;Valore del glucosio (mg/dL)", "EGV", "Basso"),
        ("Index;Horodatage (AAAA-MM-JJThh:mm:ss);Type d’événement;Valeur de glucose (mg/dL)", "Glucose estimé", "Bas"),
    ],
)  # fmt: skip
def test_other_languages_are_known_by_how_they_write_a_time(header: str, event: str, low: str) -> None:
    rows = [f"1;2026-02-03T07:00:10;{event};101", f"2;2026-02-03T07:05:10;{event};{low}", "3;;Alarma;70"]

    report = read("\n".join([header, *rows]))

    assert (report.format, counts(report)) == ("dexcom_clarity", {"cgm": 1})
    assert report.out_of_range == {"low": 1, "high": 0}
    assert report.skipped == {"alert threshold": 1}


def test_a_full_export_in_an_unknown_language_is_known_by_its_places() -> None:
    header = "A,B (ÉÉÉÉ-HH-NNTóó:pp:mm),C,D,E,F,G,Vércukorérték (mg/dL),I,J,K,L (mg/dL/min),M,N"

    report = read(CLARITY.replace(CLARITY_HEADER, header))

    assert (report.format, counts(report)) == ("dexcom_clarity", {"cgm": 1, "meter": 1})
    assert report.skipped["alert threshold"] == 3


def test_a_table_cut_down_to_times_and_values_is_all_sensor() -> None:
    report = read("Marca temporal (AAAA-MM-DDThh:mm:ss),Nivel de glucosa (mg/dL)\n2026-02-03T07:00:10,120\n")

    assert (report.format, counts(report)) == ("dexcom_clarity", {"cgm": 1})


def test_the_older_export_with_tabs_and_without_transmitter_is_read() -> None:
    header = CLARITY_HEADER.removesuffix(",Transmitter ID").replace(",", "\t")
    row = "1\t2026-02-03T07:00:10\tEGV\t\t\t\t11AAAA\t115\t\t\t\t\t1234567"

    report = read(f"{header}\n{row}\n")

    assert (report.format, counts(report)) == ("dexcom_clarity", {"cgm": 1})


def test_times_that_a_spreadsheet_rewrote_are_still_times() -> None:
    report = read(f"{CLARITY_HEADER}\n5,2/13/2026 7:00,EGV,,,,Phone,101,,,,,5000,8A1,,,\n")

    assert (report.date_order, counts(report)) == ("MDY", {"cgm": 1})


def test_a_header_without_unit_asks_for_it() -> None:
    report = read(CLARITY.replace(" (mg/dL),", ","))

    assert report.unit is None
    assert [question.about for question in report.questions] == ["unit", "zone"]


def test_the_repeated_hour_is_told_apart_by_the_transmitter(zone_of_berlin: ZoneInfo) -> None:
    values = (
        ("2026-10-25T01:50:00", 100, 4800),
        ("2026-10-25T02:10:00", 103, 9600),
        ("2026-10-25T02:40:00", 102, 7800),
        ("2026-10-25T02:10:00", 101, 6000),
    )
    rows = [f"{n},{time},EGV,,,,Phone,{value},,,,,{ticks},8A1" for n, (time, value, ticks) in enumerate(values)]

    report = read("\n".join([CLARITY_HEADER, *rows]), zone=zone_of_berlin)

    instants = {int(reading.value or 0): reading.taken_at.isoformat() for reading in report.rows}
    assert instants == {
        100: "2026-10-24T23:50:00+00:00",
        101: "2026-10-25T00:10:00+00:00",
        102: "2026-10-25T00:40:00+00:00",
        103: "2026-10-25T01:10:00+00:00",
    }
    assert [reading.flags for reading in report.rows] == [(), ("fold",), ("fold",), ("fold",)]


def test_readings_name_the_receiver_and_keep_the_word_for_out_of_range(zone_of_berlin: ZoneInfo) -> None:
    report = read(CLARITY, zone=zone_of_berlin)

    low = report.rows[1]
    assert (low.device, low.kind, low.value, low.limit, low.raw) == ("Phone", Kind.CGM, None, Limit.LOW, "Low")
