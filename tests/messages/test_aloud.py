"""How a voice says a time of day and a telephone number."""

import pytest

from companion.messages.wording.aloud import spoken_number, spoken_time


@pytest.mark.parametrize(
    ("local", "english", "chinese"),
    [
        ("00:00", "12 AM", "午夜12点"),
        ("00:30", "12:30 AM", "凌晨12点30分"),
        ("05:30", "5:30 AM", "早上5点30分"),
        ("08:00", "8 AM", "上午8点"),
        ("12:00", "12 PM", "中午12点"),
        ("15:05", "3:05 PM", "下午3点05分"),
        ("20:00", "8 PM", "晚上8点"),
    ],
)
def test_a_time_is_said_as_people_say_it(local: str, english: str, chinese: str) -> None:
    said = spoken_time("en", local), spoken_time("zh", local)

    assert said == (english, chinese)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+49 30 1234", "+ 4 9 3 0 1 2 3 4"),
        ("120 / 112 / 911", "1 2 0, 1 1 2, 9 1 1"),
        ("the ward", "the ward"),
        ("", ""),
    ],
)
def test_a_number_is_said_digit_by_digit(number: str, said: str) -> None:
    assert spoken_number(number) == said
