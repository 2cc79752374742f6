"""Passwords that are long and yet guessed at once are refused; nothing is asked about kinds of characters."""

import pytest

from companion.care.common_passwords import check_is_uncommon
from companion.errors import BadInput


@pytest.mark.parametrize(
    "password",
    [
        "123456789012345",
        "passwordpassword",
        "qwertyuiopasdfgh",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "iloveyouiloveyou",
        "a" * 128,
    ],
)
def test_what_others_try_first_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match="one of the first"):
        check_is_uncommon(password)


def test_the_persons_own_name_and_birthday_are_no_secret() -> None:
    with pytest.raises(BadInput, match="one of the first"):
        check_is_uncommon("wang.aiyi19550302", "wang.aiyi", "Wang Aiyi")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "我们家的猫喜欢睡在窗台上晒太阳哦",
        "twelve geese sat down to tea",
        "x7 " * 5 + "the end of it all" * 5,
    ],
)
def test_a_sentence_of_ones_own_is_good_whatever_its_characters(password: str) -> None:
    check_is_uncommon(password, "dr.li", "Dr. Li", None)
