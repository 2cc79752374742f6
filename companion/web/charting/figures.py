"""A patient's last days as charts and figures: fetched here, drawn by companion.web.charting.charts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from companion.advice.alarms.urgent import LOW
from companion.care.people import Person
from companion.clock import MILLISECOND, from_ms
from companion.readings.counted import Counted
from companion.readings.glucose_values import FINGER_STICK
from companion.readings.reading import Metric, Reading
from companion.readings.store import ReadingStore
from companion.readings.units import GlucoseUnit
from companion.readings.values import Values
from companion.web.charting.charts import Chart, DoseChange, GlucosePoint, Span, glucose_chart
from companion.web.charting.doses_marked import dose_changes, missed_doses
from companion.web.charting.home_summary import HomeSummary, home_summary
from companion.web.charting.measured import Asked, Measured, measured_of
from companion.web.charting.one_unit import decided
from companion.web.charting.pressure_figures import Part, PressureFigures, pressure_figures
from companion.web.charting.shown_glucose import shown_in
from companion.web.charting.summaries import Summary, meter_summary, sensor_summary
from companion.web.charting.targets import glucose_target, pressure_target
from companion.web.language import gettext

SHOWN = timedelta(days=14)
AVERAGED = timedelta(days=14)
"""How far back a blood pressure may lie that is in the average of home (protocols.yaml, hbpm.product_default)."""


@dataclass(frozen=True)
class Figures:
    """The charts, and what the readings come to; None where nothing was measured, or nobody asked for it."""

    glucose: Chart | None
    pressure: Chart | None
    pressures: PressureFigures | None
    sensor: Summary | None
    meter: Summary | None
    home: HomeSummary | None


def figures_of(
    db: Session,
    patient: Person,
    measured: Measured,
    span: Span,
    *,
    asked: Collection[Asked] = frozenset(Asked),
    tells_doses: bool = True,
    part: Part = Part.ALL,
) -> Figures:
    """What was measured in the span, as charts and figures. Only what is asked for is worked out: a page has 15 ms.

    `tells_doses` False leaves out how doses changed: the patient's own page must not repeat an old amount.
    """
    sticks, sensor, pressures = measured.sticks, measured.sensor, measured.pressures
    has_course = bool(sticks) and Asked.COURSE in asked
    marks = _marks(db, patient, span, tells_doses=tells_doses) if pressures or has_course else _Marks((), ())
    bars = _pressures(db, patient, pressures, span, marks, part) if Asked.PRESSURE in asked else None
    newest = [each for each in pressures if each.taken_at > span.end - AVERAGED] if Asked.HOME in asked else []
    return Figures(
        glucose=_course(db, patient, sticks, measured.unit, span, marks) if has_course else None,
        pressure=bars.chart if bars else None,
        pressures=bars,
        sensor=sensor_summary(sensor, measured.unit, span, is_short=Asked.MORE not in asked) if sensor else None,
        meter=meter_summary(sticks, measured.unit, span.zone) if sticks and Asked.METER in asked else None,
        home=home_summary(newest, span.zone) if newest else None,
    )


def figures_before(
    db: Session,
    store: ReadingStore,
    patient: Person,
    at: datetime,
    shown: timedelta,
    *,
    asked: Collection[Asked] = frozenset(Asked),
    tells_doses: bool = True,
    part: Part = Part.ALL,
) -> Figures:
    """The same of the days before `at`, read here."""
    measured = measured_of(db, store, patient, at, shown, asked)
    span = Span(at - shown, at, ZoneInfo(patient.zone))
    return figures_of(db, patient, measured, span, asked=asked, tells_doses=tells_doses, part=part)


class _Marks(NamedTuple):
    """What charts mark: doses that changed, and when missed ones were due."""

    changes: Sequence[DoseChange]
    missed: Sequence[datetime]


def _marks(db: Session, patient: Person, span: Span, *, tells_doses: bool = True) -> _Marks:
    return _Marks(dose_changes(db, patient, span) if tells_doses else (), missed_doses(db, patient, span))


def _pressures(
    db: Session, patient: Person, measured: Sequence[Reading], span: Span, marks: _Marks, part: Part
) -> PressureFigures | None:
    if not measured:
        return None
    target = pressure_target(db, patient)
    return pressure_figures(measured, span, target, part=part, changes=marks.changes, missed=marks.missed)


def readings_of_course(
    db: Session, store: ReadingStore, patient: Person, at: datetime, metric: Metric
) -> list[Reading]:
    """What `course_of` draws, where nobody has read it yet."""
    counted = Counted.of(db, store, patient.public_id, at - SHOWN, at + MILLISECOND)
    return counted.readings(metric, FINGER_STICK if metric is Metric.GLUCOSE else None)


def course_of(db: Session, patient: Person, at: datetime, metric: Metric, measured: Sequence[Reading]) -> Chart | None:
    """The one chart of the last days that a suggestion is about, with doses changed and missed; None where nothing was
    measured. `measured`: readings of the metric that count, oldest first; those before these days are left out."""
    span, until = Span(at - SHOWN, at, ZoneInfo(patient.zone)), at + MILLISECOND
    shown = [reading for reading in measured if span.start <= reading.taken_at < until]
    marks = _marks(db, patient, span)
    if metric is Metric.GLUCOSE:
        sticks = Values.of(reading for reading in shown if reading.kind in FINGER_STICK)
        if not sticks:
            return None
        unit = decided(patient.glucose_unit, sticks.unit[-1], None) or GlucoseUnit.MMOL_L
        return _course(db, patient, sticks, unit, span, marks)
    found = _pressures(db, patient, shown, span, marks, Part.ALL)
    return found.chart if found else None


def _course(db: Session, patient: Person, sticks: Values, unit: GlucoseUnit, span: Span, marks: _Marks) -> Chart:
    return glucose_chart(
        _points(sticks, unit),
        span=span,
        target=glucose_target(db, patient, unit),
        unit=unit.value,
        low=shown_in(Decimal(LOW), GlucoseUnit.MG_DL, unit),
        gettext=gettext,
        changes=marks.changes,
        missed=marks.missed,
    )


def _points(sticks: Values, shown: GlucoseUnit) -> list[GlucosePoint]:
    columns = zip(sticks.taken_at_ms, sticks.value, sticks.unit, sticks.meal, sticks.limit, strict=True)
    return [
        GlucosePoint(
            from_ms(at), None if value is None else shown_in(value, GlucoseUnit(unit), shown), meal or "", limit or ""
        )
        for at, value, unit, meal, limit in columns
    ]
