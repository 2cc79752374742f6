"""What was approved is looked after until the patient has understood it: silence about a change, and a withdrawal that
nobody acknowledges, become tasks of the clinic."""

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from companion.advice.taking_back import acknowledging
from companion.care import change_answers, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision
from companion.db import writing

AT_ONCE = 100


def look_after_changes(engine: Engine, now: datetime) -> int:
    """Each in a transaction of its own; tells how many were looked at."""
    found = _claim(engine, WorkKind.CHANGE, now)
    for revision_id in found:
        with writing(engine) as session:
            _look_at_change(session, revision_id, now)
    return len(found)


def look_after_withdrawals(engine: Engine, now: datetime) -> int:
    """The same for withdrawals."""
    found = _claim(engine, WorkKind.WITHDRAWAL, now)
    for review_id in found:
        with writing(engine) as session:
            acknowledging.look_at(session, review_id, now)
    return len(found)


def _claim(engine: Engine, kind: WorkKind, now: datetime) -> list[int]:
    with writing(engine) as session:
        return due_work.claim(session, kind, now, AT_ONCE)


def _look_at_change(session: Session, revision_id: int, now: datetime) -> None:
    revision = session.get_one(RegimenRevision, revision_id)
    regimen = session.get_one(Regimen, revision.regimen_id)
    patient = session.get_one(Person, regimen.patient_id, with_for_update={"key_share": True})
    session.refresh(regimen)
    session.refresh(revision)
    if patient.left_at is not None:
        due_work.finish(session, WorkKind.CHANGE, revision_id)
        return
    change_answers.look_at(session, regimen, revision, now)
