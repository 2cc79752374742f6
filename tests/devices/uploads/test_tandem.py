"""Tandem exports: stacked tables, and the single tables of Tandem Source."""

from tests.devices.uploads.glucose_exports import TANDEM, TANDEM_SOURCE, counts, read


def test_only_described_values_are_readings_and_those_from_the_pump_are_typed() -> None:
    report = read(TANDEM)

    assert (report.format, report.unit) == ("tandem_tconnect", "mg/dL")
    assert counts(report) == {"cgm": 1, "typed": 1}
    assert report.skipped == {"pump event": 1, "insulin delivery": 2}
    assert report.rows_read == 5


def test_tandem_source_writes_its_headers_with_blanks() -> None:
    report = read(TANDEM_SOURCE)

    assert (report.format, report.unit, counts(report)) == ("tandem_tconnect", "mmol/L", {"typed": 1})


def test_tables_may_come_in_any_order() -> None:
    preamble, readings, insulin, bolus = TANDEM.split("\n\n")

    report = read("\n\n".join([preamble, bolus, insulin, readings]))

    assert counts(report) == {"cgm": 1, "typed": 1}
    assert report.rows_read == 5


def test_a_header_that_names_no_unit_asks_for_it() -> None:
    report = read(TANDEM.replace("Readings (mg/dL)", "Readings (CGM / BGM)"))

    assert report.unit is None
    assert [question.about for question in report.questions] == ["unit", "zone"]


def test_a_sensor_value_that_is_missing_is_rejected() -> None:
    report = read(TANDEM.replace(",166", ","))

    assert [(rejection.row, rejection.reason) for rejection in report.rejected] == [
        (5, "a measurement without its value")
    ]
