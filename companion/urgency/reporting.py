"""What the patient tells is kept, and left to be assessed at once: by the caller, or by the jobs if that one dies."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.report_kinds import What
from companion.care.reported import EndedAs, Reported, end_report, find_report, note_report
from companion.db import writing


def tell(engine: Engine, patient: Person, whats: Collection[What], *, by: Person, via: str, now: datetime) -> list[str]:
    """Keeps each; gives their public ids. Durable when this returns; assessing is left due."""
    with writing(engine) as session:
        held = session.get_one(Person, patient.id, with_for_update={"key_share": True})
        reports = [note_report(session, held, what, by=by, via=via, now=now) for what in sorted(set(whats))]
        due_work.put_off(session, WorkKind.ASSESS, held.id, now)
        names = [report.public_id for report in reports]
        audit.note(session, actor=by.public_id, action="reported", now=now, patient=held.public_id, reports=names)
        return names


def end(engine: Engine, public_id: str, how: EndedAs, *, by: Person, now: datetime) -> Reported:
    """What was told is over, or was a mistake; the plans are assessed anew. Raises BadInput."""
    with writing(engine) as session:
        report = find_report(session, public_id)
        assert report is not None, "the gate found it"
        held = session.get_one(Person, report.patient_id, with_for_update={"key_share": True})
        session.refresh(report)
        if end_report(report, how, by=by, now=now):
            due_work.put_off(session, WorkKind.ASSESS, held.id, now)
            audit.note(
                session,
                actor=by.public_id,
                action="ended_report",
                now=now,
                patient=held.public_id,
                report=public_id,
                how=how.value,
            )
        return report
