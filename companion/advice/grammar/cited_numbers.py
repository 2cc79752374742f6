"""Every number of a protocol with where it comes from: what a signer reads, and what they accept one by one. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from companion.advice.grammar.protocol import Citation, Protocol, Rule

UNVERIFIED = "memory"
"""The evidence of a number that nobody looked up: a signer verifies it first (protocols.yaml)."""


@dataclass(frozen=True)
class CitedNumber:
    """One place of the file that holds numbers. `key` names it like `rules.R2` or `ladders.losartan`; `value` is what
    it says there."""

    key: str
    value: str
    cited: Citation


def numbers_of(protocol: Protocol) -> tuple[CitedNumber, ...]:
    """All of them, in the order of the file's tables."""
    return (*_data(protocol), *_times(protocol), *_amounts(protocol), *_rules(protocol))


def unverified(protocol: Protocol) -> tuple[CitedNumber, ...]:
    """Those that must be accepted by name before the protocol can be signed."""
    return tuple(number for number in numbers_of(protocol) if number.cited.evidence == UNVERIFIED)


def _data(protocol: Protocol) -> Iterable[CitedNumber]:
    least, home = protocol.minimum_data, protocol.least_pressures
    if least:
        hours = f", {_hours(least.most_recent_within)} h" if least.most_recent_within else ""
        dinners = f" + {least.before_dinner_values}" if least.before_dinner_values else ""
        counts = f"{least.fasting_values}{dinners} / {least.distinct_days} d / {least.within.days} d{hours}"
        yield CitedNumber("minimum_data", counts, least.cited)
    if home:
        counts = f"{home.readings} / {home.days} d / 2 × {home.sessions_each} / {home.within.days} d"
        yield CitedNumber("home_pressure", counts, protocol.cited["home_pressure"])
    for lab in protocol.labs:
        yield CitedNumber(f"labs.{lab.name}", f"{lab.within_days} d", lab.cited)


def _hours(span: timedelta) -> int:
    return span // timedelta(hours=1)


def _times(protocol: Protocol) -> Iterable[CitedNumber]:
    yield CitedNumber("hold_off", f"{protocol.hold_off_days} d", protocol.cited["hold_off"])
    yield CitedNumber("lifetime", f"{_hours(protocol.lifetime)} h", protocol.cited["lifetime"])
    if protocol.follow_up:
        yield CitedNumber("follow_up", f"{protocol.follow_up.within_days} d", protocol.follow_up.cited)


def _amounts(protocol: Protocol) -> Iterable[CitedNumber]:
    yield CitedNumber("rounding", f"{_plain(protocol.round_to)} {protocol.unit}", protocol.cited["rounding"])
    for name, limit in protocol.limits.items():
        yield CitedNumber(f"limits.{name}", f"{_plain(limit.value)} {limit.unit}", limit.cited)
    for drug, ladder in protocol.ladders.items():
        steps = ", ".join(map(_plain, ladder.daily))
        yield CitedNumber(f"ladders.{drug}", f"{steps} {protocol.unit}", ladder.cited)


def _rules(protocol: Protocol) -> Iterable[CitedNumber]:
    for name, condition in protocol.definitions.items():
        yield CitedNumber(f"definitions.{name}", condition.text, protocol.cited[f"definitions.{name}"])
    for rule in protocol.rules:
        yield CitedNumber(f"rules.{rule.id}", _of_rule(rule, protocol.unit), rule.cited)


def _of_rule(rule: Rule, unit: str) -> str:
    """The condition as it stands in the file, and the step."""
    condition = rule.condition.text if rule.condition else ""
    return " → ".join(filter(None, (condition, step_of(rule, unit))))


def step_of(rule: Rule, unit: str) -> str:
    """The step of a rule in numbers: "+2 U", "-20 %, ≥ 4 U"; empty where it names none."""
    sign = "+" if rule.action == "increase" else "-"
    found = [f"{sign}{_span(span)} {name}" for span, name in ((rule.units, unit), (rule.percent, "%")) if span]
    if rule.only_from is not None:
        found.append(f"{_plain(rule.only_from)} {unit} →")
    if rule.at_least is not None:
        found.append(f"≥ {_plain(rule.at_least)} {unit}")
    if rule.down_to is not None:
        found.append(f"≤ {_plain(rule.down_to)} {unit}")
    return ", ".join(found)


def _span(span: tuple[Decimal, Decimal]) -> str:
    low, high = span
    return _plain(low) if low == high else f"{_plain(low)}–{_plain(high)}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
