"""Which rule of a protocol decides, and whether the data reach that far. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from companion.advice.assessing.evidence import Evidence
from companion.advice.assessing.glucose_values import Point
from companion.advice.assessing.inputs import Inputs
from companion.advice.assessing.reasons import Note, reason
from companion.advice.grammar.protocol import FreshLab, MinimumData, Rule
from companion.clock import format_instant


@dataclass(frozen=True)
class Match:
    """The rule that decided (None: none was reached), what was met on the way, and how far the data go."""

    rule: Rule | None = None
    notes: tuple[Note, ...] = ()
    too_little: tuple[Note, ...] = ()


def match(evidence: Evidence) -> Match:
    """The first rule that holds. One that a null input leaves open decides nothing, nor do those after it.

    A rule that only asks lets the next ones be tried; where none of them holds, it is the one that matched.
    """
    protocol, known = evidence.protocol, Inputs(evidence)
    too_little = tuple(_too_little(evidence))
    notes: list[Note] = []
    asked: Rule | None = None
    for rule in protocol.rules:
        if too_little and not rule.on_events:
            return Match(None, tuple(notes), too_little)
        holds = rule.condition.holds(known) if rule.condition else True
        if holds is None and rule.action != "ask":
            return Match(None, tuple(notes), too_little)
        if holds and rule.action == "ask":
            notes.append(Note(reason("note", says=rule.says), rule.ask))
            asked = asked or rule
        elif holds:
            notes.append(Note(reason("rule", rule=rule.id, says=rule.says), rule.ask))
            return Match(rule, tuple(notes), too_little if not rule.on_events else ())
    if too_little:
        return Match(None, tuple(notes), too_little)
    if asked is None:
        notes.append(Note(reason("note", says=protocol.otherwise)))
    return Match(asked, tuple(notes))


def _too_little(evidence: Evidence) -> Iterable[Note]:
    """Why the values do not reach the protocol's minimum, if they do not."""
    protocol = evidence.protocol
    for lab in protocol.labs:
        yield from _stale_lab(lab, evidence)
    if protocol.minimum_data:
        yield from _too_few_values(protocol.minimum_data, evidence)
    if protocol.least_pressures and not evidence.home.reaches(protocol.least_pressures):
        least, home = protocol.least_pressures, evidence.home
        counts = reason(
            "too_few_pressures",
            n=len(home.readings),
            days=len(home.days),
            mornings=home.mornings.sessions,
            evenings=home.evenings.sessions,
            needed=least.readings,
            needed_days=least.days,
            needed_sessions=least.sessions_each,
        )
        yield Note(counts, "insufficient_data")


def _stale_lab(lab: FreshLab, evidence: Evidence) -> Iterable[Note]:
    """A value that is not there is asked of the laboratory, an old one as the protocol says."""
    patient = evidence.case.patient
    value, taken_on = (
        (patient.potassium, patient.potassium_on) if lab.name == "potassium" else (patient.egfr, patient.egfr_on)
    )
    if value is None or taken_on is None:
        yield Note(reason("no_lab", name=lab.name), "order_labs")
    elif not 0 <= (evidence.case.local_day - taken_on).days <= lab.within_days:
        yield Note(reason("old_lab", name=lab.name, on=taken_on, days=lab.within_days), lab.ask)


def _too_few_values(least: MinimumData, evidence: Evidence) -> Iterable[Note]:
    case = evidence.case
    values = evidence.fasting(least.within.days)
    dinners = evidence.dinner(least.within.days) if least.before_dinner_values else ()
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
    elif _is_too_old(values[-1], least, evidence):
        hours = (least.most_recent_within or timedelta()) // timedelta(hours=1)
        yield Note(reason("fasting_too_old", at=format_instant(values[-1].at), hours=hours), "insufficient_data")
    if len(dinners) < least.before_dinner_values:
        text = reason("too_few_dinners", n=len(dinners), within=least.within.days, needed=least.before_dinner_values)
        yield Note(text, "insufficient_data")


def _is_too_old(newest: Point, least: MinimumData, evidence: Evidence) -> bool:
    within = least.most_recent_within
    return within is not None and evidence.case.assessed_at - newest.at > within
