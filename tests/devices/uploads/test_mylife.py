"""mylife logs: glucose is known by its unit, in any language."""

from tests.devices.uploads.glucose_exports import MYLIFE, counts, read


def test_only_rows_in_a_unit_of_glucose_are_readings() -> None:
    report = read(MYLIFE)

    assert (report.format, report.unit, report.date_order) == ("mylife", "mg/dL", "DMY")
    assert counts(report) == {"meter": 1}
    assert report.kinds["meter"].total == 118
    assert report.skipped == {"no glucose": 2, "no value": 1}


def test_a_log_without_any_glucose_is_read_and_asks_nothing() -> None:
    lines = [line for line in MYLIFE.splitlines() if "mg/dL" not in line]

    report = read("\n".join(lines))

    assert (report.format, report.readings["glucose"], report.rows_read) == ("mylife", 0, 2)
    assert not report.questions


def test_a_log_in_an_unknown_language_is_known_by_the_shape_of_its_rows() -> None:
    _, *rows = MYLIFE.splitlines()

    report = read("\n".join(["A;B;C;D;E;F;G;H", *rows]))

    assert (report.format, counts(report)) == ("mylife", {"meter": 1})


def test_an_english_log_is_read_alike() -> None:
    text = (
        "Day;Date;Time;Event;Value;Unit;Information;Note\n"
        "Fri;13.02.26;08:55;Blood glucose;6.5;mmol/L;;\nFri;13.02.26;09:04;Bolus;4.4;U;;\n"
    )

    report = read(text)

    assert (report.format, report.unit, counts(report)) == ("mylife", "mmol/L", {"meter": 1})
