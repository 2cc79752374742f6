"""A patient asks to have everything erased: waits, until they withdraw it or an administrator settles it."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person
from companion.care.tasks import TaskKind, add_task, close_tasks
from companion.db import Base, RowId, rows_changed
from companion.errors import BadInput
from companion.sealing.texts import SealedText, seal_text

SETTLED_WITHIN = timedelta(days=15)
"""How soon the patient has an answer. A house rule; what the law asks for differs by country (docs/export.md)."""
LONGEST_REASON = 500
_WAITS = text("state = 'asked'")


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


class RequestState(StrEnum):
    ASKED = "asked"
    WITHDRAWN = "withdrawn"  # by the patient
    REFUSED = "refused"  # by an administrator, who says why
    DONE = "done"  # the erasure was begun, which then goes on by itself


class ErasureRequest(Base):
    """One such wish. `settled_by` is the patient or the administrator; `why_not` is shown to the patient."""

    __tablename__ = "erasure_request"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'withdrawn', 'refused', 'done')", name="state"),
        CheckConstraint(
            "(state = 'asked') = (settled_at IS NULL) AND (settled_at IS NULL) = (settled_by IS NULL)", name="settled"
        ),
        Index("ix_erasure_request_open", "patient_id", unique=True, sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default=RequestState.ASKED.value)
    asked_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    why_not: Mapped[str | None] = mapped_column(
        SealedText("erasure_request.why_not", whose="patient_id", was=LONGEST_REASON)
    )


def ask_erasure(session: Session, patient: Person, now: datetime) -> ErasureRequest:
    """Writes the wish down and tells the clinic; asking twice is asking once."""
    session.get_one(Person, patient.id, with_for_update={"key_share": True})
    found = latest_request(session, patient.id)
    if found is not None and found.state == RequestState.ASKED:
        return found
    request = ErasureRequest(public_id=f"er_{secrets.token_hex(6)}", patient_id=patient.id, asked_at=now)
    session.add(request)
    session.flush()
    add_task(
        session,
        unique_key=_key(request),
        kind=TaskKind.ERASURE_ASKED,
        patient_id=patient.id,
        now=now,
        due_at=now + SETTLED_WITHIN,
    )
    return request


def latest_request(session: Session, patient_id: int) -> ErasureRequest | None:
    """What the patient asked for last, settled or not."""
    query = select(ErasureRequest).where(ErasureRequest.patient_id == patient_id)
    return session.scalar(query.order_by(ErasureRequest.id.desc()).limit(1))


def find_request(session: Session, public_id: str) -> ErasureRequest | None:
    return session.scalar(select(ErasureRequest).where(ErasureRequest.public_id == public_id))


def waiting_requests(session: Session) -> Sequence[tuple[ErasureRequest, Person]]:
    """Those that nobody settled yet, the oldest first."""
    query = (
        select(ErasureRequest, Person)
        .join(Person, Person.id == ErasureRequest.patient_id)
        .where(ErasureRequest.state == RequestState.ASKED.value)
    )
    rows = session.execute(query.order_by(ErasureRequest.asked_at, ErasureRequest.id))
    return [(request, patient) for request, patient in rows]


def settle(
    session: Session, request: ErasureRequest, state: RequestState, by: Person, now: datetime, why_not: str = ""
) -> bool:
    """Ends the waiting, and the clinic's task. False when it was settled already. Raises BadInput for a refusal
    without a reason."""
    if state is RequestState.REFUSED and not why_not.strip():
        raise BadInput(_("a reason is needed"), where="why_not", advice=_("write what the patient will read"))
    told = seal_text(session, request.patient_id, ErasureRequest.why_not, why_not.strip()[:LONGEST_REASON] or None, now)
    changed = session.execute(
        update(ErasureRequest)
        .where(ErasureRequest.id == request.id, ErasureRequest.state == RequestState.ASKED.value)
        .values(state=state.value, settled_at=now, settled_by=by.id, why_not=told)
    )
    if not rows_changed(changed):
        return False
    close_tasks(session, request.patient_id, _key(request), by.id, now)
    return True


def _key(request: ErasureRequest) -> str:
    return f"{TaskKind.ERASURE_ASKED.value}:{request.public_id}"
