"""What patients answer to a change of a dose, and what follows: it holds, is asked again, or is a nurse's task."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care import due_work, teach_back
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, amount_before, awaiting_confirmation, confirm
from companion.care.tasks import TaskKind, add_only_open_task, close_tasks
from companion.care.teach_back import Change, Heard, Said, Then
from companion.clock import to_ms
from companion.db import Base, RowId


class ChangeAnswer(Base):
    """One answer to one change, right or wrong; never changed and never deleted.

    `via`: the patient's page, a link, a text, or a call. `noted_by`: the patient, or whoever at the clinic asked on the
    telephone and wrote down what the patient said.
    """

    __tablename__ = "change_answer"
    __table_args__ = (CheckConstraint("heard IN ('right', 'half', 'wrong')", name="heard"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("regimen_revision.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    amount: Mapped[Decimal | None]
    start_on: Mapped[date | None]
    heard: Mapped[str] = mapped_column(String(8))
    via: Mapped[str] = mapped_column(String(12))
    noted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


BY_CALL = "call"
"""By way of a call of the clinic's."""
ASK_AGAIN_AFTER = timedelta(hours=24)
"""A task that was done without an answer, because nobody was reached, is made anew after so long. [P]"""


def change_of(regimen: Regimen, revision: RegimenRevision, starts_on: date) -> Change:
    """The change as the patient has to say it back. `starts_on`: the local day of the next dose."""
    name = f"{regimen.public_id}:{revision.number}"
    return Change(name, revision.amount, amount_before(regimen, revision), starts_on)


def answers_to(session: Session, revision_id: int) -> Sequence[ChangeAnswer]:
    """What was said of that change so far, the oldest first."""
    query = select(ChangeAnswer).where(ChangeAnswer.revision_id == revision_id)
    return session.scalars(query.order_by(ChangeAnswer.id)).all()


def wrong_answers(session: Session, revision_id: int) -> int:
    """How many were wrong."""
    return sum(1 for each in answers_to(session, revision_id) if each.heard == Heard.WRONG)


def note_read(revision: RegimenRevision, now: datetime) -> None:
    """The patient is shown it; the first time counts."""
    revision.read_at = revision.read_at or now


def answer(
    session: Session, regimen: Regimen, change: Change, said: Said, *, by: Person, via: str, now: datetime
) -> Then:
    """Keeps the answer to the change that waits, and does what follows. `by`: who writes it down.

    The caller holds the patient's row, and writes the audit entry. A right answer lets an increase hold, has the coming
    doses planned anew and closes the task; a call that was asked for is made by the call in which it was said.
    """
    revision = awaiting_confirmation(regimen)
    assert revision is not None, "the caller looked"
    wrong_before = wrong_answers(session, revision.id)
    heard = teach_back.judge(change, said)
    session.add(_kept(regimen, revision, said, heard, by, via, now))
    note_read(revision, now)
    session.flush()
    what_follows = teach_back.then(heard, wrong_before)
    if what_follows is Then.CONFIRMED:
        _confirm(session, regimen, revision, by, via, now)
    elif what_follows is Then.ASK_NURSE:
        _ask_nurse(session, regimen, revision, "mismatch", now)
    else:
        due_work.put_off(session, WorkKind.CHANGE, revision.id, _nurse_asks_at(session, regimen, revision))
    return what_follows


def look_at(session: Session, regimen: Regimen, revision: RegimenRevision, now: datetime) -> None:
    """Silence becomes a nurse's task when its time has come, and again while nobody was reached; nothing is left to do
    for a change that is settled."""
    if awaiting_confirmation(regimen) is not revision or regimen.stopped_at is not None:
        forget(session, regimen, revision, None, now)
    elif now < (asks_at := _nurse_asks_at(session, regimen, revision)):
        due_work.put_off(session, WorkKind.CHANGE, revision.id, asks_at)
    else:
        _ask_nurse(session, regimen, revision, "silence", now)


def forget(session: Session, regimen: Regimen, revision: RegimenRevision, by: Person | None, now: datetime) -> None:
    """The change was said back, or waits no more: nobody has to ask about it."""
    close_tasks(session, regimen.patient_id, _task_key(revision), by.id if by else None, now)
    due_work.finish(session, WorkKind.CHANGE, revision.id)


def _confirm(
    session: Session, regimen: Regimen, revision: RegimenRevision, by: Person, via: str, now: datetime
) -> None:
    confirm(regimen, revision, now)
    due_work.put_off(session, WorkKind.PLAN, regimen.id, now)
    forget(session, regimen, revision, by, now)
    if via == BY_CALL:
        called = f"{TaskKind.CALL_ABOUT_DECREASE.value}:{revision.review_id}"
        close_tasks(session, regimen.patient_id, called, by.id, now)


def _ask_nurse(session: Session, regimen: Regimen, revision: RegimenRevision, why: str, now: datetime) -> None:
    """One open task for a change."""
    add_only_open_task(
        session,
        _task_key(revision),
        str(to_ms(now)),
        kind=TaskKind.TEACH_BACK,
        patient_id=regimen.patient_id,
        now=now,
        due_at=now,
        details={"regimen": regimen.public_id, "change": revision.number, "why": why},
    )
    due_work.put_off(session, WorkKind.CHANGE, revision.id, now + ASK_AGAIN_AFTER)


def _nurse_asks_at(session: Session, regimen: Regimen, revision: RegimenRevision) -> datetime:
    before, said = amount_before(regimen, revision), answers_to(session, revision.id)
    is_decrease = before is not None and revision.amount < before
    return teach_back.nurse_asks_at(is_decrease, revision.made_at, said[-1].at if said else None)


def _task_key(revision: RegimenRevision) -> str:
    return f"{TaskKind.TEACH_BACK.value}:{revision.id}"


def _kept(
    regimen: Regimen, revision: RegimenRevision, said: Said, heard: Heard, by: Person, via: str, now: datetime
) -> ChangeAnswer:
    return ChangeAnswer(
        revision_id=revision.id,
        patient_id=regimen.patient_id,
        amount=said.amount,
        start_on=said.starts_on,
        heard=heard.value,
        via=via,
        noted_by=by.id,
        at=now,
    )
