"""What a patient's values are held against: what the running plan aims at, else what guidelines say."""

from decimal import Decimal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from companion.advice.models import Plan
from companion.care.people import Person
from companion.readings.units import GlucoseUnit
from companion.web.charting.charts import Target
from companion.web.charting.shown_glucose import GENERAL_TARGET, shown_in

HOME_PRESSURE_TARGET = Target(low=Decimal(85), high=Decimal(135))
"""Home blood pressure below 135/85 mmHg (Chinese and European guidelines)."""


def glucose_target(db: Session, patient: Person, unit: GlucoseUnit) -> Target:
    """In that unit."""
    plan = _running(db, patient, Plan.target_low.is_not(None))
    if plan is None or plan.target_low is None or plan.target_high is None:
        return GENERAL_TARGET[unit]
    low, high = (shown_in(value, GlucoseUnit.MG_DL, unit) for value in (plan.target_low, plan.target_high))
    return Target(low, high)


def pressure_target(db: Session, patient: Person) -> Target:
    """Below these, in mmHg at home: `high` the systolic, `low` the diastolic."""
    plan = _running(db, patient, Plan.target_systolic.is_not(None))
    if plan is None or plan.target_systolic is None or plan.target_diastolic is None:
        return HOME_PRESSURE_TARGET
    return Target(low=plan.target_diastolic, high=plan.target_systolic)


def _running(db: Session, patient: Person, aims: ColumnElement[bool]) -> Plan | None:
    is_running = Plan.patient_id == patient.id, Plan.stopped_at.is_(None), aims
    return db.scalar(select(Plan).where(*is_running).order_by(Plan.id.desc()).limit(1))
