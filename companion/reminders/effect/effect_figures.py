"""Doses, the reminders about them, and what became of both, counted by patient."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, literal, select
from sqlalchemy.orm import Session

from companion.messages.models import Delivery, Message, MessageState
from companion.reminders.doses.dose_state import ANSWERED, DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.effect.effect import Result, Tally, judge
from companion.reminders.effect.effect_models import Exposure, Metric, TrialEntry, WordingTrial
from companion.reminders.effect.exposures import end_of
from companion.reminders.expressions import Milliseconds

FIRST_REMINDER = literal("due:") + cast(Dose.patient_id, String) + ":" + cast(Milliseconds(Dose.due_at), String) + ":1"
"""The key of the first reminder about a dose (`sweep.reminder_key`): what follows it is a consequence of it."""
NOT_SENT = "-"
STANDARD = "standard"


def by_channel(session: Session, since: datetime, now: datetime) -> list[Tally]:
    """By the way the reminder went; "-" for one that was never handed over."""
    way = (
        select(func.max(Delivery.channel)).where(Delivery.message_id == Message.id).correlate(Message).scalar_subquery()
    )
    return _tallies(session, _counted(func.coalesce(way, NOT_SENT), since, now))


def by_hour(session: Session, since: datetime, now: datetime) -> list[Tally]:
    """By the hour of the patient's own day ("08")."""
    return _tallies(session, _counted(func.substr(Dose.local_time, 1, 2), since, now))


def by_wording(session: Session, since: datetime, now: datetime) -> list[Tally]:
    """By how the reminder was put."""
    query = _counted(func.coalesce(Exposure.arm, STANDARD), since, now)
    return _tallies(session, query.outerjoin(Exposure, Exposure.message_id == Message.id))


def result_of(session: Session, trial: WordingTrial, now: datetime) -> Result:
    """What may be said of the trial now. Everybody counts in the arm they came in with, from then on."""
    is_over = end_of(trial) <= now
    query = (
        _counted(TrialEntry.arm, trial.starts_at, now)
        .join(Exposure, and_(Exposure.message_id == Message.id, Exposure.trial_id == trial.id))
        .join(TrialEntry, and_(TrialEntry.trial_id == trial.id, TrialEntry.patient_id == Dose.patient_id))
    )
    tallies = _tallies(session, query) if is_over else []
    return judge(trial.shares, _entered(session, trial), tallies, Metric(trial.metric), is_over=is_over)


def _entered(session: Session, trial: WordingTrial) -> dict[str, int]:
    query = select(TrialEntry.arm, func.count()).where(TrialEntry.trial_id == trial.id).group_by(TrialEntry.arm)
    return {row[0]: row[1] for row in session.execute(query)}


def _counted(group: Any, since: datetime, now: datetime) -> Select[Any]:
    """Doses since then that a reminder was about, with their windows over; cancelled ones are nobody's."""
    answered = and_(Dose.state.in_([state.value for state in ANSWERED]), Dose.is_late.is_(False))
    handed_over = Message.state.in_([MessageState.HANDED_OVER.value, MessageState.DELIVERED.value])
    return (
        select(
            group.label("grouped_by"),
            Dose.patient_id,
            func.count(),
            _how_many(handed_over),
            _how_many(Message.state == MessageState.DELIVERED.value),
            _how_many(answered),
            _how_many(and_(answered, Dose.state == DoseState.TAKEN.value)),
        )
        .join(Message, Message.unique_key == FIRST_REMINDER)
        .where(Dose.due_at >= since, Dose.window_ends_at <= now, Dose.state != DoseState.CANCELLED.value)
        .group_by("grouped_by", Dose.patient_id)
    )


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _tallies(session: Session, query: Select[Any]) -> list[Tally]:
    return [Tally(*row) for row in session.execute(query)]
