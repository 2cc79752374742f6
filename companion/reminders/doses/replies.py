"""What a patient means by a text message or a pressed key. Anything but a plain answer goes to a person.

A wrong guess writes down an intake that never was, so nothing is searched for inside a sentence: the whole
message, without spaces, punctuation and harmless emoji, is one of the known answers or it is unclear.
"""

import unicodedata
from enum import StrEnum


class Reply(StrEnum):
    TAKEN = "taken"
    LATER = "later"
    SKIP = "skip"
    HELP = "help"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    UNCLEAR = "unclear"


DIGITS: dict[Reply, str] = {Reply.TAKEN: "1", Reply.LATER: "2", Reply.SKIP: "3", Reply.HELP: "0"}

# Only what says that it was done, that it shall be asked again, or that it is left out this time. Not among them:
# what was seen and may still be done (ok, 好的, 收到), what was not done yet (没吃, not yet), and what may mean
# for ever (不吃了).
WORDS: dict[Reply, tuple[str, ...]] = {
    Reply.TAKEN: (
        "taken", "i have taken it", "i've taken it", "have taken it", "taken it", "all taken", "taken all",
        "took", "took it", "took them", "i took it", "i took them", "i took all", "took all", "done", "all done",
        "took my medicine", "i took my medicine", "took my pills", "i took my pills",
        "injected", "i injected", "yes", "yes taken", "yes i took it", "yes done",
        "已服", "已服药", "已服藥", "已服用", "服了", "服药了", "服过了", "已经服了", "已经服药",
        "已吃", "已吃药", "已吃藥",
        "吃了", "吃药了", "吃藥了", "药吃了", "藥吃了", "吃过了", "吃過了", "我吃了", "我吃药了", "我吃过了",
        "已经吃了", "已經吃了", "我已经吃了", "已经吃药了", "都吃了", "全吃了", "全部吃了",
        "吃了药", "吃了藥", "我吃了药", "吃过药了", "吃過藥了", "我吃过药了",
        "刚吃了", "刚刚吃了", "打了", "打过了", "打針了", "打针了", "已打", "已打针", "已注射", "注射了", "好", "好了",
    ),
    Reply.LATER: (
        "later", "remind me later", "later please", "snooze", "remind me again",
        "稍后", "稍後", "稍后提醒", "稍後提醒", "稍后再提醒", "等会", "等会儿", "等會", "等會兒", "等一会", "等一会儿",
        "等下", "等一下", "待会", "待会儿", "过会儿", "过一会儿", "晚点", "晚点提醒", "等会再提醒", "一会儿再提醒",
    ),
    Reply.SKIP: ("skip", "skip it", "skip this", "skipped", "跳过", "跳過", "跳过这次", "不吃", "这次不吃", "這次不吃"),
    Reply.HELP: ("help", "info", "帮助", "幫助"),
}  # fmt: skip

# Providers act on these words before we see them (reminders §3), so none of them can mean a dose: CANCEL is not
# "skip". YES, which re-subscribes, answers a dose only of somebody who gets our texts (`companion.replies`).
CONSENT: dict[Reply, tuple[str, ...]] = {
    Reply.OPT_OUT: (
        "stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout",
        "退订", "退訂", "td", "t", "td退订", "t退订", "取消订阅", "取消訂閱",
    ),
    Reply.OPT_IN: ("start", "unstop"),
}  # fmt: skip

ALSO_OPTS_IN = "yes"
"""A word of the providers, too: from a number that opted out it asks for our texts again."""

DONE_SIGNS = frozenset("👍✅✔☑")
"""A message of nothing else says that it is done; beside a digit or a word they say nothing more."""

CONTRARY = frozenset("?❓❔❌✖✗✘❎👎🚫⛔🙅😡")
"""Signs that ask or deny: "1 ❌" is no plain answer."""

KEYCAP = frozenset("\ufe0f\u20e3")
"""The variation selector and the frame that turn "1" into the keycap emoji."""


def understand(text: str) -> Reply:
    """The meaning of a whole message. Full-width digits, keycaps, capitals, spaces and punctuation do not matter."""
    bare = _bare(text)
    if not bare and _is_all_done(text):
        return Reply.TAKEN
    return MEANING.get(bare, Reply.UNCLEAR)


def opts_in(text: str) -> bool:
    """Whether somebody who had opted out asks for our texts again by it."""
    return understand(text) is Reply.OPT_IN or _bare(text) == ALSO_OPTS_IN


def _bare(text: str) -> str:
    """The message's letters, digits and contrary signs."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if not _is_decoration(sign))


def _is_decoration(sign: str) -> bool:
    """Separators, punctuation, controls, emoji with their modifiers: what says nothing by itself."""
    if sign in CONTRARY:
        return False
    category = unicodedata.category(sign)
    return sign in KEYCAP or category[0] in "ZPC" or category in {"So", "Sk"}


def _is_all_done(text: str) -> bool:
    """Whether there are thumbs or ticks in it, and no other picture."""
    pictures = {sign for sign in text if unicodedata.category(sign) == "So"}
    return bool(pictures) and pictures <= DONE_SIGNS


def _meanings() -> dict[str, Reply]:
    """Every known answer as it is left of a message: a digit, a word, or both where they say the same."""
    found = {_bare(word): reply for reply, words in (WORDS | CONSENT).items() for word in words}
    for reply, digit in DIGITS.items():
        found[digit] = reply
        found |= {both: reply for word in map(_bare, WORDS[reply]) for both in (digit + word, word + digit)}
    return found


MEANING = _meanings()
