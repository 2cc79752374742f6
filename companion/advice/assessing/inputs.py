"""The names of `vocabulary.VOCABULARY`, looked up in the evidence of a case. Pure.

None: a null that leaves open what it could change; NOTHING: nothing was measured or chosen. Potassium is NOTHING when
null, because the protocols' own age limits ask for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from companion.advice.assessing.candidates import for_pressure, is_on_premix
from companion.advice.assessing.case import FLAGS, GlucoseReading
from companion.advice.assessing.evidence import Evidence
from companion.advice.assessing.glucose_values import Point, event_value
from companion.advice.assessing.home_pressure import Window
from companion.advice.assessing.spans import after
from companion.advice.grammar.vocabulary import COLLECTED, NOTHING, VOCABULARY, Series, Value

GUIDING_DAYS = 4
"""How far back the values that guide an injection lie (protocols.yaml, premix.bid)."""


class Inputs(Mapping[str, Value]):
    """What the conditions of a protocol may ask about; each value is looked up when it is first asked for."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    def __getitem__(self, name: str) -> Value:
        known = self.evidence.known
        if name not in known:
            known[name] = _value(name, self.evidence)
        return known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(VOCABULARY)

    def __len__(self) -> int:
        return len(VOCABULARY)


def _value(name: str, evidence: Evidence) -> Value:
    if name in COLLECTED:
        return evidence.case.collected.get(name, False)
    if name in FLAGS:
        return name in evidence.case.patient.flags
    return LOOK_UP[name](evidence)


def _exact(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def _measured(number: Decimal | Fraction | None) -> Value:
    return NOTHING if number is None else Fraction(number)


def _points(points: Iterable[Point]) -> Series:
    return tuple(point.value for point in points)


def _events(readings: Iterable[GlucoseReading]) -> Series:
    return tuple(map(event_value, readings))


def _dose(evidence: Evidence) -> Value:
    return Fraction(evidence.regimen.amount) if evidence.regimen else NOTHING


def _dose_day(evidence: Evidence) -> Value:
    regimen = evidence.regimen
    return Fraction(regimen.amount) * len(regimen.times) if regimen else NOTHING


def _times_per_day(evidence: Evidence) -> Value:
    return Fraction(len(evidence.regimen.times)) if evidence.regimen else NOTHING


def _days_since_change(evidence: Evidence) -> Value:
    regimen = evidence.regimen
    if regimen is None:
        return NOTHING
    return None if regimen.changed_on is None else Fraction((evidence.case.local_day - regimen.changed_on).days)


def _takes(evidence: Evidence, *classes: str) -> bool:
    taken = {regimen.drug_class for regimen in evidence.case.regimens}
    return taken.issuperset(classes)


def _potassium_age(evidence: Evidence) -> Value:
    taken_on = evidence.case.patient.potassium_on
    return NOTHING if taken_on is None else Fraction((evidence.case.local_day - taken_on).days)


def _unexplained(evidence: Evidence) -> Series:
    return _events(reading for reading in evidence.events_since_change(7) if reading.cause is None)


def _guiding(evidence: Evidence) -> Series:
    look = evidence.dinner if evidence.before_dinner else evidence.fasting
    return _points(look(GUIDING_DAYS))


def _days_above(evidence: Evidence, window: Window) -> Value:
    target = evidence.case.plan.target
    return NOTHING if target is None else _measured(window.share_of_days_above(target))


def _systolic_events(evidence: Evidence) -> Series:
    in_window = after(evidence.plausible, evidence.case.assessed_at - timedelta(days=14))
    return tuple(reading.systolic for reading in in_window)


LOOK_UP: Mapping[str, Callable[[Evidence], Value]] = {
    "dose": _dose,
    "dose_day": _dose_day,
    "times_per_day": _times_per_day,
    "days_since_change": _days_since_change,
    "on_premix": lambda e: is_on_premix(e.case),
    "takes_sulfonylurea": lambda e: _takes(e, "sulfonylurea"),
    "takes_acei_and_arb": lambda e: _takes(e, "acei", "arb"),
    "takes_mra": lambda e: _takes(e, "mra"),
    "pressure_drugs": lambda e: Fraction(len({regimen.drug for regimen in for_pressure(e.case)})),
    "age": lambda e: _exact(e.case.patient.age),
    "weight_kg": lambda e: _exact(e.case.patient.weight_kg),
    "diabetes_type": lambda e: e.case.patient.diabetes_type,
    "pregnant": lambda e: e.case.patient.pregnant,
    "egfr": lambda e: _exact(e.case.patient.egfr),
    "potassium": lambda e: _measured(e.case.patient.potassium),
    "potassium_age_days": _potassium_age,
    "sodium": lambda e: None,
    "target_low": lambda e: _exact(e.case.plan.target_low),
    "target_high": lambda e: _exact(e.case.plan.target_high),
    "targets_profile": lambda e: e.case.plan.targets_profile or NOTHING,
    "target_systolic": lambda e: _exact(e.case.plan.target.systolic) if e.case.plan.target else None,
    "target_diastolic": lambda e: _exact(e.case.plan.target.diastolic) if e.case.plan.target else None,
    "fasting_7d": lambda e: _points(e.fasting(7)),
    "fasting_14d": lambda e: _points(e.fasting(14)),
    "fasting_events_7d": lambda e: _points(e.fasting_events(7)),
    "bedtime_7d": lambda e: _points(e.bedtime(7)),
    "after_meal_7d": lambda e: _points(e.after_meal(7)),
    "guiding_4d": _guiding,
    "events_7d": lambda e: _events(e.events(7)),
    "events_since_change_7d": lambda e: _events(e.events_since_change(7)),
    "events_since_change_14d": lambda e: _events(e.events_since_change(14)),
    "unexplained_since_change_7d": _unexplained,
    "systolic_14d": lambda e: e.home.systolic,
    "diastolic_14d": lambda e: e.home.diastolic,
    "morning_systolic_14d": lambda e: e.home.mornings.systolic,
    "morning_diastolic_14d": lambda e: e.home.mornings.diastolic,
    "evening_systolic_14d": lambda e: e.home.evenings.systolic,
    "evening_diastolic_14d": lambda e: e.home.evenings.diastolic,
    "systolic_events_14d": _systolic_events,
    "days_above": lambda e: _days_above(e, e.home),
    "systolic_before": lambda e: e.home_before.systolic,
    "diastolic_before": lambda e: e.home_before.diastolic,
    "days_above_before": lambda e: _days_above(e, e.home_before),
}
