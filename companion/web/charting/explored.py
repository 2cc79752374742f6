"""What was measured in any span, in few enough points for a browser, and day by day as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.clock import from_ms, to_ms
from companion.readings.counted import Counted
from companion.readings.glucose_values import FINGER_STICK, SENSOR, with_limits
from companion.readings.profile import minutes_of_day
from companion.readings.reading import Metric, Reading
from companion.readings.store import ReadingStore
from companion.readings.units import PRESSURE_UNIT, GlucoseUnit
from companion.readings.values import Values
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.web.charting.charts import Target
from companion.web.charting.condensing import Thinned, thinned
from companion.web.charting.shown_glucose import figure_in
from companion.web.charting.targets import glucose_target, pressure_target
from companion.web.charting.unit_of import unit_of

GLUCOSE = {"sensor": SENSOR, "finger_stick": FINGER_STICK}
"""The series of glucose, each of some kinds of values."""
MARKED = {
    DoseState.TAKEN: "taken",
    DoseState.SKIPPED: "skipped",
    DoseState.MISSED: "missed",
    DoseState.MISSED_UNREACHED: "missed",
}
"""What a mark says of a dose. A reminder that reached nobody is no less a dose that nobody saw taken."""


@dataclass(frozen=True)
class Series:
    """Values of one kind: sensor, finger_stick, systolic or diastolic. `n` were measured; `points` are as many, or the
    lowest and the highest of each piece of time."""

    of: str
    n: int
    points: Thinned

    @property
    def is_thinned(self) -> bool:
        return self.n > len(self.points.at_ms)


@dataclass(frozen=True)
class DayRow:
    """What one local day had: `n` values, and their lowest, mean and highest."""

    on: date
    of: str
    n: int
    lowest: float
    mean: float
    highest: float


@dataclass(frozen=True)
class Explored:
    """In `unit`, beside `target`; `series` are complete, the browser gets `Series` of them."""

    unit: str
    target: Target
    columns: Mapping[str, tuple[Sequence[int], Sequence[float]]]

    def series(self, at_most: int) -> list[Series]:
        return [Series(of, len(at), thinned(at, values, at_most)) for of, (at, values) in self.columns.items()]

    def days(self, zone: ZoneInfo) -> list[DayRow]:
        """The newest first."""
        rows = [row for of, (at, values) in self.columns.items() for row in _days(of, at, values, zone)]
        return sorted(rows, key=lambda row: row.on, reverse=True)


def explored(
    db: Session, store: ReadingStore, patient: Person, metric: Metric, start: datetime, end: datetime, at: datetime
) -> Explored:
    """The values that count from `start` on and before `end`; glucose in the patient's unit as of `at`,
    LO and HI as 20 and 600 mg/dL."""
    if metric is Metric.GLUCOSE:
        unit = unit_of(db, store, patient, at) or GlucoseUnit.MMOL_L
        return _glucose(db, store, patient, start, end, unit)
    measured = Counted.of(db, store, patient.public_id, start, end).readings(metric)
    return Explored(PRESSURE_UNIT, pressure_target(db, patient), _pressures(measured))


def _glucose(
    db: Session, store: ReadingStore, patient: Person, start: datetime, end: datetime, unit: GlucoseUnit
) -> Explored:
    counted = Counted.of(db, store, patient.public_id, start, end)
    found = dict(zip(GLUCOSE, counted.by_kinds(Metric.GLUCOSE, GLUCOSE.values()), strict=True))
    columns = {of: (values.taken_at_ms, _shown(values, unit)) for of, values in found.items() if values}
    return Explored(unit.value, glucose_target(db, patient, unit), columns)


def _shown(values: Values, unit: GlucoseUnit) -> list[float]:
    mg_dl = with_limits(values).mg_dl
    shown = {value: float(figure_in(value, unit)) for value in set(mg_dl)}
    return [shown[value] for value in mg_dl]


def _pressures(readings: Sequence[Reading]) -> Mapping[str, tuple[Sequence[int], Sequence[float]]]:
    pairs = [(to_ms(r.taken_at), float(r.value), float(r.diastolic)) for r in readings if r.value and r.diastolic]
    if not pairs:
        return {}
    at, systolic, diastolic = (list(column) for column in zip(*pairs, strict=True))
    return {"systolic": (at, systolic), "diastolic": (at, diastolic)}


def _days(of: str, at_ms: Sequence[int], values: Sequence[float], zone: ZoneInfo) -> list[DayRow]:
    found: dict[date, list[float]] = {}
    minutes = minutes_of_day([at / 1000 for at in at_ms], zone)
    on, before = date.min, 24 * 60.0
    for at, minute, value in zip(at_ms, minutes, values, strict=True):
        if minute < before or not found:
            on = from_ms(at).astimezone(zone).date()
        before = minute
        found.setdefault(on, []).append(value)
    return [DayRow(on, of, len(some), min(some), fmean(some), max(some)) for on, some in found.items()]


def doses_within(db: Session, patient: Person, start: datetime, end: datetime, at_most: int) -> list[tuple[int, str]]:
    """When doses were due (ms), and what became of them; the newest `at_most`, oldest first."""
    query = select(Dose.due_at, Dose.state).where(
        Dose.patient_id == patient.id, Dose.due_at >= start, Dose.due_at < end, Dose.state.in_(MARKED)
    )
    rows = db.execute(query.order_by(Dose.due_at.desc()).limit(at_most)).all()
    return [(to_ms(at), MARKED[DoseState(state)]) for at, state in reversed(rows)]
