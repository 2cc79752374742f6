"""Files are read in a process of their own: the same answers, and nothing a file does reaches us."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.apart import Limits, Reader, read_apart
from companion.devices.uploads import UploadReport, read_export
from companion.devices.uploads.source import Source
from companion.errors import BadInput
from tests.apart.sources import Deadly, Endless, Greedy

HOURS = [(day, hour) for day in range(1, 29) for hour in range(24)]
TABLE = "time,glucose (mg/dL)\n" + "".join(f"2024-01-{day:02} {hour:02}:00,{100 + hour}\n" for day, hour in HOURS)
BERLIN = ZoneInfo("Europe/Berlin")


def read(source: Source | bytes, reader: Reader | None = None) -> UploadReport:
    reader = reader or Reader(Limits(seconds=10))
    return reader.read(source, zone=BERLIN, unit=None, dates=None)


def test_the_report_and_its_rows_are_those_that_the_same_process_would_give(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text(TABLE)

    apart = read_apart(file, zone=BERLIN, unit=None, dates=None)

    here = read_export(file, zone=BERLIN, unit=None, dates=None)
    assert list(apart.rows) == list(here.rows)
    assert (apart.kinds, apart.rows_read, len(apart.rows)) == (here.kinds, 672, 672)


def test_rows_can_be_gone_through_again_and_left_half_way() -> None:
    report = read(TABLE.encode())

    first = [row.row for row in report.rows[:3]]

    assert first == [2, 3, 4]
    assert report.rows[-1].row == 673
    assert len(list(report.rows)) == len(list(report.rows)) == 672


def test_the_rows_of_a_report_are_its_own_after_the_process_has_read_another_file() -> None:
    reader = Reader(Limits())
    one = read(TABLE.encode(), reader)
    other = read(b"time,glucose (mg/dL)\n2024-01-01 08:00,99\n", reader)

    assert (len(list(one.rows)), len(list(other.rows))) == (672, 1)


@pytest.mark.parametrize(
    ("source", "why"),
    [(Deadly(), "died of it"), (Endless(), "longer than 2 seconds"), (Greedy(), "too much memory")],
    ids=["deadly", "endless", "greedy"],
)
def test_a_file_that_harms_its_reader_is_refused_and_the_next_one_is_read(source: Source, why: str) -> None:
    reader = Reader(Limits(seconds=2))

    with pytest.raises(BadInput, match=why) as refusal:
        read(source, reader)

    assert refusal.value.advice
    assert read(TABLE.encode(), reader).rows_read == 672


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    file, told = tmp_path / "table.csv", []
    file.write_text("time,glucose (mg/dL),note\n" + f"2024-02-01 08:00,100,{'x' * 10_000}\n" * 1000)

    read_apart(file, zone=BERLIN, unit=None, dates=None, told=told.append)

    assert told == sorted(told)
    assert told[-1] > file.stat().st_size


def test_what_is_refused_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="PDF") as refusal:
        read(b"%PDF-1.7")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing")

    assert refusal.value.advice == "export the readings as CSV"
