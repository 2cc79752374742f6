"""What comes twice is found, however the rows are ordered and however many there are."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from companion.devices.uploads import UploadReport, read_export
from companion.devices.uploads.seen import Seen

START = datetime(2024, 1, 13, 8)


def read(minutes: list[int]) -> UploadReport:
    """A value that its time alone decides: the same minute is the same record."""
    rows = [f"{START + timedelta(minutes=minute):%d/%m/%Y %H:%M},{100 + minute % 7}" for minute in minutes]
    return read_export("\n".join(["time (UTC),glucose (mg/dL)", *rows]).encode(), zone=None, unit=None, dates=None)


@given(st.lists(st.integers(0, 3000), min_size=1))
def test_the_first_of_every_record_is_kept_whatever_the_order(minutes: list[int]) -> None:
    report = read(minutes)

    first_rows = sorted({minute: row for row, minute in reversed(list(enumerate(minutes, start=2)))}.values())
    assert [row.row for row in report.rows] == first_rows
    assert report.duplicates_in_file == len(minutes) - len(first_rows)


@given(st.lists(st.integers(0, 3000), min_size=1), st.booleans())
def test_a_file_in_order_is_read_without_remembering(minutes: list[int], newest_first: bool) -> None:
    ordered = sorted(set(minutes), reverse=newest_first)

    report = read(ordered)

    assert [row.row for row in report.rows] == list(range(2, len(ordered) + 2))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30))), st.integers(1, 5))
def test_what_no_longer_fits_into_the_memory_is_remembered_all_the_same(
    pairs: list[tuple[int, int]], most_in_memory: int
) -> None:
    seen = Seen(most_in_memory)

    new = [pair for pair in pairs if seen.is_new(pair[0], seen.times_of(pair[0]), pair[1])]

    assert new == list(dict.fromkeys(pairs))
