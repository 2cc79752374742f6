"""Dates with the month in words."""

import pytest

from companion.devices.uploads.dates import in_order, split_time
from companion.devices.uploads.months import with_numeric_month

WRITTEN = {
    "Aug 1, 2026, 9:04 PM": "2026-08-01T21:04:00",
    "Aug 1, 2026 at 8:41 PM": "2026-08-01T20:41:00",
    "Jan 12 2025 08:15": "2025-01-12T08:15:00",
    "13 Juli 2026 07:05": "2026-07-13T07:05:00",
    "05 Okt. 2024 23:59": "2024-10-05T23:59:00",
    "03 Sept. 2024 00:00": "2024-09-03T00:00:00",
    "7. August 2017 um 21:04:09": "2017-08-07T21:04:09",
    "5 maj 2024 kl. 10:11": "2024-05-05T10:11:00",
    "1 août 2026 à 08:00": "2026-08-01T08:00:00",
    "1 de agosto de 2026 9:04 p. m.": "2026-08-01T21:04:00",
    "12-Jan-25 08:00": "2025-01-12T08:00:00",
    "31 MÄRZ 2025 10:00": "2025-03-31T10:00:00",
}


@pytest.mark.parametrize(("text", "expected"), WRITTEN.items())
def test_a_month_in_words_is_read_in_any_of_the_languages_and_orders(text: str, expected: str) -> None:
    parts = split_time(text)

    assert parts is not None
    times = [in_order(parts, order) for order in ("DMY", "MDY", "YMD")]
    assert [time.local.isoformat() if time else None for time in times] == [expected] * 3


@pytest.mark.parametrize("text", ["Foo 12 2025 08:15", "12 2025 08:15", "Jan 2025 08:15", "a may 5 2024", ""])
def test_what_is_no_such_date_is_left_as_it_is(text: str) -> None:
    assert with_numeric_month(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("25.06.2015 - 19:14", "2015-06-25"), ("2024-02-21-08:00", "2024-02-21"), ("05.1.24. 7:05", "2024-01-05")],
)
def test_a_dash_or_a_dot_may_stand_between_date_and_time(text: str, expected: str) -> None:
    parts = split_time(text)

    assert parts is not None
    time = in_order(parts, "DMY")
    assert time is not None
    assert time.local.date().isoformat() == expected
