"""Words of an emergency in what somebody writes, in English and Chinese. Pure.

They are looked for generously: a question that only mentions one gets the emergency text, and a call, for nothing; one
that is overlooked waits for a moderator who may come tomorrow. A house list, no diagnosis: which signs there are is
public knowledge (the leaflets of emergency services), the wordings are ours.
"""

import re

_SIGNS = {
    "chest": (
        r"chest (?:pain|pressure|tight\w*)|pain in (?:my|the) chest|heart attack|"
        r"胸(?:口)?(?:很|好)?(?:痛|疼|闷)|心梗|心绞痛发作"
    ),
    "breath": (
        r"(?:can(?:no|')?t|cannot|hard to|trouble) breath\w*|short(?:ness)? of breath|"
        r"喘不(?:过|上)气|呼吸困难|透不过气"
    ),
    "stroke": (
        r"\bstroke|(?:face|mouth) (?:droops?|hangs?)|(?:arm|leg|side) (?:is |went )?(?:weak|numb)|slurred|"
        r"(?:can(?:no|')?t|cannot) speak|中风|脑卒中|口角?歪|说不出话|半边身"
    ),
    "unconscious": (r"unconscious|passed out|faint(?:ed|ing)|not wak\w+|seizure|convuls\w+|昏迷|晕倒|昏倒|叫不醒|抽搐"),
    "low": (
        r"(?:sugar|glucose)\D{0,20}(?:too |very |so )low and|severe (?:low|hypo\w*)|"
        r"血糖.{0,6}(?:太低|很低).{0,10}(?:昏|晕|抖|说不)"
    ),
    "bleeding": (r"vomit\w* blood|blood in (?:my |the )?vomit|bleeding (?:a lot|heavily|and)|吐血|呕血|大出血"),
    "self_harm": (
        r"kill myself|suicid\w*|end (?:it all|my life)|don'?t want to live|want to die|hurt myself|"
        r"自杀|不想活|想死|轻生|伤害自己"
    ),
    "overdose": (
        r"overdos\w*|(?:took|injected) (?:far |way )?too (?:much|many)|"
        r"(?:吃|打|注射|服)(?:得)?(?:太|过)(?:多|量)|过量"
    ),
    "ketones": r"ketoacidosis|(?:fruity|acetone) (?:breath|smell)|酮症酸中毒|烂苹果味",
}
_PATTERNS = {sign: re.compile(words, re.IGNORECASE) for sign, words in _SIGNS.items()}


def red_flags(text: str) -> tuple[str, ...]:
    """The kinds of signs that the text names; none: it names none."""
    plain = text.replace("’", "'")
    return tuple(sign for sign, pattern in _PATTERNS.items() if pattern.search(plain))
