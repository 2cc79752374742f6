"""A patient's last days as charts and figures: fetched here, drawn by companion.web.charting.charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext
from sqlalchemy.orm import Session

from companion.advice.alarms.urgent import LOW
from companion.care.people import Person
from companion.clock import MILLISECOND, from_ms
from companion.readings.counted import Counted
from companion.readings.glucose_values import FINGER_STICK, SENSOR
from companion.readings.reading import Metric, Reading
from companion.readings.store import ReadingStore
from companion.readings.units import GlucoseUnit
from companion.readings.values import Values
from companion.web.charting.charts import Chart, DoseChange, GlucosePoint, Span, glucose_chart
from companion.web.charting.doses_marked import dose_changes, missed_doses
from companion.web.charting.home_summary import HomeSummary, home_summary
from companion.web.charting.pressure_figures import Part, PressureFigures, pressure_figures
from companion.web.charting.shown_glucose import shown_in
from companion.web.charting.summaries import Summary, meter_summary, sensor_summary
from companion.web.charting.targets import glucose_target, pressure_target

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
    store: ReadingStore,
    patient: Person,
    at: datetime,
    shown: timedelta = SHOWN,
    *,
    tells_doses: bool = True,
    is_short: bool = False,
    part: Part = Part.ALL,
) -> Figures:
    """The patient's charts over the days before `at`, without the readings somebody excluded.

    `tells_doses` False leaves out how doses changed: the patient's own page must not repeat an old amount. `is_short`
    leaves out what only doctors read: the course of finger-stick values from day to day, the averages of guidelines,
    and figures that few ask for.
    """
    span = Span(at - shown, at, ZoneInfo(patient.zone))
    # The store's spans are half-open; the value of this very instant is the one the page is about.
    until = span.end + MILLISECOND
    changes = dose_changes(db, patient, span) if tells_doses else []
    missed = missed_doses(db, patient, span)
    counted = Counted.of(db, store, patient.public_id, span.start, until)
    sticks, sensor = counted.by_kinds(Metric.GLUCOSE, (FINGER_STICK, SENSOR))
    measured = counted.readings(Metric.BLOOD_PRESSURE)
    newest = [reading for reading in measured if reading.taken_at > at - AVERAGED]
    target = pressure_target(db, patient)
    pressures = pressure_figures(measured, span, target, part=part, changes=changes, missed=missed)
    return Figures(
        glucose=_course(db, patient, sticks, span, changes, missed) if sticks and not is_short else None,
        pressure=pressures.chart if pressures else None,
        pressures=pressures,
        sensor=sensor_summary(sensor, span, is_short=is_short) if sensor else None,
        meter=meter_summary(sticks, span.zone) if sticks else None,
        home=home_summary(newest, span.zone) if newest and not is_short else None,
    )


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
    changes, missed = dose_changes(db, patient, span), missed_doses(db, patient, span)
    if metric is Metric.GLUCOSE:
        sticks = Values.of(reading for reading in shown if reading.kind in FINGER_STICK)
        return _course(db, patient, sticks, span, changes, missed) if sticks else None
    found = pressure_figures(shown, span, pressure_target(db, patient), changes=changes, missed=missed)
    return found.chart if found else None


def _course(
    db: Session,
    patient: Person,
    sticks: Values,
    span: Span,
    changes: Sequence[DoseChange],
    missed: Sequence[datetime],
) -> Chart:
    unit = GlucoseUnit(sticks.unit[-1])
    return glucose_chart(
        _points(sticks, unit),
        span=span,
        target=glucose_target(db, patient, unit),
        unit=unit.value,
        low=shown_in(Decimal(LOW), GlucoseUnit.MG_DL, unit),
        gettext=gettext,
        changes=changes,
        missed=missed,
    )


def _points(sticks: Values, shown: GlucoseUnit) -> list[GlucosePoint]:
    columns = zip(sticks.taken_at_ms, sticks.value, sticks.unit, sticks.meal, sticks.limit, strict=True)
    return [
        GlucosePoint(
            from_ms(at), None if value is None else shown_in(value, GlucoseUnit(unit), shown), meal or "", limit or ""
        )
        for at, value, unit, meal, limit in columns
    ]
