"""Somebody wrote words of an emergency where nobody watches: the clinic is asked to call, at once and escalating."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.tasks import Task, TaskKind, add_task
from companion.clock import to_ms
from companion.urgency.escalating import tell_of_task


def ask_to_call(session: Session, patient_id: int, event: str, key: str, now: datetime) -> None:
    """An urgent task, as for a value that cannot wait; the same key again makes no other one. The patient is held."""
    unique_key = f"words:{event}:{key}"
    details = {"event": event, "at_ms": to_ms(now)}
    kind = TaskKind.URGENT_READING
    made = add_task(
        session, unique_key=unique_key, kind=kind, patient_id=patient_id, now=now, due_at=now, details=details
    )
    if made:
        task = session.scalars(select(Task).where(Task.unique_key == unique_key)).one()
        tell_of_task(session, task, now)
