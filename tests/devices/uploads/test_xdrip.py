"""xDrip+ exports for SiDiary."""

from tests.devices.uploads.glucose_exports import XDRIP, counts, read


def test_three_blocks_of_one_table_hold_sensor_meter_and_treatments() -> None:
    report = read(XDRIP)

    assert (report.format, report.date_order, counts(report)) == ("xdrip", "DMY", {"cgm": 1, "meter": 1})
    assert report.skipped == {"treatment or note": 1}


def test_values_are_in_mg_by_the_programs_own_rule() -> None:
    report = read(XDRIP)

    assert report.unit == "mg/dL"
    assert report.kinds["cgm"].total == 115
    assert [question.about for question in report.questions] == ["zone"]
