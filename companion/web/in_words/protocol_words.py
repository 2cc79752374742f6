"""What stands in a protocol, in the reader's language: its numbers, its steps, and who signed it."""

from decimal import Decimal

from companion.advice.assessing.reasons import SENTENCES
from companion.advice.grammar.cited_numbers import CitedNumber, step_of
from companion.advice.grammar.protocol import Protocol, Rule, Source
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import ACTIONS, LIMITS, Words

NUMBERS: Words = {
    "minimum_data": _l("Least data: values, days, window"),
    "home_pressure": _l("Least blood pressures: values, days, mornings and evenings, window"),
    "labs": _l("Oldest laboratory value"),
    "hold_off": _l("Days after a change without an increase"),
    "lifetime": _l("How long a suggestion waits"),
    "follow_up": _l("Laboratory values due after an increase"),
    "rounding": _l("Rounded down to"),
    "limits": _l("Limit"),
    "ladders": _l("Amounts a day, step by step"),
    "definitions": _l("What a name in the rules means"),
}
"""By the first part of a number's key."""
LABS: Words = {"egfr": _l("eGFR"), "creatinine": _l("creatinine"), "potassium": _l("potassium")}
WAYS: Words = {
    "ladder": _l("the next step of the drug's ladder"),
    "plan_step": _l("the plan's next step"),
    "previous_amount": _l("back to the amount before"),
}
PROFILES: Words = {
    "ada_adult": _l("ADA, adults"),
    "ada_older_healthy": _l("ADA, older adults in good health"),
    "ada_older_complex": _l("ADA, older adults with several illnesses"),
    "ada_older_poor": _l("ADA, older adults in poor health"),
    "cds_2024": _l("Chinese Diabetes Society 2024"),
    "nice_home": _l("NICE, at home"),
    "aha2025_home": _l("AHA 2025, at home"),
    "esh2023_office": _l("ESH 2023"),
    "cn2024": _l("China 2024"),
}
"""Profiles of goals a plan may name (protocols.yaml, targets)."""


def number_words(number: CitedNumber, protocol: Protocol) -> str:
    """What the number is about: a rule's sentence, "Limit: largest step", "Amounts a day, step by step: losartan"."""
    kind, _dot, name = number.key.partition(".")
    if kind == "rules":
        return f"{name}: {rule_words(next(rule for rule in protocol.rules if rule.id == name), protocol)}"
    about = {"limits": LIMITS, "labs": LABS}.get(kind, {}).get(name, name)
    return ": ".join(filter(None, (str(NUMBERS[kind]), str(about))))


def rule_words(rule: Rule, protocol: Protocol) -> str:
    """The rule's sentence, and what it asks for: "… → increase: +2 U"."""
    step = step_of(rule, protocol.unit) or str(WAYS.get(rule.by or "", ""))
    action = ": ".join(filter(None, (str(ACTIONS[rule.action]), step)))
    return f"{_(rule.says)} → {action}"


def source_of(number: CitedNumber, protocol: Protocol) -> Source | None:
    """Where the number was read; None for our own choice, or memory."""
    return protocol.sources[number.cited.source] if number.cited.source else None


def plain(number: Decimal) -> str:
    """Without superfluous zeros."""
    return f"{number.normalize():f}"


def gate_words(gate: str) -> str:
    """Why a gate closes, as an assessment says it."""
    return _(SENTENCES[gate])
