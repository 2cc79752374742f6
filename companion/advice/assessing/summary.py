"""The computed values a doctor is shown beside a suggestion. Pure."""

from collections.abc import Iterable
from fractions import Fraction

from companion.advice.assessing import exact, gates
from companion.advice.assessing.case import Line, Plain
from companion.advice.assessing.evidence import Evidence
from companion.advice.assessing.glucose_values import LOW_MG_DL, event_value
from companion.advice.assessing.reasons import shown
from companion.advice.grammar.vocabulary import Series


def lines(evidence: Evidence) -> tuple[Line, ...]:
    adherence = Line(
        "adherence_14d", shown(evidence.adherence_14d()), shown(gates.LEAST_ADHERENCE), evidence.taken_14d[1]
    )
    if evidence.protocol.kind == "bp":
        return (*_pressure_lines(evidence), adherence)
    return (*_fasting_lines(evidence), adherence, *_dose_lines(evidence))


def _fasting_lines(evidence: Evidence) -> Iterable[Line]:
    case, least = evidence.case, evidence.protocol.minimum_data
    last3 = tuple(point.value for point in evidence.fasting(7)[-3:])
    yield Line("mean_fasting_last3", shown(_mean(last3)), shown(case.plan.target_high), len(last3), "mg/dL")
    if least:
        recent = evidence.fasting(least.within.days)
        days = {point.at.astimezone(case.zone).date() for point in recent}
        yield Line("fasting_values", len(recent), least.fasting_values, len(recent))
        yield Line("fasting_days", len(days), least.distinct_days, len(recent))
    lows = [event_value(reading) for reading in evidence.events(7)]
    yield Line("lowest_glucose_7d", shown(min(lows, default=None)), LOW_MG_DL, len(lows), "mg/dL")


def _dose_lines(evidence: Evidence) -> Iterable[Line]:
    per_kg = evidence.protocol.limits.get("per_kg")
    if per_kg is None:
        return
    fasting, bedtime = evidence.fasting(7), evidence.bedtime(7)
    rise = _difference(_mean(tuple(p.value for p in bedtime)), _mean(tuple(p.value for p in fasting)))
    yield Line("dose_per_kg", _dose_per_kg(evidence), shown(per_kg.value), None, "U/kg")
    yield Line("bedtime_minus_fasting", shown(rise), 50, len(bedtime), "mg/dL")


def _pressure_lines(evidence: Evidence) -> Iterable[Line]:
    home, target, least = evidence.home, evidence.case.plan.target, evidence.protocol.least_pressures
    n = len(home.readings)
    goal = (shown(target.systolic), shown(target.diastolic)) if target else (None, None)
    yield Line("mean_systolic", shown(_mean(home.systolic)), goal[0], n, "mmHg")
    yield Line("mean_diastolic", shown(_mean(home.diastolic)), goal[1], n, "mmHg")
    if least:
        yield Line("pressure_days", len(home.days), least.days, n)
        yield Line("pressure_readings", n, least.readings, n)


def _mean(values: Series) -> Fraction | None:
    return exact.mean(values) if values else None


def _difference(left: Fraction | None, right: Fraction | None) -> Fraction | None:
    return None if left is None or right is None else left - right


def _dose_per_kg(evidence: Evidence) -> Plain:
    weight = evidence.case.patient.weight_kg
    if weight is None or weight == 0 or evidence.regimen is None:
        return None
    return shown(Fraction(evidence.regimen.amount) / Fraction(weight))
