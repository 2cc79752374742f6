"""Whether a text speaks of how much of a medicine to take. Pure.

Such a text may reach a patient only in the name of a doctor: a pharmacist neither releases nor writes one. The words
are looked for generously. Where they mean something harmless ("never take a double dose"), a doctor reads them once
more; where one were overlooked, a patient might take advice about a dose from nobody who may give it.
"""

import re

_NUMBER = (
    r"(?:\d+(?:[.,/]\d+)?|½|¼|¾|half|one|two|three|four|five|six|seven|eight|nine|ten|[一二两三四五六七八九十半几]+)"
)
_UNIT = (
    r"(?:u|iu|units?|mg|g|mcg|µg|ml|tablets?|pills?|capsules?|puffs?|drops?|doses?|injections?|"
    r"单位|毫克|微克|克|毫升|片|粒|颗|丸|喷|滴|次量|支|针)"
)
_TAKE = r"(?:take|taking|inject|use|swallow|inhale|服用?|吃|注射|打|喷|吸)"
_CHANGE = (
    r"\b(?:doubl\w*|halv\w*|half|twice the|skip\w*|increas\w*|decreas\w*|reduc\w*|rais\w*|lower\w*|cut down|"
    r"(?:more|less|fewer) (?:of|units?|tablets?|pills?|than)|stop (?:taking|using|injecting)|extra dose)"
)
_CHANGE_ZH = r"加倍|双倍|减半|半量|加量|减量|增加|减少|加大|停药|停用|停服|漏服|补服|多服|少服|多打|少打|跳过"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # An amount: "12 U", "two tablets", "一片"; not a concentration like "mg/dL".
        rf"(?<![a-z0-9.]){_NUMBER}\s*(?:of an? |an? |more |extra )?{_UNIT}(?![a-z0-9/%])",
        rf"{_TAKE}\s*(?:just |only |about )?{_NUMBER}(?![a-z0-9:%])",
        _CHANGE,
        _CHANGE_ZH,
    )
)


def amounts_in(text: str) -> tuple[str, ...]:
    """The words that speak of an amount, or of changing one, as they stand there; none: the text does not."""
    found = (match.group(0).strip() for pattern in _PATTERNS for match in pattern.finditer(text))
    return tuple(dict.fromkeys(found))


_TAKING = re.compile(
    r"\b(?:tak(?:e|es|ing|en)|took|inject\w*|swallow\w*|inhal\w*|dos(?:e|es|age|ing)|units?|tablets?|pills?|capsules?|"
    r"puffs?|injections?|double|half|more|less|skip\w*|stop\w*|start\w*|chang\w*|switch\w*|instead)\b|"
    r"剂量|用量|药量|服用|服药|注射|打针|吃药|停|加|减|换|单位|片|粒|针|多|少",
    re.IGNORECASE,
)


def tells_to_take(text: str) -> bool:
    """Whether a text might say what, when or how much to take, or that something be changed. Wider than `amounts_in`:
    for words that nobody reads before the patient does."""
    return bool(amounts_in(text)) or _TAKING.search(text) is not None
