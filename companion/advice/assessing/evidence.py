"""What the readings and doses of a case amount to: which count, and for which medicine. Pure.

Windows: N days are now − N × 24 h < at ≤ now. Local days are the patient's. Glucose in mg/dL, means exact.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

from companion.advice.assessing import glucose_values, home_pressure
from companion.advice.assessing.candidates import Candidates, candidates_of
from companion.advice.assessing.case import Case, Dose, GlucoseReading, PressureReading, Regimen
from companion.advice.assessing.glucose_values import Point, event_value, sittings
from companion.advice.assessing.home_pressure import NO_READINGS, Window, window
from companion.advice.assessing.spans import AT, after, until
from companion.advice.grammar.protocol import Protocol
from companion.advice.grammar.vocabulary import Value

R = TypeVar("R")

BREAKFAST_FROM, BREAKFAST_TO = time(4), time(10)
"""Local times between which a value before a meal may be a fasting one (inferred: it never counts)."""

DINNER_FROM, DINNER_TO = time(16), time(20)
"""Local times between which a value before a meal is one before dinner (cases.md)."""

ADHERENCE_DAYS = 14


@dataclass(frozen=True)
class Evidence:
    """The case, sifted. `glucose` and `pressures` ascend and end at the assessment; `plausible`: those of the
    pressures that can be a pair.

    `regimen` is the one medicine this look is about, None when there is none; `before_dinner`: values before dinner
    guide it, not fasting ones. `known` remembers what `inputs.Inputs` looked up.
    """

    case: Case
    protocol: Protocol
    medicines: Candidates
    regimen: Regimen | None
    before_dinner: bool
    glucose: tuple[GlucoseReading, ...]
    pressures: tuple[PressureReading, ...]
    plausible: tuple[PressureReading, ...]
    rejected: tuple[GlucoseReading, ...]
    rejected_pressures: tuple[PressureReading, ...]
    later_readings: tuple[datetime, ...]
    later_doses: tuple[Dose, ...]
    known: dict[str, Value] = field(default_factory=dict, compare=False)

    @property
    def regimens(self) -> tuple[Regimen, ...]:
        """What the protocol could change."""
        return self.medicines.changeable

    def looks(self) -> tuple["Evidence", ...]:
        """One for each medicine that may be changed, the first served first."""
        if self.protocol.changes != "two_injections" or len(self.regimens) != 2:
            return (self,)
        morning, evening = sorted(self.regimens, key=lambda regimen: regimen.times[:1])
        return (
            replace(self, regimen=evening, known={}),
            replace(self, regimen=morning, before_dinner=True, known={}),
        )

    def fasting(self, days: int) -> tuple[Point, ...]:
        """Values labelled fasting, one a sitting, without HI and LO."""
        return self._within(days, self._fasting)

    def fasting_events(self, days: int) -> tuple[Point, ...]:
        """The same with LO as 20 and HI as 600."""
        return self._within(days, sittings(self._points("fasting", with_limits=True)))

    def bedtime(self, days: int) -> tuple[Point, ...]:
        return self._within(days, self._bedtime)

    def after_meal(self, days: int) -> tuple[Point, ...]:
        return self._within(days, sittings(self._points("after_meal")))

    def dinner(self, days: int) -> tuple[Point, ...]:
        """Values labelled before a meal, between 16:00 and 20:00 local, one a sitting, without HI and LO."""
        return self._within(days, self._dinner)

    def events(self, days: int) -> tuple[GlucoseReading, ...]:
        """Every accepted reading of the last `days` × 24 h."""
        return after(self.glucose, self.case.assessed_at - timedelta(days=days))

    def events_since_change(self, days: int) -> tuple[GlucoseReading, ...]:
        """The same, on or after the local day on which the present amount took effect."""
        events, since = self.events(days), self.regimen.changed_on if self.regimen else None
        # Most changes lie before the window: then no reading's local day matters.
        if since is None or since < self.case.local_day - timedelta(days=days + 1):
            return events
        zone = self.case.zone
        return tuple(reading for reading in events if reading.at.astimezone(zone).date() >= since)

    def inferred_fasting(self, within: timedelta) -> int:
        """How many values look fasting by their time only."""
        start = self.case.assessed_at - within
        local_times = [
            reading.at.astimezone(self.case.zone).time()
            for reading in self.glucose
            if reading.meal == "before_meal" and reading.at > start
        ]
        return sum(1 for at in local_times if BREAKFAST_FROM <= at < BREAKFAST_TO)

    @cached_property
    def home(self) -> Window:
        """Blood pressure of the last 14 days that counts."""
        return self._window(timedelta(0))

    @cached_property
    def home_before(self) -> Window:
        """Of the 14 days before; empty when they do not reach the minimum."""
        least = self.protocol.least_pressures
        before = self._window(least.within) if least else self.home
        return before if least and before.reaches(least) else NO_READINGS

    def adherence_14d(self) -> Fraction | None:
        """Taken among the doses of the last 14 × 24 h; None when none was due."""
        taken, due = self.taken_14d
        return Fraction(taken, due) if due else None

    @cached_property
    def taken_14d(self) -> tuple[int, int]:
        """How many of those doses were taken, of how many: as the service counted them, if it did."""
        counted = self.case.doses_taken
        if counted is not None:
            return counted.taken, counted.due
        ids, end = {regimen.id for regimen in self.medicines.adherence}, self.case.assessed_at
        start = end - timedelta(days=ADHERENCE_DAYS)
        doses = [dose for dose in self.case.doses if dose.regimen in ids and start < dose.due_at <= end]
        return sum(dose.state == "taken" for dose in doses), len(doses)

    def _window(self, ago: timedelta) -> Window:
        least, plan = self.protocol.least_pressures, self.case.plan
        if least is None:
            return NO_READINGS
        end = self.case.assessed_at - ago
        return window(self.plausible, end, least, self.case.zone, experience_days=plan.hbpm_experience_days)

    # What several rules and gates ask for is chained into sittings once.

    @cached_property
    def _fasting(self) -> tuple[Point, ...]:
        return sittings(self._points("fasting"))

    @cached_property
    def _bedtime(self) -> tuple[Point, ...]:
        return sittings(self._points("bedtime"))

    @cached_property
    def _dinner(self) -> tuple[Point, ...]:
        zone = self.case.zone
        points = self._points("before_meal")
        return sittings([point for point in points if DINNER_FROM <= point[0].astimezone(zone).time() <= DINNER_TO])

    def _points(self, meal: str, *, with_limits: bool = False) -> list[tuple[datetime, Decimal]]:
        return [
            (reading.at, event_value(reading))
            for reading in self.glucose
            if reading.meal == meal and (with_limits or reading.mg_dl is not None)
        ]

    def _within(self, days: int, points: tuple[Point, ...]) -> tuple[Point, ...]:
        return after(points, self.case.assessed_at - timedelta(days=days))


def gather(case: Case, protocol: Protocol) -> Evidence:
    """The case as evidence for this protocol. Raises BadInput when no medicine is one it could change."""
    at = case.assessed_at
    medicines = candidates_of(case, protocol)
    measured = tuple(sorted((reading for reading in case.glucose if not reading.is_control), key=AT))
    cuff = tuple(sorted(case.pressures, key=AT))
    glucose, rejected = _parted(until(measured, at), glucose_values.is_rejected)
    pressures = until(cuff, at)
    plausible, implausible = _parted(pressures, home_pressure.is_rejected)
    return Evidence(
        case=case,
        protocol=protocol,
        medicines=medicines,
        regimen=medicines.changeable[0] if len(medicines.changeable) == 1 else None,
        before_dinner=False,
        glucose=glucose,
        pressures=pressures,
        plausible=plausible,
        rejected=rejected,
        rejected_pressures=implausible,
        later_readings=tuple(sorted([r.at for r in after(measured, at)] + [r.at for r in after(cuff, at)])),
        later_doses=tuple(dose for dose in case.doses if dose.due_at > at),
    )


def _parted(readings: Sequence[R], is_rejected: Callable[[R], bool]) -> tuple[tuple[R, ...], tuple[R, ...]]:
    """Those that are kept, and those that are rejected."""
    kept: list[R] = []
    rejected: list[R] = []
    for reading in readings:
        (rejected if is_rejected(reading) else kept).append(reading)
    return tuple(kept), tuple(rejected)
