"""The first visit of somebody who was invited: questions, one a page, left and taken up again at any time."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person, Role
from companion.db import Base


class Question(StrEnum):
    READING = "reading"  # the language, and how large
    HEALTH = "health"  # whether their health data may be kept; patients only
    REMINDERS = "reminders"  # whether we may remind them
    ZONE = "zone"  # what their clock shows


def questions_for(role: str) -> tuple[Question, ...]:
    """What people of that role are asked, in its order."""
    return tuple(question for question in Question if question is not Question.HEALTH or role == Role.PATIENT)


class FirstVisit(Base):
    """When somebody answered which of the questions; None: not yet."""

    __tablename__ = "first_visit"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    began_at: Mapped[datetime]
    reading_at: Mapped[datetime | None]
    health_at: Mapped[datetime | None]
    reminders_at: Mapped[datetime | None]
    zone_at: Mapped[datetime | None]


def begin(session: Session, person: Person, now: datetime) -> None:
    """Has them asked, unless they ever were."""
    if session.get(FirstVisit, person.id) is None:
        session.add(FirstVisit(person_id=person.id, began_at=now))
        session.flush()


def open_question(session: Session, person: Person) -> Question | None:
    """The first question without an answer; None where there is none, or nobody was invited."""
    visit = session.get(FirstVisit, person.id)
    if visit is None:
        return None
    return next((each for each in questions_for(person.role) if getattr(visit, f"{each}_at") is None), None)


def note_answer(session: Session, person_id: int, question: Question, now: datetime) -> None:
    """That question is answered; the first time counts."""
    visit = session.get(FirstVisit, person_id)
    if visit is not None and getattr(visit, f"{question}_at") is None:
        setattr(visit, f"{question}_at", now)
        session.flush()
