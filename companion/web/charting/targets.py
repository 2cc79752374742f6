"""What a patient's values are held against: what the running plan aims at, else what guidelines say."""

from decimal import Decimal

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from companion.advice.models import Plan
from companion.care.people import Person
from companion.db import rows_of
from companion.readings.units import GlucoseUnit
from companion.web.charting.charts import Target
from companion.web.charting.shown_glucose import GENERAL_TARGET, shown_in

HOME_PRESSURE_TARGET = Target(low=Decimal(85), high=Decimal(135))
"""Home blood pressure below 135/85 mmHg (Chinese and European guidelines)."""


def glucose_target(db: Session, patient: Person, unit: GlucoseUnit) -> Target:
    """In that unit."""
    aims = rows_of(db, _OF_GLUCOSE, {"patient": patient.id}).first()
    if aims is None or aims.target_high is None:
        return GENERAL_TARGET[unit]
    return Target(*(shown_in(value, GlucoseUnit.MG_DL, unit) for value in aims))


def pressure_target(db: Session, patient: Person) -> Target:
    """Below these, in mmHg at home: `high` the systolic, `low` the diastolic."""
    aims = rows_of(db, _OF_PRESSURE, {"patient": patient.id}).first()
    if aims is None or aims.target_diastolic is None:
        return HOME_PRESSURE_TARGET
    return Target(low=aims.target_diastolic, high=aims.target_systolic)


def _running(
    aim: InstrumentedAttribute[Decimal | None], other: InstrumentedAttribute[Decimal | None]
) -> Select[Decimal | None, Decimal | None]:
    """The two numbers of the newest running plan that says the first."""
    is_running = Plan.patient_id == bindparam("patient"), Plan.stopped_at.is_(None), aim.is_not(None)
    return select(aim, other).where(*is_running).order_by(Plan.id.desc()).limit(1)


_OF_GLUCOSE = _running(Plan.target_low, Plan.target_high)
_OF_PRESSURE = _running(Plan.target_systolic, Plan.target_diastolic)
