"""A zip archive of several files is one upload."""

import io
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from companion.devices.uploads import UploadReport, read_export
from companion.devices.uploads.report import as_json

HEADER = "time,glucose (mg/dL),device\n"
JANUARY = HEADER + "13/01/2024 08:00,101,A\n13/01/2024 09:00,102,A\n"
FEBRUARY = HEADER + "02/01/2024 08:00,103,A\n13/01/2024 09:00,102,A\n02/01/2024 09:00,x,A\n"


def read(**members: str) -> UploadReport:
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return read_export(content.getvalue(), zone=ZoneInfo("Europe/Berlin"), unit=None, dates=None)


def test_its_files_share_one_order_of_dates_and_one_set_of_records() -> None:
    report = read(january_csv=JANUARY, february_csv=FEBRUARY)

    assert (report.format, report.date_order, report.rows_read) == ("plain_csv", "DMY", 5)
    assert report.duplicates_in_file == 1
    assert [(row.member, row.row) for row in report.rows] == [
        ("january.csv", 2), ("january.csv", 3), ("february.csv", 2),
    ]  # fmt: skip


def test_a_rejected_row_is_found_again_by_its_file_and_line() -> None:
    report = read(january_csv=JANUARY, february_csv=FEBRUARY)

    assert as_json(report)["rejected"] == [
        {"row": 4, "reason": "glucose 'x' is not a number", "member": "february.csv"}
    ]


def test_files_that_are_no_readings_are_named() -> None:
    report = read(january_csv=JANUARY, insulin_csv="time,units\n13/01/2024 08:00,4\n", photo_jpg="\x00\x01")

    assert report.unread == ("insulin.csv", "photo.jpg")
    assert report.rows_read == 2


def test_an_archive_without_any_export_asks_for_the_format() -> None:
    report = read(photo_jpg="\x00\x01")

    assert [asked.about for asked in report.questions] == ["format"]
