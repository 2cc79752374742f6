"""What a protocol needs to be switched on. One that is off is there to be read, and may leave it open. Pure."""

from collections.abc import Callable

from companion.advice.assessing.guardrails import HARD_LIMITS
from companion.advice.grammar.protocol import Protocol, Rule
from companion.errors import BadInput

Line = Callable[[str, int], str]
"""The place of the nth table with that header, as `file:line`."""


def may_run(protocol: Protocol, line: Line) -> None:
    """Raises BadInput naming file, line and what is open."""
    for nth, rule in enumerate(protocol.rules):
        what = _open_in(rule, protocol)
        if what:
            raise BadInput(
                f"rule {rule.id}: {what}", where=line("[[rules]]", nth), advice="say it, or switch the protocol off"
            )
    if protocol.may_increase:
        for drug_class in protocol.drug_classes:
            _within_hard_limits(protocol, drug_class, line)


def _open_in(rule: Rule, protocol: Protocol) -> str | None:
    spans = [span for span in (rule.units, rule.percent) if span]
    if not all(span.is_one for span in spans):
        return "a range"
    if rule.action == "increase" and rule.units and "step" not in protocol.limits:
        return "limits.step is missing"
    if rule.by == "ladder" and not protocol.ladders:
        return "no [[ladders]]"
    if rule.by == "plan_step" and protocol.changes != "plan_step":
        return "not of a plan's step"
    return None


def _within_hard_limits(protocol: Protocol, drug_class: str, line: Line) -> None:
    hard = HARD_LIMITS.get(drug_class)
    if hard is None or hard.unit != protocol.unit:
        raise BadInput(f"no hard limits are known for {drug_class!r} in {protocol.unit}", where=line("drug_classes", 0))
    most = {"step": hard.max_step, "per_kg": hard.max_daily_per_kg, "daily": hard.max_daily}
    for name, maximum in most.items():
        if maximum is not None and name in protocol.limits and protocol.limits[name].value > maximum:
            raise BadInput(f"is above the hard limit {maximum}", where=line(f"[limits.{name}]", 0))
