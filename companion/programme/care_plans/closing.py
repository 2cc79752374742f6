"""What came up between reviews is closed with what was done: a task, or an alert that nobody of the family
acknowledged."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.care.tasks import Alert, Task, TaskKind, add_task
from companion.db import rows_changed
from companion.programme.care_plans.plan_rules import checked_words
from companion.sealing.texts import seal_text

NEEDS_WORDS = frozenset({TaskKind.RED_ANSWER, TaskKind.CARE_PLAN_REVIEW, TaskKind.CARE_PLAN_STEP})
"""Kinds of tasks that nobody closes without saying what was done."""


def close_alert(session: Session, patient: Person, alert_id: int, words: str, *, by: Person, now: datetime) -> bool:
    """The clinic has seen to it, and says how: kept as a task that is done. False when it was not open any more.
    Raises BadInput without the words."""
    told = checked_words(words, "words")
    session.get_one(Person, patient.id, with_for_update={"key_share": True})
    is_open = Alert.id == alert_id, Alert.patient_id == patient.id, Alert.state == "open"
    closed = session.execute(update(Alert).where(*is_open).values(state="closed", closed_at=now))
    if not rows_changed(closed):
        return False
    key = f"{TaskKind.ALERT_CLOSED.value}:{alert_id}"
    add_task(session, unique_key=key, kind=TaskKind.ALERT_CLOSED, patient_id=patient.id, now=now, due_at=now)
    note = seal_text(session, patient.id, Task.note, told, now)
    session.execute(update(Task).where(Task.unique_key == key).values(done_at=now, done_by=by.id, note=note))
    audit.note(session, actor=by.public_id, action="alert.closed", now=now, patient=patient.public_id, alert=alert_id)
    return True
