"""What comes to the desk by other ways than the page: a call that staff write down, a text that nobody understood."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.consent import Scope, patients_of
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


WRITERS = (Role.PATIENT.value, Role.CAREGIVER.value)


class Text(NamedTuple):
    """`task_key`: what its open task is called by."""

    writer: Person
    words: str
    task_key: str


def unread_texts(session: Session) -> Sequence[Task]:
    """Texts of patients and their families that wait for somebody to read them, the longest first."""
    waits = Task.kind == TaskKind.UNCLEAR_REPLY.value, Task.done_at.is_(None), Person.role.in_(WRITERS)
    query = select(Task).join(Person, Person.id == Task.patient_id).where(*waits, Person.left_at.is_(None))
    return session.scalars(query.order_by(Task.created_at, Task.id)).all()


def find_text(session: Session, task_id: int) -> Text:
    """Who wrote it, and what. Raises BadInput where it is seen to already."""
    task = session.get(Task, task_id)
    if task is None or task.kind != TaskKind.UNCLEAR_REPLY.value or task.done_at is not None:
        raise BadInput(_("has been seen to already"), where="text")
    inbound = session.get_one(Inbound, task.details["inbound"])
    words = texts_by_id(session.connection(), INBOUND, [inbound])[inbound.id]
    return Text(session.get_one(Person, task.patient_id), words, f"{TaskKind.UNCLEAR_REPLY.value}:{inbound.id}")


def about_whom(session: Session, writer: Person, now: datetime) -> list[Person]:
    """The patients that a text of theirs can be about: the writer, or whose family they are."""
    if writer.role == Role.PATIENT:
        return [writer]
    scopes = Scope.MISSED_DOSES, Scope.READINGS
    found = {each.id: each for scope in scopes for each in patients_of(session, writer.id, scope, now)}
    return list(found.values())


def take_text(
    session: Session, task_id: int, *, about: Person | None = None, by: Person, now: datetime
) -> tuple[Conversation, str]:
    """The text becomes a conversation of the patient's, or the next line of one, in the name of who wrote it; and its
    words. The task about it is done. `about`: of which patient it is, where a family has several. Raises BadInput where
    it is seen to already, nobody knows whom it is about, or a colleague speaks with the patient just now."""
    text = find_text(session, task_id)
    patient = _meant(about_whom(session, text.writer, now), about)
    session.get_one(Person, patient.id, with_for_update={"key_share": True})
    said_by = "patient" if text.writer.id == patient.id else "family"
    found = running_of(session, patient.id)
    if found is None:
        told = text.writer if said_by == "family" else None
        found = ask(
            session, patient, Subject.OTHER, text.words, now=now, channel=Channel.TEXT, noted_by=by, family=told
        )
    else:
        add_line(session, found, text.words, said_by=said_by, person=text.writer, now=now)
    if found.taken_by != by.id and not take(session, found.id, by, now):
        raise BadInput(_("a colleague speaks with this patient just now"), where="text")
    close_tasks(session, text.writer.id, text.task_key, by.id, now)
    return found, text.words


def _meant(patients: Sequence[Person], about: Person | None) -> Person:
    if about is not None:
        patients = [each for each in patients if each.id == about.id]
    if len(patients) != 1:
        raise BadInput(_("it is not known about which patient that is"), where="name", advice=_("ask who wrote it"))
    return patients[0]


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
