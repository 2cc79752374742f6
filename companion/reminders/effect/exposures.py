"""Trials of wordings as they run: started and ended by an administrator; who is in one; what each reminder said.

Only plain reminders are ever worded by a trial. What a doctor decides, alerts, and a reminder that tells of a changed
dose have one wording each, and no patient goes without a reminder: the standard one is an arm like the others.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.errors import BadInput
from companion.messages.models import Message, Purpose
from companion.messages.unique import insert_unless_known
from companion.messages.wording import Wording
from companion.reminders.effect.arms import arm_of, checked_shares
from companion.reminders.effect.effect_models import Exposure, Metric, TrialEntry, WordingTrial

SHORTEST_DAYS, LONGEST_DAYS = 7, 365
A_DAY = timedelta(days=1)


def start_trial(
    session: Session,
    *,
    by: Person,
    shares: Mapping[str, int],
    metric: str,
    days: int,
    new_patients_a_day: int,
    now: datetime,
) -> WordingTrial:
    """Starts now, for that many days. Raises BadInput naming the field; also while another trial runs."""
    if by.role != Role.ADMIN:
        raise BadInput("only an administrator starts a trial", where="trial")
    if running_trial(session, now) is not None:
        raise BadInput("another trial is running", where="trial", advice="wait for its end, or end it")
    if metric not in set(Metric):
        raise BadInput(f"{metric!r} is not measured", where="metric", advice=f"choose one of {', '.join(Metric)}")
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise BadInput(f"is not between {SHORTEST_DAYS} and {LONGEST_DAYS} days", where="days")
    if not 1 <= new_patients_a_day <= 100_000:
        raise BadInput("is not between 1 and 100000", where="new_patients_a_day")
    trial = WordingTrial(
        public_id=f"wt_{secrets.token_hex(6)}",
        salt=secrets.token_hex(32),
        shares=checked_shares(shares),
        metric=metric,
        new_patients_a_day=new_patients_a_day,
        starts_at=now,
        ends_at=now + timedelta(days=days),
        started_by=by.id,
    )
    session.add(trial)
    session.flush()
    return trial


def stop_trial(trial: WordingTrial, now: datetime) -> bool:
    """Ends it before its time: from now on everybody reads the standard wording. False when it was over."""
    if end_of(trial) <= now:
        return False
    trial.stopped_at = now
    return True


def end_of(trial: WordingTrial) -> datetime:
    """When it ends or ended."""
    return trial.stopped_at or trial.ends_at


def running_trial(session: Session, now: datetime) -> WordingTrial | None:
    """The one trial under way, if there is one."""
    running = WordingTrial.starts_at <= now, WordingTrial.ends_at > now, WordingTrial.stopped_at.is_(None)
    return session.scalar(select(WordingTrial).where(*running).order_by(WordingTrial.id).limit(1))


def trials(session: Session) -> list[WordingTrial]:
    """All there were, the newest first."""
    return list(session.scalars(select(WordingTrial).order_by(WordingTrial.id.desc())))


def wording_for(session: Session, message: Message, patient: str, now: datetime) -> Wording:
    """How this message is put, noted as an exposure where a trial decides. `patient`: the public id.

    A message that is handed over again keeps the wording it had.
    """
    if message.purpose != Purpose.REMINDER:
        return Wording.STANDARD
    noted = session.scalar(select(Exposure.arm).where(Exposure.message_id == message.id))
    if noted is not None:
        return Wording(noted)
    trial = running_trial(session, now)
    arm = _arm_in(session, trial, message.patient_id, patient, now) if trial else None
    if trial is None or arm is None:
        return Wording.STANDARD
    session.execute(
        insert_unless_known(session, Exposure, "message_id").values(
            trial_id=trial.id, patient_id=message.patient_id, message_id=message.id, arm=arm.value, at=now
        )
    )
    return arm


def _arm_in(session: Session, trial: WordingTrial, patient_id: int, patient: str, now: datetime) -> Wording | None:
    """The patient's arm; None while as many as may came in within the last 24 hours. Whoever waits reads the standard
    wording and is in no arm, so that waiting tells nothing of an arm."""
    entered = select(TrialEntry.arm).where(TrialEntry.trial_id == trial.id, TrialEntry.patient_id == patient_id)
    known = session.scalar(entered)
    if known is not None:
        return Wording(known)
    session.refresh(trial, with_for_update=True)  # two who hand over at once count one after the other
    known = session.scalar(entered)
    if known is not None:
        return Wording(known)
    if _came_in_since(session, trial, now - A_DAY) >= trial.new_patients_a_day:
        return None
    arm = arm_of(trial.salt, patient, trial.shares)
    session.add(TrialEntry(trial_id=trial.id, patient_id=patient_id, arm=arm.value, entered_at=now))
    session.flush()
    return arm


def _came_in_since(session: Session, trial: WordingTrial, since: datetime) -> int:
    query = select(func.count()).where(TrialEntry.trial_id == trial.id, TrialEntry.entered_at > since)
    return session.scalars(query).one()
