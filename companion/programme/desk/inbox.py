"""What comes to the desk by other ways than the page: a call that staff write down, a text that nobody understood."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.care.tasks import Task, TaskKind, close_tasks
from companion.errors import BadInput
from companion.messages.models import Inbound
from companion.programme.desk.asking import ask, running_of
from companion.programme.desk.desk_models import Channel, Conversation, Subject
from companion.programme.desk.lines import add_line
from companion.programme.desk.serving import take
from companion.sealing.columns import INBOUND, texts_by_id


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


def unread_texts(session: Session) -> Sequence[Task]:
    """Texts of patients that wait for somebody to read them, the longest first. What caregivers write is for doctors:
    whose patient it is about is not known."""
    waits = Task.kind == TaskKind.UNCLEAR_REPLY.value, Task.done_at.is_(None), Person.role == Role.PATIENT.value
    query = select(Task).join(Person, Person.id == Task.patient_id).where(*waits, Person.left_at.is_(None))
    return session.scalars(query.order_by(Task.created_at, Task.id)).all()


def take_text(session: Session, task_id: int, *, by: Person, now: datetime) -> tuple[Conversation, str]:
    """The text becomes a conversation of theirs, or the next line of the patient's own; and its words. The task about
    it is done. Raises BadInput where it is seen to already, or a colleague speaks with the patient just now."""
    task = session.get(Task, task_id)
    if task is None or task.kind != TaskKind.UNCLEAR_REPLY.value or task.done_at is not None:
        raise BadInput(_("has been seen to already"), where="text")
    patient = session.get_one(Person, task.patient_id, with_for_update={"key_share": True})
    inbound = session.get_one(Inbound, task.details["inbound"])
    words = texts_by_id(session.connection(), INBOUND, [inbound])[inbound.id]
    found = running_of(session, patient.id)
    if found is None:
        found = ask(session, patient, Subject.OTHER, words, now=now, channel=Channel.TEXT, noted_by=by)
    else:
        add_line(session, found, words, said_by="patient", person=patient, now=now)
    if found.taken_by != by.id and not take(session, found.id, by, now):
        raise BadInput(_("a colleague speaks with this patient just now"), where="text")
    close_tasks(session, patient.id, f"{TaskKind.UNCLEAR_REPLY.value}:{inbound.id}", by.id, now)
    return found, words


def note_call(
    session: Session, patient: Person, subject: str, words: str, *, by: Person, agreed: bool, now: datetime
) -> Conversation:
    """What somebody asks on the telephone, written down for them by whoever answered, who has it then. Raises BadInput
    without their consent, and where another question of theirs waits."""
    if not agreed:
        raise BadInput(_("the patient's consent is needed"), where="agreed", advice=_("ask, then tick the box"))
    made = ask(session, patient, subject, words, now=now, channel=Channel.CALL, noted_by=by)
    take(session, made.id, by, now)
    return made
