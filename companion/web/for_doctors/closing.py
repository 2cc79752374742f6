"""A task is done: by whom, with what they wrote, and what follows from it."""

from flask import abort
from sqlalchemy import update
from sqlalchemy.orm import Session

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.tasks import Task, TaskKind
from companion.messages.by_hand import note_seen_to
from companion.programme.care_plans.closing import NEEDS_WORDS
from companion.sealing.texts import seal_text
from companion.web.context import actor, now, subject

LONGEST_NOTE = 400


def close_task(db: Session, task_id: int, note: str) -> None:
    """Notes who did it, and what they wrote. A closed urgent event lets the plans run again; a message that failed is
    seen to. 409 for one that is done already, 422 where what was done has to be said and is not."""
    told = note.strip()[:LONGEST_NOTE] or None
    closed = db.execute(
        update(Task)
        .where(Task.id == task_id, Task.done_at.is_(None))
        .values(done_at=now(), done_by=actor().id, note=seal_text(db, subject().id, Task.note, told, now()))
        .returning(Task.kind, Task.details)
    ).first()
    if closed is None:
        abort(409)
    if told is None and closed.kind in NEEDS_WORDS:
        abort(422)
    if closed.kind == TaskKind.MESSAGE_FAILED:
        note_seen_to(db, closed.details.get("message_id", 0), actor().id, now())
    due_work.put_off(db, WorkKind.ASSESS, subject().id, now())
    audit.note(
        db, actor=actor().public_id, action="task.done", now=now(), patient=subject().public_id, kind=closed.kind
    )
