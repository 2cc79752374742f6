"""What the readings and doses of a case amount to: which count, and the numbers the rules are asked about. Pure.

Windows: N days are now − N × 24 h < at ≤ now. Local days are the patient's. Glucose in mg/dL, means exact.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from companion.advice.case import FLAGS, Case, Dose, GlucoseReading, PressureReading, Regimen
from companion.advice.conditions import NOTHING, Value
from companion.advice.protocol import Protocol
from companion.errors import BadInput

LOWEST_MG_DL = Decimal(20)
HIGHEST_MG_DL = Decimal(600)
"""Outside these a value is rejected; LO and HI count as them in events (protocols.yaml, fasting_glucose.reject)."""

DUPLICATE_WITHIN = timedelta(minutes=2)
RETEST_WITHIN = timedelta(minutes=10)
"""One value, and one sitting (protocols.yaml, fasting_glucose.dedupe)."""

LOW_MG_DL = 70
BREAKFAST_FROM, BREAKFAST_TO = time(4), time(10)
"""Local times between which a value before a meal may be a fasting one (inferred: it never counts)."""


class Point(NamedTuple):
    """A glucose value at an instant, mg/dL."""

    at: datetime
    value: Fraction


@dataclass(frozen=True)
class Evidence:
    """The case, sifted. `glucose` and `pressures` ascend and end at the assessment."""

    case: Case
    regimens: tuple[Regimen, ...]
    glucose: tuple[GlucoseReading, ...]
    pressures: tuple[PressureReading, ...]
    rejected: tuple[GlucoseReading, ...]
    later_readings: tuple[datetime, ...]
    later_doses: tuple[Dose, ...]

    @property
    def regimen(self) -> Regimen | None:
        """The one medicine the protocol changes; None when there is not exactly one."""
        return self.regimens[0] if len(self.regimens) == 1 else None

    @property
    def is_on_premix(self) -> bool:
        return any(regimen.drug_class.startswith("premix") for regimen in self.case.regimens)

    @cached_property
    def inputs(self) -> dict[str, Value]:
        """What the conditions of a protocol may ask about."""
        return _inputs(self)

    def fasting(self, days: int) -> tuple[Point, ...]:
        """Values labelled fasting, one a sitting, without HI and LO."""
        return self._within(days, sittings(self._points("fasting", with_limits=False)))

    def fasting_events(self, days: int) -> tuple[Point, ...]:
        """Values labelled fasting, one a sitting, LO as 20 and HI as 600."""
        return self._within(days, sittings(self._points("fasting", with_limits=True)))

    def bedtime(self, days: int) -> tuple[Point, ...]:
        """Values labelled bedtime, one a sitting, without HI and LO."""
        return self._within(days, sittings(self._points("bedtime", with_limits=False)))

    def events(self, days: int) -> tuple[GlucoseReading, ...]:
        """Every accepted reading of the last `days` × 24 h."""
        start = self.case.assessed_at - timedelta(days=days)
        return tuple(reading for reading in self.glucose if reading.at > start)

    def events_since_change(self, days: int) -> tuple[GlucoseReading, ...]:
        """The same, on or after the local day on which the present amount took effect."""
        since = self.regimen.changed_on if self.regimen else None
        return tuple(
            reading
            for reading in self.events(days)
            if since is None or reading.at.astimezone(self.case.zone).date() >= since
        )

    def inferred_fasting(self, within: timedelta) -> int:
        """How many values look fasting by their time only."""
        start = self.case.assessed_at - within
        local_times = [
            reading.at.astimezone(self.case.zone).time()
            for reading in self.glucose
            if reading.meal == "before_meal" and reading.at > start
        ]
        return sum(1 for at in local_times if BREAKFAST_FROM <= at < BREAKFAST_TO)

    def doses_14d(self) -> tuple[Dose, ...]:
        """The doses of the medicine the protocol changes that were due in the last 14 × 24 h."""
        ids = {regimen.id for regimen in self.regimens}
        end = self.case.assessed_at
        return tuple(
            dose for dose in self.case.doses if dose.regimen in ids and end - timedelta(days=14) < dose.due_at <= end
        )

    def adherence_14d(self) -> Fraction | None:
        """Taken among those doses; None when none was due."""
        taken, due = self.taken_14d()
        return Fraction(taken, due) if due else None

    def taken_14d(self) -> tuple[int, int]:
        """How many of those doses were taken, of how many: as the service counted them, if it did."""
        counted = self.case.doses_taken
        if counted is not None:
            return counted.taken, counted.due
        doses = self.doses_14d()
        return sum(dose.state == "taken" for dose in doses), len(doses)

    def _points(self, meal: str, *, with_limits: bool) -> list[Point]:
        return [
            Point(reading.at, event_value(reading))
            for reading in self.glucose
            if reading.meal == meal and (with_limits or reading.mg_dl is not None)
        ]

    def _within(self, days: int, points: Iterable[Point]) -> tuple[Point, ...]:
        start = self.case.assessed_at - timedelta(days=days)
        return tuple(point for point in points if point.at > start)


def gather(case: Case, protocol: Protocol) -> Evidence:
    """The case as evidence for this protocol. Raises BadInput when no medicine is one it could change."""
    at = case.assessed_at
    measured = sorted((r for r in case.glucose if not r.is_control), key=lambda reading: reading.at)
    known = [reading for reading in measured if reading.at <= at]
    evidence = Evidence(
        case=case,
        regimens=tuple(r for r in case.regimens if r.drug_class in protocol.drug_classes),
        glucose=tuple(reading for reading in known if not is_rejected(reading)),
        pressures=tuple(sorted((r for r in case.pressures if r.at <= at), key=lambda reading: reading.at)),
        rejected=tuple(reading for reading in known if is_rejected(reading)),
        later_readings=tuple(sorted(then for then in _times(measured, case.pressures) if then > at)),
        later_doses=tuple(dose for dose in case.doses if dose.due_at > at),
    )
    _can_be_changed(evidence, protocol)
    return evidence


def _times(glucose: Iterable[GlucoseReading], pressures: Iterable[PressureReading]) -> list[datetime]:
    return [reading.at for reading in glucose] + [reading.at for reading in pressures]


def _can_be_changed(evidence: Evidence, protocol: Protocol) -> None:
    if not evidence.regimens and not evidence.is_on_premix:
        raise BadInput(
            f"none is of class {' or '.join(protocol.drug_classes)}",
            where="regimens",
            advice=f"{protocol.id} changes one of these",
        )
    for regimen in evidence.regimens:
        if regimen.unit != protocol.unit:
            raise BadInput(
                f"the unit of {regimen.id!r} is {regimen.unit!r}",
                where="regimens",
                advice=f"{protocol.id} counts in {protocol.unit}",
            )


def is_rejected(reading: GlucoseReading) -> bool:
    """A number no meter can measure: below 20 or above 600 mg/dL."""
    return reading.mg_dl is not None and not LOWEST_MG_DL <= reading.mg_dl <= HIGHEST_MG_DL


def event_value(reading: GlucoseReading) -> Fraction:
    """The value in events: LO is 20, HI is 600 mg/dL."""
    if reading.mg_dl is not None:
        return Fraction(reading.mg_dl)
    return Fraction(LOWEST_MG_DL if reading.device_limit == "LO" else HIGHEST_MG_DL)


def sittings(points: Sequence[Point]) -> list[Point]:
    """One value a sitting: re-tests up to 10 min after the first are one, at the time of the first."""
    chains: list[list[Point]] = []
    for point in _without_duplicates(points):
        if chains and point.at - chains[-1][0].at <= RETEST_WITHIN:
            chains[-1].append(point)
        else:
            chains.append([point])
    return [Point(chain[0].at, _of_sitting({point.value for point in chain})) for chain in chains]


def _without_duplicates(points: Sequence[Point]) -> list[Point]:
    kept: list[Point] = []
    kept_at: dict[Fraction, datetime] = {}
    for point in sorted(points):
        if point.value not in kept_at or point.at - kept_at[point.value] > DUPLICATE_WITHIN:
            kept.append(point)
            kept_at[point.value] = point.at
    return kept


def _of_sitting(values: set[Fraction]) -> Fraction:
    """The lowest if any is low, else the mean of the different values."""
    lowest = min(values)
    return lowest if lowest < LOW_MG_DL else sum(values, Fraction()) / len(values)


def _inputs(evidence: Evidence) -> dict[str, Value]:
    """The names of `conditions.VOCABULARY`. None: a null that must be asked for; NOTHING: nothing there.

    eGFR is NOTHING when null, because gate G11 asks for it.
    """
    case, patient, plan, regimen = evidence.case, evidence.case.patient, evidence.case.plan, evidence.regimen
    since_change = evidence.events_since_change(7)
    return {
        "dose": Fraction(regimen.amount) if regimen else NOTHING,
        "times_per_day": Fraction(len(regimen.times)) if regimen else NOTHING,
        "days_since_change": _days_since_change(case, regimen) if regimen else NOTHING,
        "on_premix": evidence.is_on_premix,
        "age": _exact(patient.age),
        "weight_kg": _exact(patient.weight_kg),
        "diabetes_type": patient.diabetes_type,
        "pregnant": patient.pregnant,
        "egfr": NOTHING if patient.egfr is None else Fraction(patient.egfr),
        "target_low": _exact(plan.target_low),
        "target_high": _exact(plan.target_high),
        "targets_profile": plan.targets_profile or NOTHING,
        "fasting_7d": _values(evidence.fasting(7)),
        "fasting_events_7d": _values(evidence.fasting_events(7)),
        "bedtime_7d": _values(evidence.bedtime(7)),
        "events_7d": tuple(map(event_value, evidence.events(7))),
        "events_since_change_7d": tuple(map(event_value, since_change)),
        "unexplained_since_change_7d": tuple(event_value(r) for r in since_change if r.cause is None),
    } | {flag: flag in patient.flags for flag in FLAGS}


def _days_since_change(case: Case, regimen: Regimen) -> Fraction | None:
    return None if regimen.changed_on is None else Fraction((case.local_day - regimen.changed_on).days)


def _exact(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def _values(points: Iterable[Point]) -> tuple[Fraction, ...]:
    return tuple(point.value for point in points)
