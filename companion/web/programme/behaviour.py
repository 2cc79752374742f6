"""What the service saw by itself of the last days: answered, measured, said back. For the patient as for the doctor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.care.change_answers import ChangeAnswer
from companion.care.people import Person
from companion.errors import Unavailable
from companion.programme.care_plans.plan_models import CarePlanLine, LineKind, LineState
from companion.programme.questionnaires.answer_models import QuestionnaireAnswer
from companion.readings.reading import Metric
from companion.readings.store import ReadingStore
from companion.reminders.adherence import Share
from companion.reminders.outcomes import figures_of_all

DAYS = 30
"""Local days that are looked at, today included."""


@dataclass(frozen=True)
class Behaviour:
    """Counts of what happened, no judgement. Days with a measurement are None while readings cannot be reached."""

    days: int
    answered: Share
    taken: Share
    sugar_days: int | None
    pressure_days: int | None
    changes_said_back: int
    questionnaires: int
    steps_done: int


def behaviour_of(db: Session, store: ReadingStore, patient: Person, now: datetime) -> Behaviour:
    since = now - timedelta(days=DAYS)
    doses = figures_of_all(db, patient, now, DAYS)
    said = select(func.count()).where(ChangeAnswer.patient_id == patient.id, ChangeAnswer.at > since)
    asked = select(func.count()).where(
        QuestionnaireAnswer.patient_id == patient.id, QuestionnaireAnswer.answered_at > since
    )
    done = select(func.count()).where(
        CarePlanLine.patient_id == patient.id,
        CarePlanLine.kind == LineKind.STEP.value,
        CarePlanLine.state == LineState.DONE.value,
        CarePlanLine.closed_by == patient.id,
        CarePlanLine.closed_at > since,
    )
    return Behaviour(
        days=DAYS,
        answered=doses.answered,
        taken=doses.taken,
        sugar_days=_days_measured(store, patient, Metric.GLUCOSE, now),
        pressure_days=_days_measured(store, patient, Metric.BLOOD_PRESSURE, now),
        changes_said_back=db.scalar(said) or 0,
        questionnaires=db.scalar(asked) or 0,
        steps_done=db.scalar(done) or 0,
    )


def _days_measured(store: ReadingStore, patient: Person, metric: Metric, now: datetime) -> int | None:
    zone = ZoneInfo(patient.zone)
    today = now.astimezone(zone).date()
    try:
        return len(store.daily(patient.public_id, metric, zone, today - timedelta(days=DAYS - 1), today))
    except Unavailable:
        return None
