"""A person decides on a contradiction: theirs is taken over, or ours is kept. Each is an act of a named clinician."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.facts import BOUNDS, FactKind, note_fact
from companion.care.people import Person, Role
from companion.care.records import About, ConflictState, RecordConflict
from companion.db import rows_changed
from companion.errors import BadInput
from companion.sealing.texts import seal_text

WITHIN = {About.BIRTH_DATE, About.SEX, About.FACT, About.CHANGED}
"""What taking over writes down here. A medicine is prescribed on its own page, and a reading put right on its own."""


def conflicts_of(session: Session, patient_id: int) -> list[RecordConflict]:
    """The open ones first, the newest first among them."""
    query = select(RecordConflict).where(RecordConflict.patient_id == patient_id).order_by(RecordConflict.id.desc())
    return sorted(session.scalars(query), key=lambda each: each.state != ConflictState.OPEN.value)


def find_conflict(session: Session, patient_id: int, public_id: str) -> RecordConflict | None:
    wanted = RecordConflict.public_id == public_id, RecordConflict.patient_id == patient_id
    return session.scalar(select(RecordConflict).where(*wanted))


def decide(
    session: Session, conflict: RecordConflict, state: ConflictState, *, by: Person, reason: str, now: datetime
) -> None:
    """`state` is TAKEN_OVER or KEPT. Raises BadInput for one that is decided already, or by nobody who may."""
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician decides on it", where="conflict")
    patient = session.get_one(Person, conflict.patient_id, with_for_update={"key_share": True})
    why = seal_text(session, patient.id, RecordConflict.reason, reason.strip()[:300], now)
    changed = session.execute(
        update(RecordConflict)
        .where(RecordConflict.id == conflict.id, RecordConflict.state == ConflictState.OPEN.value)
        .values(state=state.value, decided_by=by.id, decided_at=now, reason=why)
    )
    if not rows_changed(changed):
        raise BadInput("was decided on already", where="conflict", advice="look at the list again")
    if state is ConflictState.TAKEN_OVER and About(conflict.about) in WITHIN:
        _take_over(session, conflict, patient, by, now)
    due_work.put_off(session, WorkKind.ASSESS, patient.id, now)
    audit.note(
        session,
        actor=by.public_id,
        action=f"record_conflict.{state.value}"[:40],
        now=now,
        patient=patient.public_id,
        conflict=conflict.public_id,
        about=conflict.about,
    )


def _take_over(session: Session, conflict: RecordConflict, patient: Person, by: Person, now: datetime) -> None:
    told = conflict.told
    if "birth_on" in told:
        patient.birth_on = date.fromisoformat(told["birth_on"])
    elif "sex" in told:
        patient.sex = told["sex"]
    elif "kind" in told:
        kind = FactKind(told["kind"])
        today = now.astimezone(ZoneInfo(patient.zone)).date()
        # A figure is of its day; what a person now says of a condition holds from today on, whatever was noted since.
        day = date.fromisoformat(told["measured_on"]) if kind in BOUNDS else today
        note_fact(
            session,
            patient=patient,
            kind=kind,
            value=told["value"],
            measured_on=day,
            noted_by=by,
            now=now,
            name=told["name"],
        )


def writes_here(conflicts: Sequence[RecordConflict]) -> set[str]:
    """The ids of those that taking over decides on by itself."""
    return {each.public_id for each in conflicts if About(each.about) in WITHIN and each.told}
