"""Which rule of a protocol decides, and whether the data reach that far. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from companion.advice.evidence import Evidence
from companion.advice.protocol import Protocol, Rule
from companion.advice.reasons import Note, reason
from companion.clock import format_instant


@dataclass(frozen=True)
class Match:
    """The rule that decided (None: none was reached), what was met on the way, and how far the data go."""

    rule: Rule | None = None
    notes: tuple[Note, ...] = ()
    too_little: tuple[Note, ...] = ()


def match(evidence: Evidence, protocol: Protocol) -> Match:
    """The first rule that holds. One that a null input leaves open decides nothing, nor do those after it."""
    known = evidence.inputs
    too_little = tuple(_too_little(evidence, protocol))
    notes: list[Note] = []
    for rule in protocol.rules:
        if too_little and not rule.on_events:
            return Match(None, tuple(notes), too_little)
        holds = rule.condition.holds(known) if rule.condition else True
        if holds is None:
            return Match(None, tuple(notes))
        if holds and rule.action == "ask":
            notes.append(Note(reason("note", says=rule.says), rule.ask))
        elif holds:
            notes.append(Note(reason("rule", rule=rule.id, says=rule.says), rule.ask))
            return Match(rule, tuple(notes))
    raise AssertionError("the last rule has no condition")


def _too_little(evidence: Evidence, protocol: Protocol) -> Iterable[Note]:
    """Why the fasting values do not reach the protocol's minimum, if they do not."""
    least, case = protocol.minimum_data, evidence.case
    values = evidence.fasting(least.within.days)
    days = {point.at.astimezone(case.zone).date() for point in values}
    if len(values) < least.fasting_values or len(days) < least.distinct_days:
        counts = reason(
            "too_few_fasting",
            n=len(values),
            days=len(days),
            within=least.within.days,
            needed=least.fasting_values,
            needed_days=least.distinct_days,
        )
        yield Note(counts, "insufficient_data")
        if inferred := evidence.inferred_fasting(least.within):
            yield Note(reason("inferred_not_counted", n=inferred))
    elif case.assessed_at - values[-1].at > least.most_recent_within:
        hours = least.most_recent_within // timedelta(hours=1)
        yield Note(reason("fasting_too_old", at=format_instant(values[-1].at), hours=hours), "insufficient_data")
