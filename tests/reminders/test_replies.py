"""What counts as a plain answer, and that everything else goes to a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.reminders.replies import MEANING, Reply, understand


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", Reply.TAKEN),
        ("2", Reply.LATER),
        ("3", Reply.SKIP),
        ("0", Reply.HELP),
        ("１", Reply.TAKEN),
        ("1️⃣", Reply.TAKEN),
        ("①", Reply.TAKEN),
        (" 1 \r\n", Reply.TAKEN),
        ("1。", Reply.TAKEN),
        ("【２】", Reply.LATER),
        ("1 👍🏽", Reply.TAKEN),
        ("1#", Reply.TAKEN),
        ("已服", Reply.TAKEN),
        ("吃了！", Reply.TAKEN),
        ("好", Reply.TAKEN),
        ("稍后", Reply.LATER),
        ("等会", Reply.LATER),
        ("跳过", Reply.SKIP),
        ("不吃", Reply.SKIP),
        ("Taken.", Reply.TAKEN),
        ("LATER", Reply.LATER),
        ("skip", Reply.SKIP),
        ("help", Reply.HELP),
        ("STOP", Reply.OPT_OUT),
        ("stop.", Reply.OPT_OUT),
        ("退订", Reply.OPT_OUT),
        ("TD", Reply.OPT_OUT),
        ("ｔ", Reply.OPT_OUT),
        ("Start", Reply.OPT_IN),
    ],
)
def test_a_plain_answer_is_understood(text: str, meant: Reply) -> None:
    assert understand(text) is meant


@pytest.mark.parametrize(
    "text",
    [
        "1 or 2?",
        "I did not take 1",
        "1?",
        "taken?",
        "1 ❌",
        "❓1",
        "11",
        "1 2",
        "1/2",
        "½",
        "0.1",
        "4",
        "+1",
        "08:00 1",
        "yes",
        "no",
        "ok",
        "没吃",
        "不吃了",
        "吃了一半",
        "好的，晚点吃",
        "一",
        "👍",
        "…",
        " ",
        "",
        "please stop",
        "restart",
        "胸口疼",
    ],
)
def test_anything_else_goes_to_a_person(text: str) -> None:
    assert understand(text) is Reply.UNCLEAR


@pytest.mark.parametrize("word", ["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"])
def test_a_word_on_which_the_provider_stops_never_answers_a_dose(word: str) -> None:
    assert understand(word) is Reply.OPT_OUT


@given(st.text(max_size=30))
def test_no_text_is_too_strange_and_only_known_answers_have_a_meaning(text: str) -> None:
    meant = understand(text)

    bare_letters = {sign for sign in text if sign.isalnum()}
    assert meant is Reply.UNCLEAR or bare_letters


@given(st.sampled_from(sorted(MEANING)), st.text(alphabet="abc123456789不没", min_size=1, max_size=5))
def test_an_answer_with_anything_added_is_that_longer_answer_or_unclear(answer: str, more: str) -> None:
    assert understand(answer + more) is MEANING.get(answer + more, Reply.UNCLEAR)
