"""What waits for whom, and who was told of it: once for each kind of telling, however often anybody looks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.telling import Telling
from companion.advice.models import Suggestion
from companion.care.consent import Scope, patients_of
from companion.care.covers import stands_in_for
from companion.db import Base
from companion.many_rows import insert_rows


class SuggestionTold(Base):
    """One person was told one thing of one suggestion. What was told at one instant is one message."""

    __tablename__ = "suggestion_told"
    __table_args__ = (CheckConstraint("kind IN ('waits', 'ends', 'ended')", name="kind"),)

    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestion.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    told_at: Mapped[datetime]


def note_told(session: Session, suggestion_id: int, person_id: int, tellings: Sequence[Telling], at: datetime) -> bool:
    """Writes down that the person is told this; whether any of it is new to them."""
    columns = "suggestion_id", "person_id", "kind", "told_at"
    rows = [(suggestion_id, person_id, telling.value, at) for telling in tellings]
    known_by = "suggestion_id, person_id, kind"
    return insert_rows(session.connection(), SuggestionTold.__table__, columns, rows, known_by=known_by) > 0


def told_of(session: Session, suggestion_id: int) -> defaultdict[int, set[Telling]]:
    """By person what they were told of the suggestion."""
    rows = session.scalars(select(SuggestionTold).where(SuggestionTold.suggestion_id == suggestion_id))
    found: defaultdict[int, set[Telling]] = defaultdict(set)
    for row in rows:
        found[row.person_id].add(Telling(row.kind))
    return found


def told_together(session: Session, person_id: int, telling: Telling, at: datetime) -> list[Suggestion]:
    """The suggestions of which the person was told this at that instant, those that end first coming first."""
    query = (
        select(Suggestion)
        .join(SuggestionTold, SuggestionTold.suggestion_id == Suggestion.id)
        .where(SuggestionTold.person_id == person_id, SuggestionTold.kind == telling.value)
        .where(SuggestionTold.told_at == at)
    )
    return list(session.scalars(query.order_by(Suggestion.expires_at, Suggestion.id)))


def is_open(suggestion: Suggestion, now: datetime) -> bool:
    """Whether somebody can still decide on it."""
    return suggestion.state == SuggestionState.PENDING and now < suggestion.expires_at


def waiting_for(session: Session, doctor_id: int, now: datetime) -> list[Suggestion]:
    """What waits for the doctor: of their own patients, and of those for whom they stand in. Not what was put off."""
    own = {patient.id for patient in patients_of(session, doctor_id, Scope.CARE, now)}
    patients = own | stands_in_for(session, doctor_id, now).keys()
    query = select(Suggestion).where(
        Suggestion.patient_id.in_(patients),
        Suggestion.state == SuggestionState.PENDING.value,
        Suggestion.expires_at > now,
        or_(Suggestion.put_off_until.is_(None), Suggestion.put_off_until <= now),
    )
    return list(session.scalars(query.order_by(Suggestion.expires_at, Suggestion.id)))
