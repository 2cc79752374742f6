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


ANSWERS: dict[Reply, tuple[str, ...]] = {
    Reply.TAKEN: ("1", "taken", "已服", "已服药", "已服用", "已服藥", "吃了", "已吃", "好"),
    Reply.LATER: ("2", "later", "稍后", "稍後", "稍后提醒", "等会", "等会儿", "等會"),
    Reply.SKIP: ("3", "skip", "跳过", "跳過", "不吃"),
    Reply.HELP: ("0", "help", "帮助", "幫助"),
    # Providers act on these words before we see them (reminders §3), so none of them can mean a dose: CANCEL
    # is not "skip", and YES, which re-subscribes, is not "taken".
    Reply.OPT_OUT: (
        "stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout",
        "退订", "退訂", "td", "t",
    ),
    Reply.OPT_IN: ("start", "unstop"),
}  # fmt: skip
MEANING = {answer: reply for reply, answers in ANSWERS.items() for answer in answers}

CONTRARY = frozenset("?❓❔❌✖✗✘❎👎🚫⛔🙅😡")
"""Signs that ask or deny: "1 ❌" is no plain answer."""


KEYCAP = frozenset("\ufe0f\u20e3")
"""The variation selector and the frame that turn "1" into the keycap emoji."""


def understand(text: str) -> Reply:
    """The meaning of a whole message. Full-width digits, keycaps, capitals, spaces and punctuation do not matter."""
    return MEANING.get(_bare(text), Reply.UNCLEAR)


def _bare(text: str) -> str:
    """The message's letters, digits and contrary signs."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if not _is_decoration(sign))


def _is_decoration(sign: str) -> bool:
    """Separators, punctuation, controls, emoji with their modifiers: what says nothing by itself."""
    if sign in CONTRARY:
        return False
    category = unicodedata.category(sign)
    return sign in KEYCAP or category[0] in "ZPC" or category in {"So", "Sk"}
