"""Trials of wordings as they run: started and ended by an administrator; who is in one; what each reminder said.

Only plain reminders are ever worded by a trial. What a doctor decides, alerts, and a reminder that tells of a changed
dose have one wording each, and no patient goes without a reminder: the standard one is an arm like the others.
"""

import secrets
from collections.abc import Mapping, Sequence
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


def wordings_for(
    session: Session, reminders: Sequence[Message], patients: Mapping[int, str], now: datetime
) -> dict[int, Wording]:
    """How these reminders are put, by message, noted as exposures where a trial decides; those that are left out read
    the standard wording. `patients`: public ids by id.

    A message that is handed over again keeps the wording it had.
    """
    ids = [message.id for message in reminders if message.purpose == Purpose.REMINDER]
    noted = session.execute(select(Exposure.message_id, Exposure.arm).where(Exposure.message_id.in_(ids)))
    put = {row.message_id: Wording(row.arm) for row in noted}
    trial = running_trial(session, now)
    if trial is not None:
        new = {message.id: message.patient_id for message in reminders if message.id in set(ids) - put.keys()}
        arms = _arms_in(session, trial, {patient_id: patients[patient_id] for patient_id in new.values()}, now)
        exposed = {message_id: arms[patient_id] for message_id, patient_id in new.items() if patient_id in arms}
        _note(session, trial, exposed, new, now)
        put |= exposed
    return put


def _arms_in(session: Session, trial: WordingTrial, patients: Mapping[int, str], now: datetime) -> dict[int, Wording]:
    """The arms of these patients, as far as they are in the trial or may come in."""
    entered = select(TrialEntry.patient_id, TrialEntry.arm).where(
        TrialEntry.trial_id == trial.id, TrialEntry.patient_id.in_(patients)
    )
    arms = {row.patient_id: Wording(row.arm) for row in session.execute(entered)}
    for patient_id in sorted(patients.keys() - arms.keys()):
        if arm := _let_in(session, trial, patient_id, patients[patient_id], now):
            arms[patient_id] = arm
    return arms


def _note(
    session: Session, trial: WordingTrial, exposed: Mapping[int, Wording], patients: Mapping[int, int], now: datetime
) -> None:
    """That these messages were put so; `patients` by message."""
    rows = [
        {
            "trial_id": trial.id,
            "patient_id": patients[message_id],
            "message_id": message_id,
            "arm": arm.value,
            "at": now,
        }
        for message_id, arm in exposed.items()
    ]
    if rows:
        session.execute(insert_unless_known(session, Exposure, "message_id"), rows)


def _let_in(session: Session, trial: WordingTrial, patient_id: int, patient: str, now: datetime) -> Wording | None:
    """The arm of a patient who comes in now; None while as many as may came in within the last 24 hours. Whoever waits
    reads the standard wording and is in no arm, so that waiting tells nothing of an arm."""
    session.refresh(trial, with_for_update=True)  # two who hand over at once count one after the other
    entered = select(TrialEntry.arm).where(TrialEntry.trial_id == trial.id, TrialEntry.patient_id == patient_id)
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
