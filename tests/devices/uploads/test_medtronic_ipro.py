"""iPro exports: a recorder's values and those of the meter it was calibrated with."""

from zoneinfo import ZoneInfo

from companion.devices.uploads import read_export
from tests.devices.uploads.glucose_exports import IPRO, counts, read


def test_values_of_the_recorder_and_of_the_meter_are_told_apart() -> None:
    report = read(IPRO)

    assert (report.format, report.unit, report.date_order) == ("medtronic_ipro", "mg/dL", "DMY")
    assert counts(report) == {"meter": 1, "cgm": 1}
    assert report.skipped == {"recorder event": 1}


def test_the_software_writes_utf_16_without_a_mark() -> None:
    report = read_export(IPRO.encode("utf-16-le"), zone=None, unit=None, dates=None)

    assert (report.format, counts(report)) == ("medtronic_ipro", {"meter": 1, "cgm": 1})


def test_readings_name_the_recorder(zone_of_berlin: ZoneInfo) -> None:
    report = read(IPRO, zone=zone_of_berlin)

    assert {reading.device for reading in report.rows} == {"Medtronic iPro2 Recorder 777"}


def test_a_danish_export_is_known_by_its_title_and_its_sensor() -> None:
    text = IPRO.replace("Sensor Glucose (mg/dL)", "Sensorglukose (mmol/l)").replace("\t92", "\t5,1")
    text = text.replace("Timestamp", "Tidsstempel").replace("BG Reading (mg/dL)", "BG-aflæsning (mmol/l)")

    report = read(text.replace("\t114\t", "\t6,3\t"))

    assert (report.format, report.unit, counts(report)) == ("medtronic_ipro", "mmol/L", {"meter": 1, "cgm": 1})
