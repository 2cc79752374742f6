"""What counts as a plain answer, and that everything else goes to a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.reminders.doses.replies import CONSENT, DIGITS, MEANING, WORDS, Reply, opts_in, understand

PLAIN: dict[Reply, tuple[str, ...]] = {
    Reply.TAKEN: (
        "1", "１", "1️⃣", "①", "⑴", " 1 \r\n", "1。", "1.", "1!", "1!!!", "(1)", "【1】", "“1”", "1)", "#1", "1#",
        "*1*", "1\u200b", "\ufeff1", "1 👍🏽", "1 ✅", "1😊", "1、 ", "taken", "Taken.", "TAKEN", "ｔａｋｅｎ",
        "t a k e n", "took it", "Took it!", "I took it", "i TOOK it.", "I've taken it", "I’ve taken it",
        "I have taken it", "done", "Done.", "yes", "Yes!", "YES", "1 taken", "taken 1", "1 - taken", "1,done",
        "all taken", "injected", "已服", "已服。", "已服药", "已服藥", "已服用", "吃了", "吃了！", "吃了，",
        "吃药了", "吃藥了", "药吃了", "我吃了", "吃过了", "吃過了", "已经吃了", "已經吃了", "都吃了", "已吃",
        "服了", "打了", "打针了", "已注射", "好", "好！", "好了", "1已服", "1 吃了", "已服1", "１。已服", "👍",
        "I took my pills.", "took my medicine", "吃了药", "吃过药了", "吃過藥了", "我吃过药了。",
        "👍🏻", "👍👍", " 👍 ", "✅", "✔️", "☑️", "✅👍", "👍!",
    ),
    Reply.LATER: (
        "2", "２", "2️⃣", "②", "【２】", "2.", " 2", "2 👍", "2 🙏", "later", "LATER", "Later!", "remind me later",
        "snooze", "2 later", "later 2", "稍后", "稍後", "稍后。", "等会", "等会儿", "等會", "等一下", "待会儿",
        "过会儿", "晚点", "2稍后", "稍后提醒",
    ),
    Reply.SKIP: (
        "3", "３", "3️⃣", "③", "3。", "skip", "SKIP", "Skip it.", "skipped", "3 skip", "3-skip", "跳过", "跳過",
        "不吃", "这次不吃", "3 跳过", "跳过3",
    ),
    Reply.HELP: ("0", "０", "0️⃣", "⓪", "help", "HELP!", "info", "0 help", "帮助", "幫助", "0帮助"),
    Reply.OPT_OUT: (
        "STOP", "stop.", "Stop!", "STOPALL", "stop all", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE",
        "OPTOUT", "opt out", "opt-out", "退订", "退訂", "退订！", "TD", "td", "ＴＤ", "T", "ｔ", "TD退订",
        "取消订阅",
    ),
    Reply.OPT_IN: ("START", "Start", "unstop", "start!"),
}  # fmt: skip

UNCLEAR = (
    # nothing, or something that is no answer
    "", " ", "…", "?", "？", "4", "5", "9", "10", "100", "01", "001", "+1", "½", "¼", "一", "二", "壹", "l", "I",
    "i", "💊", "❤️", "🙏", "😊", "🙂", "👌", "🆗", "👍❤️", "👍💊",
    # asked, denied, or both
    "1?", "1？", "?1", "❓1", "1 ❓", "taken?", "吃了?", "吃了？", "吃了吗", "好?", "yes?", "👍?", "👍👎", "✅❌",
    "1 ❌", "❌", "👎", "🚫", "1 🚫", "1 👎", "2?", "3?", "skip?", "later?", "stop?",
    # several at once
    "11", "12", "1 2", "1/2", "1 or 2?", "1 or 2", "1,3", "1 3", "0.1", "1 later", "2 taken", "3 taken", "1 skip",
    "1 不吃", "2已服", "3 吃了", "1 stop", "taken skip", "1 help", "1=taken", "1+1",
    # not taken, or not wholly, or not said whether
    "not taken", "I did not take 1", "did not take it", "didn't take it", "not yet", "no", "No.", "nope", "none",
    "never", "half", "took half", "I took half of it", "I took 2", "took two", "took one of them", "taken one",
    "almost taken", "will take", "I will take it", "taking it now", "ok", "OK", "okay", "k", "sure", "seen",
    "received", "thanks", "thank you", "没吃", "没有", "没服", "没吃呢", "还没吃", "還沒吃", "未服", "没打",
    "不吃了", "不想吃", "不", "不要", "吃不下", "吃了一半", "吃了半片", "只吃了一种", "吃了两片", "多吃了",
    "吃错了", "忘了", "忘记吃了", "吃了没", "吃了又吐了", "吃了吐了", "马上吃", "正在吃", "好的", "好的，晚点吃",
    "好吧", "好难受", "不好", "收到", "知道了", "谢谢", "嗯", "是", "是的", "对",
    # sentences, other words, words with the known ones in them
    "08:00 1", "1 at 08:10", "taken at 8", "8点吃了", "please stop", "stop it hurts", "I want to stop the pills",
    "restart", "started", "endless", "the end", "cancelled", "t1", "td1", "help me", "救命", "胸口疼", "我摔倒了",
    "call me", "later today", "skip to my lou", "done with this", "yes but", "undone", "mistaken", "1st",
)  # fmt: skip


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(set(UNCLEAR)) + sum(len(set(texts)) for texts in PLAIN.values()) >= 300


@pytest.mark.parametrize(("text", "meant"), [(text, meant) for meant, texts in PLAIN.items() for text in texts])
def test_a_plain_answer_is_understood(text: str, meant: Reply) -> None:
    assert understand(text) is meant


@pytest.mark.parametrize("text", UNCLEAR)
def test_anything_else_goes_to_a_person(text: str) -> None:
    assert understand(text) is Reply.UNCLEAR


@pytest.mark.parametrize("word", ["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"])
def test_a_word_on_which_the_provider_stops_never_answers_a_dose(word: str) -> None:
    assert understand(word) is Reply.OPT_OUT


def test_no_word_means_two_things() -> None:
    words = [word for known in (WORDS, CONSENT) for reply in known.values() for word in reply]

    assert len(words) == len(set(words))
    assert not set(DIGITS.values()) & set(words)


@pytest.mark.parametrize(
    ("text", "asks"), [("START", True), ("yes", True), ("Yes.", True), ("1", False), ("stop", False)]
)
def test_what_asks_for_the_texts_again(text: str, asks: bool) -> None:
    assert opts_in(text) is asks


@given(st.text(max_size=30))
def test_no_text_is_too_strange_and_only_known_answers_have_a_meaning(text: str) -> None:
    meant = understand(text)

    assert meant is Reply.UNCLEAR or any(sign.isalnum() for sign in text) or set(text) & set("👍✅✔☑")


@given(st.sampled_from(sorted(MEANING)), st.text(alphabet="abc123456789不没", min_size=1, max_size=5))
def test_an_answer_with_anything_added_is_that_longer_answer_or_unclear(answer: str, more: str) -> None:
    assert understand(answer + more) is MEANING.get(answer + more, Reply.UNCLEAR)


@given(st.sampled_from(sorted(MEANING)), st.sampled_from(["?", "？", "❌", "👎", "🚫", "❓"]), st.booleans())
def test_no_answer_survives_a_sign_that_asks_or_denies(answer: str, sign: str, is_first: bool) -> None:
    text = sign + answer if is_first else answer + sign

    assert understand(text) is Reply.UNCLEAR


@given(
    st.sampled_from(sorted(MEANING)),
    st.lists(st.sampled_from([" ", "\n", ".", "。", "!", "，", "、", "…", "“", "”", "\u200d", "😊", "\t"]), max_size=6),
)
def test_spaces_punctuation_and_smiles_change_no_answer(answer: str, around: list[str]) -> None:
    half = len(around) // 2

    assert understand("".join(around[:half]) + answer.upper() + "".join(around[half:])) is MEANING[answer]


@given(st.sampled_from(sorted(MEANING)), st.sampled_from(sorted(MEANING)))
def test_two_answers_that_differ_are_never_one_of_them(first: str, second: str) -> None:
    meant = understand(f"{first} {second}")

    both = {MEANING[first], MEANING[second]}
    assert meant is Reply.UNCLEAR or len(both) == 1 or first + second in MEANING
