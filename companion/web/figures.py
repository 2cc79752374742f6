"""A patient's last days as charts: fetched here, drawn by companion.web.charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.models import Plan
from companion.care.people import Person
from companion.care.regimens import Regimen, active_regimens
from companion.clock import MILLISECOND, from_ms
from companion.readings.amendments import counting
from companion.readings.counted import counted_values
from companion.readings.glucose_values import FINGER_STICK, SENSOR
from companion.readings.reading import Metric, Reading
from companion.readings.store import ReadingStore
from companion.readings.units import GlucoseUnit
from companion.readings.values import Values
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.web.charts import (
    Chart,
    DoseChange,
    GlucosePoint,
    Pressure,
    Span,
    Target,
    glucose_chart,
    pressure_chart,
)
from companion.web.home_summary import HomeSummary, home_summary
from companion.web.shown_glucose import GENERAL_TARGET, shown_in
from companion.web.summaries import Summary, meter_summary, sensor_summary

SHOWN = timedelta(days=14)
AVERAGED = timedelta(days=14)
"""How far back a blood pressure may lie that is in the average of home (protocols.yaml, hbpm.product_default)."""

HOME_PRESSURE_TARGET = Target(low=Decimal(85), high=Decimal(135))
"""Home blood pressure below 135/85 mmHg (Chinese and European guidelines)."""


@dataclass(frozen=True)
class Figures:
    """The charts, and what the readings come to; None where nothing was measured."""

    glucose: Chart | None
    pressure: Chart | None
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
) -> Figures:
    """The patient's charts over the days before `at`, without the readings somebody excluded.

    `tells_doses` False leaves out how doses changed: the patient's own page must not repeat an old amount.
    """
    span = Span(at - shown, at, ZoneInfo(patient.zone))
    # The store's spans are half-open; the value of this very instant is the one the page is about.
    until = span.end + MILLISECOND
    found = counted_values(db, store, patient.public_id, Metric.GLUCOSE, span.start, until)
    sticks, sensor = found.of_kinds(FINGER_STICK), found.of_kinds(SENSOR)
    stored = store.between(patient.public_id, Metric.BLOOD_PRESSURE, span.start, until)
    pressures = counting(db, patient.public_id, stored)
    newest = [reading for reading in pressures if reading.taken_at > at - AVERAGED]
    return Figures(
        glucose=_glucose(db, patient, sticks, span, tells_doses=tells_doses) if sticks else None,
        pressure=_pressure(db, patient, pressures, span, tells_doses=tells_doses) if pressures else None,
        sensor=sensor_summary(sensor, span) if sensor else None,
        meter=meter_summary(sticks, span.zone) if sticks else None,
        home=home_summary(newest, span.zone) if newest else None,
    )


def _glucose(db: Session, patient: Person, sticks: Values, span: Span, *, tells_doses: bool) -> Chart:
    unit = GlucoseUnit(sticks.unit[-1])
    return glucose_chart(
        _points(sticks, unit),
        span=span,
        target=glucose_target(db, patient, unit),
        unit=unit.value,
        gettext=gettext,
        changes=_changes(active_regimens(db, patient.id), span) if tells_doses else [],
        missed=_missed(db, patient, span),
    )


def _points(sticks: Values, shown: GlucoseUnit) -> list[GlucosePoint]:
    columns = zip(sticks.taken_at_ms, sticks.value, sticks.unit, sticks.meal, sticks.limit, strict=True)
    return [
        GlucosePoint(
            from_ms(at), None if value is None else shown_in(value, GlucoseUnit(unit), shown), meal or "", limit or ""
        )
        for at, value, unit, meal, limit in columns
    ]


def glucose_target(db: Session, patient: Person, unit: GlucoseUnit) -> Target:
    """What the running plan aims at, else the general target."""
    is_running = Plan.patient_id == patient.id, Plan.stopped_at.is_(None), Plan.target_low.is_not(None)
    plan = db.scalar(select(Plan).where(*is_running).order_by(Plan.id.desc()).limit(1))
    if plan is None or plan.target_low is None or plan.target_high is None:
        return GENERAL_TARGET[unit]
    low, high = (shown_in(value, GlucoseUnit.MG_DL, unit) for value in (plan.target_low, plan.target_high))
    return Target(low, high)


def _changes(regimens: Sequence[Regimen], span: Span) -> list[DoseChange]:
    """Every dose that changed within the span, oldest first."""
    found = []
    for regimen in regimens:
        held = [revision for revision in regimen.revisions if revision.effective_at is not None]
        for before, after in pairwise(held):
            assert after.effective_at is not None, "filtered above"
            if span.start <= after.effective_at <= span.end and before.amount != after.amount:
                words = f"{regimen.drug} {before.amount} → {after.amount} {regimen.unit}"
                found.append(DoseChange(after.effective_at, words))
    return sorted(found, key=lambda change: change.at)


def _missed(db: Session, patient: Person, span: Span) -> list[datetime]:
    query = select(Dose.due_at).where(
        Dose.patient_id == patient.id,
        Dose.due_at >= span.start,
        Dose.due_at <= span.end,
        Dose.state.in_([DoseState.MISSED, DoseState.MISSED_UNREACHED]),
    )
    return list(db.scalars(query.order_by(Dose.due_at)))


def _pressure(db: Session, patient: Person, readings: Sequence[Reading], span: Span, *, tells_doses: bool) -> Chart:
    bars = [
        Pressure(reading.taken_at, reading.value, reading.diastolic, reading.pulse)
        for reading in readings
        if reading.value is not None and reading.diastolic is not None
    ]
    return pressure_chart(
        bars,
        span=span,
        target=HOME_PRESSURE_TARGET,
        gettext=gettext,
        changes=_changes(active_regimens(db, patient.id), span) if tells_doses else [],
        missed=_missed(db, patient, span),
    )
