"""Pharmacists take conversations one at a time, by a lease: one who goes away silently leaves nobody waiting."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, literal, or_, select, update
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.tasks import TaskKind, add_task
from companion.db import UtcDateTime, rows_changed
from companion.errors import BadInput
from companion.programme.amount_words import tells_to_take
from companion.programme.desk.asking import end
from companion.programme.desk.desk_models import Conversation, ConversationLine, State
from companion.programme.desk.expected_wait import LAST, expected_wait
from companion.programme.desk.lines import add_line
from companion.programme.desk.specialties import offered
from companion.programme.desk.staff import doctors_wanted, specialties_of
from companion.programme.desk.triage_file import TRIAGE

LEASE, OTHERS_AFTER, DOCTOR_WITHIN = TRIAGE.lease, TRIAGE.others_after, TRIAGE.doctor_within
"""Hours of the set that a clinician signs (`triage-….toml`)."""
AT_WORK = timedelta(minutes=30)
"""Who took or wrote something within this time is counted as at work. A house rule."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


def is_free(now: datetime) -> ColumnElement[bool]:
    """Waits, or its lease ran out."""
    lapsed = (Conversation.state == State.OPEN.value) & (Conversation.lease_until <= now)
    return or_(Conversation.state == State.WAITING.value, lapsed)


def waiting_for(session: Session, person: Person, now: datetime) -> list[Conversation]:
    """What the pharmacist may take: what is meant for them first, then whatever waited too long."""
    free = session.scalars(select(Conversation).where(is_free(now)))
    return offered(free, specialties_of(session, person.id), now, OTHERS_AFTER)


def held_by(session: Session, person: Person, now: datetime) -> list[Conversation]:
    """What the pharmacist has just now."""
    held = Conversation.taken_by == person.id, Conversation.state == State.OPEN.value, Conversation.lease_until > now
    return list(session.scalars(select(Conversation).where(*held).order_by(Conversation.asked_at)))


def holds(session: Session, person_id: int, patient_id: int, now: datetime) -> bool:
    """Whether that pharmacist has a conversation of that patient just now: what the gate goes by."""
    held = Conversation.taken_by == person_id, Conversation.state == State.OPEN.value, Conversation.lease_until > now
    query = select(Conversation.id).where(Conversation.patient_id == patient_id, *held).limit(1)
    return session.scalar(query) is not None


def take(session: Session, conversation_id: int, by: Person, now: datetime) -> bool:
    """Theirs for the length of a lease. False when somebody else was faster, or it has ended."""
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, is_free(now))
        .values(
            state=State.OPEN.value,
            taken_by=by.id,
            taken_at=func.coalesce(Conversation.taken_at, literal(now, UtcDateTime())),
            lease_until=now + LEASE,
        )
        .execution_options(synchronize_session=False)
    )
    return rows_changed(changed) > 0


def keep(session: Session, conversation: Conversation, by: Person, now: datetime) -> None:
    """Every act is a new lease. Raises BadInput when it is theirs no more: somebody else may have answered."""
    mine = Conversation.taken_by == by.id, Conversation.state == State.OPEN.value, Conversation.lease_until > now
    changed = session.execute(
        update(Conversation).where(Conversation.id == conversation.id, *mine).values(lease_until=now + LEASE)
    )
    if not rows_changed(changed):
        raise BadInput(_("is not yours any more"), where="words", advice=_("take it again from the desk"))
    session.refresh(conversation)


def give_back(session: Session, conversation: Conversation, by: Person, now: datetime) -> None:
    """Waits again, where it stood."""
    keep(session, conversation, by, now)
    conversation.state, conversation.taken_by, conversation.lease_until = State.WAITING.value, None, None
    session.flush()


def answer(session: Session, conversation: Conversation, words: str, *, by: Person, now: datetime) -> ConversationLine:
    """A pharmacist's own words, which never say what or how much to take: that comes from the prescription in force,
    from what somebody signed, or from a doctor. Raises BadInput."""
    keep(session, conversation, by, now)
    if tells_to_take(words):
        raise BadInput(
            _("speaks of taking a medicine, or of how much"),
            where="words",
            advice=_("send the times from the prescription or a guide, or hand it over to the doctor"),
        )
    return add_line(session, conversation, words, said_by="pharmacist", person=by, now=now)


def hand_over(session: Session, conversation: Conversation, *, by: Person, keep_years: int, now: datetime) -> None:
    """The patient's doctors get a task, with the transcript behind it; it names those who know about the subject."""
    keep(session, conversation, by, now)
    end(session, conversation, State.HANDED_OVER, keep_years=keep_years, now=now)
    wanted = doctors_wanted(session, conversation.patient_id, conversation.subject, now)
    add_task(
        session,
        unique_key=f"{TaskKind.DESK_HANDOVER.value}:{conversation.public_id}",
        kind=TaskKind.DESK_HANDOVER,
        patient_id=conversation.patient_id,
        now=now,
        due_at=now + DOCTOR_WITHIN,
        details={"conversation": conversation.public_id, "wanted": [doctor.public_id for doctor in wanted]},
    )


def place_of(session: Session, conversation: Conversation, now: datetime) -> tuple[int, timedelta | None]:
    """How many wait before it, and how long it may still take (None: nothing is promised)."""
    earlier = is_free(now), Conversation.asked_at < conversation.asked_at
    before = session.scalar(select(func.count()).select_from(Conversation).where(*earlier)) or 0
    return before, expected_for(session, before, now)


def expected_for(session: Session, before: int, now: datetime) -> timedelta | None:
    """How long it may take somebody with so many in front (None: nothing is promised)."""
    return expected_wait(_served(session), before, _at_work(session, now))


def _served(session: Session) -> list[timedelta]:
    """How long each of the last ones took, from the first taking to the end."""
    done = Conversation.taken_at.is_not(None), Conversation.ended_at.is_not(None)
    query = select(Conversation.taken_at, Conversation.ended_at).where(*done)
    rows = session.execute(query.order_by(Conversation.ended_at.desc()).limit(LAST))
    return [ended_at - taken_at for taken_at, ended_at in rows if taken_at and ended_at]


def _at_work(session: Session, now: datetime) -> int:
    lately = Conversation.lease_until > now - AT_WORK + LEASE, Conversation.ended_at > now - AT_WORK
    query = select(func.count(Conversation.taken_by.distinct())).where(or_(*lately))
    return session.scalar(query) or 0
