"""Urgent tasks are taken by name; until then each step of who was told of them is written down."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person
from companion.care.task_turns import Turn
from companion.care.tasks import Task
from companion.db import Base, RowId, rows_changed


class TaskNotice(Base):
    """One person at the clinic was told that a task waits, as their turn came."""

    __tablename__ = "task_notice"
    __table_args__ = (
        UniqueConstraint("task_id", "person_id"),
        CheckConstraint("turn IN ('doctor', 'team', 'admin')", name="turn"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    turn: Mapped[str] = mapped_column(String(8))
    told_at: Mapped[datetime]


def take_task(session: Session, task_id: int, by: Person, now: datetime) -> bool:
    """The task is theirs from now on. False when it is done or somebody else took it: `Task.taken_by` says who."""
    free = Task.taken_by.is_(None) | (Task.taken_by == by.id)
    changed = session.execute(
        update(Task).where(Task.id == task_id, Task.done_at.is_(None), free).values(taken_by=by.id, taken_at=now)
    )
    return rows_changed(changed) > 0


def give_back_task(session: Session, task_id: int, by: Person) -> bool:
    """Nobody's again. False when it was not theirs, or is done."""
    mine = Task.id == task_id, Task.taken_by == by.id, Task.done_at.is_(None)
    return rows_changed(session.execute(update(Task).where(*mine).values(taken_by=None, taken_at=None))) > 0


def note_told(session: Session, task: Task, turn: Turn, person_id: int, now: datetime) -> None:
    """That person was told of the task."""
    session.add(TaskNotice(task_id=task.id, person_id=person_id, turn=turn.value, told_at=now))
    session.flush()


def who_was_told(session: Session, task_id: int) -> set[int]:
    """The ids of everybody who was told of the task."""
    return set(session.scalars(select(TaskNotice.person_id).where(TaskNotice.task_id == task_id)))


def notices_of(session: Session, task_ids: Collection[int]) -> dict[int, Sequence[tuple[str, datetime]]]:
    """By task the names of who was told, in their order, each with the time."""
    query = (
        select(TaskNotice.task_id, Person.name, TaskNotice.told_at)
        .join(Person, Person.id == TaskNotice.person_id)
        .where(TaskNotice.task_id.in_(task_ids))
        .order_by(TaskNotice.told_at, TaskNotice.id)
    )
    found: dict[int, list[tuple[str, datetime]]] = {}
    for task_id, name, told_at in session.execute(query):
        found.setdefault(task_id, []).append((name, told_at))
    return {**found}
