"""The computed values a doctor is shown beside a suggestion. Pure."""

from fractions import Fraction

from companion.advice import gates
from companion.advice.case import Line, Plain
from companion.advice.evidence import Evidence, event_value
from companion.advice.protocol import Protocol
from companion.advice.reasons import shown


def lines(evidence: Evidence, protocol: Protocol) -> tuple[Line, ...]:
    case, least = evidence.case, protocol.minimum_data
    fasting, bedtime = evidence.fasting(7), evidence.bedtime(7)
    recent = evidence.fasting(least.within.days)
    days = {point.at.astimezone(case.zone).date() for point in recent}
    lows = [event_value(reading) for reading in evidence.events(7)]
    adherence = evidence.adherence_14d()
    last3 = _mean([point.value for point in fasting[-3:]])
    rise = _difference(_mean([p.value for p in bedtime]), _mean([p.value for p in fasting]))
    return (
        Line("mean_fasting_last3", shown(last3), shown(case.plan.target_high), len(fasting[-3:]), "mg/dL"),
        Line("fasting_values", len(recent), least.fasting_values, len(recent)),
        Line("fasting_days", len(days), least.distinct_days, len(recent)),
        Line("lowest_glucose_7d", shown(min(lows, default=None)), gates.LOW_MG_DL, len(lows), "mg/dL"),
        Line("adherence_14d", shown(adherence), shown(gates.LEAST_ADHERENCE), evidence.taken_14d()[1]),
        Line("dose_per_kg", _dose_per_kg(evidence), shown(protocol.limits["per_kg"].value), None, "U/kg"),
        Line("bedtime_minus_fasting", shown(rise), 50, len(bedtime), "mg/dL"),
    )


def _mean(values: list[Fraction]) -> Fraction | None:
    return sum(values, Fraction()) / len(values) if values else None


def _difference(left: Fraction | None, right: Fraction | None) -> Fraction | None:
    return None if left is None or right is None else left - right


def _dose_per_kg(evidence: Evidence) -> Plain:
    weight = evidence.case.patient.weight_kg
    if weight is None or weight == 0 or evidence.regimen is None:
        return None
    return shown(Fraction(evidence.regimen.amount) / Fraction(weight))
