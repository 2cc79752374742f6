"""A care plan as it is read: its lines opened, with who has them and what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.tasks import Alert
from companion.programme.care_plans.looking_after import review_of
from companion.programme.care_plans.plan_models import (
    END_WORDS,
    WORDS,
    CarePlanLine,
    CarePlanReview,
    LineKind,
    LineState,
)
from companion.sealing.columns import texts_by_id


class _Ended(NamedTuple):
    """A closed line, as sealed columns are opened."""

    id: int
    public_id: str
    sealed: bytes


@dataclass(frozen=True)
class Line:
    """A goal or a step, opened. `owner_id`: a public id. `end_words`: what was done; "" where nobody wrote it.
    `is_late`: its day is over."""

    row: CarePlanLine
    words: str
    owner_id: str
    owner: str
    closer: str
    end_words: str
    is_late: bool

    @property
    def is_open(self) -> bool:
        return self.row.state == LineState.OPEN


@dataclass(frozen=True)
class CarePlan:
    """What holds now, and what was closed, the last first. `review` None: nobody went through it yet."""

    goals: Sequence[Line]
    steps: Sequence[Line]
    closed: Sequence[Line]
    review: CarePlanReview | None
    reviewer: str

    def is_review_due(self, today: date) -> bool:
        return self.review is not None and self.review.next_on <= today


def plan_of(session: Session, patient: Person, today: date) -> CarePlan:
    """Steps by their day. Raises as `sealing.columns.opened` does."""
    query = select(CarePlanLine).where(CarePlanLine.patient_id == patient.id)
    lines = _lines(session, session.scalars(query.order_by(CarePlanLine.id)).all(), today)
    still = [line for line in lines if line.is_open]
    closed = sorted((line for line in lines if not line.is_open), key=_closed_at, reverse=True)
    review = review_of(session, patient.id)
    return CarePlan(
        goals=[line for line in still if line.row.kind == LineKind.GOAL],
        steps=sorted((line for line in still if line.row.kind == LineKind.STEP), key=_due_on),
        closed=closed,
        review=review,
        reviewer=session.get_one(Person, review.reviewed_by).name if review else "",
    )


def _lines(session: Session, rows: Sequence[CarePlanLine], today: date) -> list[Line]:
    people = _people(session, rows)
    words = texts_by_id(session.connection(), WORDS, rows)
    ends = _end_words(session, rows)
    return [
        Line(
            row,
            words[row.id],
            people[row.owner_id].public_id,
            people[row.owner_id].name,
            people[row.closed_by].name if row.closed_by else "",
            ends.get(row.id, ""),
            row.state == LineState.OPEN and row.due_on is not None and row.due_on < today,
        )
        for row in rows
    ]


def _end_words(session: Session, rows: Sequence[CarePlanLine]) -> dict[int, str]:
    """What was done, by the row's number."""
    ended = [_Ended(row.id, row.public_id, row.sealed_end) for row in rows if row.sealed_end is not None]
    return texts_by_id(session.connection(), END_WORDS, ended)


def _people(session: Session, rows: Sequence[CarePlanLine]) -> dict[int, Person]:
    """Who has them, and who closed them."""
    ids = {row.owner_id for row in rows} | {row.closed_by for row in rows if row.closed_by}
    return {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}


def _closed_at(line: Line) -> datetime:
    assert line.row.closed_at is not None, "only what is closed is sorted by it"
    return line.row.closed_at


def _due_on(line: Line) -> date:
    assert line.row.due_on is not None, "every step has its day"
    return line.row.due_on


def open_alerts(session: Session, patient_id: int) -> Sequence[Alert]:
    """What somebody of the family was told and has not acknowledged, the oldest first."""
    query = select(Alert).where(Alert.patient_id == patient_id, Alert.state == "open")
    return session.scalars(query.order_by(Alert.created_at, Alert.id)).all()


def names_of(session: Session, people: Iterable[int]) -> dict[int, str]:
    """By the number of the person."""
    return {
        row.id: row.name for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(set(people))))
    }
