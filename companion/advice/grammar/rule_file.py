"""Reads the rules of a protocol file, and refuses a step that could be read in two ways. Pure."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Literal, cast

from companion.advice.grammar import conditions
from companion.advice.grammar.conditions import Condition
from companion.advice.grammar.file_table import Table
from companion.advice.grammar.protocol import By, Citation, Rule, Span
from companion.errors import BadInput

ACTIONS = ("increase", "decrease", "none", "ask")
WAYS = ("plan_step", "ladder", "previous_amount")

STEPS: Mapping[str, frozenset[frozenset[str]]] = {
    "increase": frozenset(
        {
            frozenset({"units"}),
            frozenset({"by=plan_step"}),
            frozenset({"by=ladder"}),
            frozenset({"by=ladder", "only_from"}),
        }
    ),
    "decrease": frozenset(
        {
            frozenset({"units"}),
            frozenset({"percent"}),
            frozenset({"percent", "at_least"}),
            frozenset({"down_to"}),
            frozenset({"by=ladder"}),
            frozenset({"by=previous_amount"}),
        }
    ),
    "none": frozenset({frozenset()}),
    "ask": frozenset({frozenset()}),
}
"""Which keys may state the step of an action, and only together like this."""


def read_rule(
    table: Table, definitions: Mapping[str, Condition], cited: Callable[[Table], Citation], unit: str
) -> Rule:
    """One [[rules]] table. Raises BadInput naming its place."""
    text = table.optional_text("if")
    rule = Rule(
        id=table.text("id"),
        condition=conditions.parse(text, table.where, definitions) if text else None,
        action=cast(Literal["increase", "decrease", "none", "ask"], table.choice("action", ACTIONS)),
        units=_span(table, "units"),
        percent=_span(table, "percent"),
        at_least=table.optional_number("at_least"),
        down_to=table.optional_number("down_to"),
        by=cast(By | None, table.optional_choice("by", WAYS)),
        only_from=table.optional_number("only_from"),
        ask=table.optional_text("ask"),
        is_urgent=table.optional_choice("priority", ("urgent",)) == "urgent",
        on_events=table.flag("on_events"),
        for_safety=table.flag("for_safety"),
        says=table.text("says"),
        cited=cited(table),
    )
    _step_is_clear(rule, table, unit)
    return rule


def in_order(rules: tuple[Rule, ...], *, has_otherwise: bool, where: Callable[[int], str]) -> None:
    """Refuses rules of which one could never be reached, and an order in which missing data hides a low."""
    if not rules or (rules[-1].condition is None) is has_otherwise:
        raise BadInput("one `else`: a last rule without `if`, or [otherwise]", where=where(len(rules) - 1))
    for nth, rule in enumerate(rules):
        for earlier in rules[:nth]:
            _only_once(rule, earlier, where(nth))
    for nth, (rule, following) in enumerate(pairwise(rules)):
        if following.on_events and not rule.on_events:
            raise BadInput("a rule on events comes after one that is not", where=where(nth + 1))


def _only_once(rule: Rule, earlier: Rule, where: str) -> None:
    if rule.id == earlier.id:
        raise BadInput(f"rule id {rule.id} twice", where=where)
    if earlier.condition is None:
        raise BadInput(f"rule {rule.id} comes after the `else`", where=where)
    if rule.condition and rule.condition.is_like(earlier.condition) and earlier.action != "ask":
        raise BadInput(f"rule {rule.id} has the condition of {earlier.id}: never reached", where=where)


def _span(table: Table, key: str) -> Span | None:
    """A number, or two in a list: the range a source gives."""
    if key not in table.values:
        return None
    if not isinstance(table.values[key], list):
        number = table.number(key)
        return Span(number, number)
    # A source may say "0 to 2": zero is a lower end, never a step.
    low, *rest = table.values[key] or [None]
    table.values[key] = rest
    ends = table.numbers(key)
    if isinstance(low, bool) or not isinstance(low, int | Decimal) or len(ends) != 1 or not 0 <= low < ends[0]:
        raise table.refusal(f"{key} is not a number or a range of two")
    return Span(Decimal(low), ends[0])


def _step_is_clear(rule: Rule, table: Table, unit: str) -> None:
    keys = ("units", "percent", "at_least", "down_to", "only_from")
    step = frozenset(key for key in keys if getattr(rule, key) is not None) | ({f"by={rule.by}"} if rule.by else set())
    if step not in STEPS[rule.action]:
        said = " or ".join(sorted(" and ".join(sorted(keys)) or "no step" for keys in STEPS[rule.action]))
        raise table.refusal(f"rule {rule.id}: the step of {rule.action} is {said}")
    if rule.action == "ask" and rule.ask is None:
        raise table.refusal(f"rule {rule.id}: ask is missing")
    if step & {"units", "at_least", "down_to", "only_from"} and table.text("unit") != unit:
        raise table.refusal(f"unit is not {unit!r}")
    if rule.for_safety and rule.action != "decrease":
        raise table.refusal(f"rule {rule.id}: only a decrease is for safety")
