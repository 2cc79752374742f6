"""Tasks for the clinic and alerts that somebody must acknowledge. Made by reminders, advice and messages."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import JSON, CheckConstraint, ColumnElement, ForeignKey, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.db import Base, RowId, rows_changed
from companion.many_rows import insert_rows
from companion.sealing.texts import SealedText, seal_text


class AlertKind(StrEnum):
    MISSED_DOSE = "missed_dose"
    NOT_REACHED = "not_reached"
    URGENT_READING = "urgent_reading"


class TaskKind(StrEnum):
    ADHERENCE_REVIEW = "adherence_review"
    CALL_ABOUT_DECREASE = "call_about_decrease"
    UNCLEAR_REPLY = "unclear_reply"
    URGENT_READING = "urgent_reading"
    MESSAGE_FAILED = "message_failed"
    PLAN_ENDED = "plan_ended"
    DOSES_COLLIDE = "doses_collide"
    TAKEN_UNREAD = "taken_unread"
    TOOK_MORE = "took_more"
    REFILL_REQUEST = "refill_request"
    PAUSE_ASKED = "pause_asked"
    AGAINST_LIMIT = "against_limit"
    DOSE_JUMPED = "dose_jumped"
    NOT_REACHED = "not_reached"
    OPTED_OUT = "opted_out"
    RECORD_CONFLICT = "record_conflict"
    ASK_PATIENT = "ask_patient"
    REFER = "refer"
    TEACH_BACK = "teach_back"
    CALL_ABOUT_WITHDRAWAL = "call_about_withdrawal"
    CALL_FAMILY = "call_family"  # after a death; for who ended the care
    CARE_REOPENED = "care_reopened"
    SHARING_ENDED = "sharing_ended"
    SHARING_ASKED = "sharing_asked"
    LEAVING_ASKED = "leaving_asked"
    ERASURE_ASKED = "erasure_asked"
    EMERGENCY_ACCESS = "emergency_access"  # somebody without a care link opened the patient; for who reviews it
    DATA_REFUSED = "data_refused"
    DESK_HANDOVER = "desk_handover"
    ORDER_TROUBLE = "order_trouble"  # an order that a pharmacy does not take, or bring
    RED_ANSWER = "red_answer"  # in a questionnaire
    CARE_PLAN_REVIEW = "care_plan_review"
    CARE_PLAN_STEP = "care_plan_step"
    ALERT_CLOSED = "alert_closed"  # done as it is made: what a clinician did about an alert that waited
    CHECKUP = "checkup"  # values of a report wait for a clinician


class Task(Base):
    """Something a person at the clinic has to do. `unique_key` keeps it from being made twice."""

    __tablename__ = "task"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    unique_key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who said that they see to it; an urgent one that nobody takes is told to more people (`task_turns`)."""
    taken_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str | None] = mapped_column(SealedText("task.note", whose="patient_id", was=400))
    """What whoever did it wrote about it."""
    words: Mapped[str | None] = mapped_column(SealedText("task.words", whose="patient_id"))
    """What the patient wrote that it is about. In `details` are ids, codes and instants only."""


class Alert(Base):
    """Something one person is told about a patient: open → acknowledged, or closed by a late answer."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("unique_key"),
        CheckConstraint("state IN ('open', 'acknowledged', 'closed')", name="state"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    unique_key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(30))
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    dose_id: Mapped[int | None] = mapped_column(ForeignKey("dose.id", use_alter=True), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(14), default="open")
    created_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledgement: Mapped[str | None] = mapped_column(String(30))
    closed_at: Mapped[datetime | None]


def add_task(
    session: Session,
    *,
    unique_key: str,
    kind: TaskKind,
    patient_id: int,
    now: datetime,
    due_at: datetime,
    details: dict[str, Any] | None = None,
    words: str | None = None,
) -> bool:
    """Makes the task unless it was made before; tells whether it is new."""
    if session.scalar(select(Task.id).where(Task.unique_key == unique_key)):
        return False
    session.add(
        Task(
            unique_key=unique_key,
            kind=kind.value,
            patient_id=patient_id,
            details=details or {},
            words=seal_text(session, patient_id, Task.words, words, now),
            created_at=now,
            due_at=due_at,
        )
    )
    session.flush()
    return True


def add_only_open_task(session: Session, about: str, name: str, *, patient_id: int, **task: Any) -> None:
    """One open task a matter, however often it comes to that: none is added while one `about` it is open. `name` tells
    it from those that were done; `task` as for `add_task`."""
    if not has_open_task(session, patient_id, about):
        add_task(session, unique_key=f"{about}:{name}", patient_id=patient_id, **task)


def has_open_task(session: Session, patient_id: int, about: str) -> bool:
    """Whether a task about that patient is open whose key is `about`, or begins with it and a colon."""
    return session.scalar(select(Task.id).where(*_open_about(patient_id, about)).limit(1)) is not None


def close_tasks(session: Session, patient_id: int, about: str, by: int | None, now: datetime) -> int:
    """What was asked for has happened, or is needed no more; tells how many such tasks were still open. `by`: who did
    it, None where nobody did."""
    done = update(Task).where(*_open_about(patient_id, about)).values(done_at=now, done_by=by)
    return rows_changed(session.execute(done.execution_options(synchronize_session=False)))


def _open_about(patient_id: int, about: str) -> tuple[ColumnElement[bool], ...]:
    is_about = (Task.unique_key == about) | Task.unique_key.startswith(f"{about}:", autoescape=True)
    return Task.patient_id == patient_id, Task.done_at.is_(None), is_about


def add_alert(
    session: Session,
    *,
    unique_key: str,
    kind: AlertKind,
    patient_id: int,
    recipient_id: int,
    now: datetime,
    dose_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> Alert | None:
    """Makes the alert unless it was made before (then None)."""
    if session.scalar(select(Alert.id).where(Alert.unique_key == unique_key)):
        return None
    alert = Alert(
        unique_key=unique_key,
        kind=kind.value,
        patient_id=patient_id,
        recipient_id=recipient_id,
        dose_id=dose_id,
        details=details or {},
        created_at=now,
    )
    session.add(alert)
    session.flush()
    return alert


class NewAlert(NamedTuple):
    """An alert about a dose, for `add_alerts`. Meaning as in `Alert`."""

    unique_key: str
    kind: AlertKind
    patient_id: int
    recipient_id: int
    dose_id: int
    details: dict[str, Any]


class NewTask(NamedTuple):
    """A task, for `add_tasks`. Meaning as in `Task`."""

    unique_key: str
    kind: TaskKind
    patient_id: int
    due_at: datetime
    details: dict[str, Any]


def add_alerts(session: Session, alerts: Sequence[NewAlert], now: datetime) -> int:
    """`add_alert` for many, in one statement; tells how many were new."""
    columns = (*NewAlert._fields, "state", "created_at")
    rows = [(*_plain(alert), "open", now) for alert in alerts]
    return insert_rows(session.connection(), Alert.__table__, columns, rows, known_by="unique_key")


def add_tasks(session: Session, tasks: Sequence[NewTask], now: datetime) -> int:
    """`add_task` for many, in one statement; tells how many were new."""
    columns = (*NewTask._fields, "created_at")
    rows = [(*_plain(task), now) for task in tasks]
    return insert_rows(session.connection(), Task.__table__, columns, rows, known_by="unique_key")


def _plain(new: NewAlert | NewTask) -> list[Any]:
    """Its values as columns take them."""
    return [value.value if isinstance(value, StrEnum) else value for value in new]


def acknowledge(session: Session, alerts: Collection[int], recipient_id: int, how: str, now: datetime) -> bool:
    """The recipient has seen them and says what they do. False when none was open any more."""
    changed = session.execute(
        update(Alert)
        .where(Alert.id.in_(alerts), Alert.recipient_id == recipient_id, Alert.state == "open")
        .values(state="acknowledged", acknowledged_at=now, acknowledgement=how[:30])
    )
    return rows_changed(changed) > 0
