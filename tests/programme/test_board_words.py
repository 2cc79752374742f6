"""What a text holds before anybody has read it: words of an emergency, ways to find somebody, a name drawn by lot."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.programme.board.made_up_names import draw_name, shown_name
from companion.programme.board.screening import LONGEST, checked
from companion.programme.red_flags import red_flags


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        ("I have chest pain since this morning", "chest"),
        ("胸口很痛怎么办", "chest"),
        ("My mother can't breathe well", "breath"),
        ("I can’t breathe when lying down", "breath"),
        ("妈妈喘不过气", "breath"),
        ("his mouth droops and his arm is weak", "stroke"),
        ("她突然说不出话", "stroke"),
        ("Father fainted after lunch", "unconscious"),
        ("叫不醒他", "unconscious"),
        ("My sugar is so low and I shake", "low"),
        ("he is vomiting blood", "bleeding"),
        ("I don't want to live any more", "self_harm"),
        ("我不想活了", "self_harm"),
        ("I took too much insulin", "overdose"),
        ("胰岛素打多了,吃得太多药", "overdose"),
        ("is this ketoacidosis?", "ketones"),
    ],
)
def test_words_of_an_emergency_are_found_in_both_languages(words: str, sign: str) -> None:
    assert sign in red_flags(words)


@pytest.mark.parametrize(
    "words",
    ["How do you remember to measure?", "Which breakfast is good for you?", "早饭前多久测血糖?", "怎样给血压计换电池?"],
)
def test_a_plain_question_is_no_emergency(words: str) -> None:
    assert red_flags(words) == ()


@given(before=st.text(max_size=60), after=st.text(max_size=60), sign=st.sampled_from(["chest pain", "suicide", "昏迷"]))
def test_they_are_found_wherever_they_stand(before: str, after: str, sign: str) -> None:
    assert red_flags(f"{before} {sign.upper()} {after}")


@pytest.mark.parametrize(
    "words",
    [
        "Call me at +49 170 1234567 please",
        "Write to anna@example.org for more",
        "Look at https://shop.example/pills",
        "我的微信号是这个大家加我",
        "My number is 13800138000, call",
    ],
)
def test_ways_to_find_somebody_are_refused_with_what_to_do(words: str) -> None:
    with pytest.raises(BadInput, match="a number, an address or a link") as told:
        checked(words)

    assert (told.value.where, bool(told.value.advice)) == ("words", True)


@pytest.mark.parametrize("words", ["", "   why?  ", "x" * (LONGEST + 1)])
def test_too_little_and_too_much_are_refused(words: str) -> None:
    with pytest.raises(BadInput) as told:
        checked(words)

    assert told.value.where == "words"


@pytest.mark.parametrize("words", ["My value was 148 over 91 today", "It rose from 5.6 to 7.2 mmol/L in 2025"])
def test_values_are_no_way_to_find_somebody(words: str) -> None:
    assert checked(f"  {words} ") == words


@given(st.integers())
def test_a_name_is_drawn_and_said_in_both_languages(seed: int) -> None:
    drawn = draw_name(random.Random(seed).choice)

    assert len(drawn) <= 40
    assert shown_name(drawn, "en").lower() == drawn
    assert shown_name(drawn, "zh").isascii() is False
