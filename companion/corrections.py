"""What people put right about readings: whose they are, and whether two records are one measurement.

Every correction is a row beside the reading, an entry in the audit trail, and a reason to assess anew.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.devices import ingest
from companion.devices.ingest import IntakeKind
from companion.errors import BadInput
from companion.linking import look_again
from companion.readings.amendments import MINE, NOT_MINE, Amended, Field, WhyNot, amend, amended
from companion.readings.batch import ReadingBatch
from companion.readings.links import ReadingLink, link_again, unlink
from companion.readings.reading import Reading
from companion.readings.store import ReadingStore


def say_whose(session: Session, patient: Person, entry: Amended, *, is_mine: bool, by: Person, now: datetime) -> None:
    """The patient sets a reading aside ("not mine") or takes it back. Raises BadInput for one that was moved."""
    if entry.why_not is WhyNot.MOVED:
        raise BadInput("was moved to somebody else", where="reading", advice="ask the clinic to move it back")
    owner = MINE if is_mine else NOT_MINE
    amend(session, entry.reading, field=Field.OWNER, new=owner, by_id=by.id, why="said on the page", now=now)
    _note(session, "reading.taken_back" if is_mine else "reading.set_aside", patient, by, now, readings=1)


def move(
    session: Session,
    store: ReadingStore,
    entries: Sequence[Amended],
    source: Person,
    to: Person,
    by: Person,
    now: datetime,
) -> int:
    """Somebody else's readings go to whose they are: kept here, struck through, and appended there.

    The copy has the key of the original, so that moving twice, or reading the same meter for the other patient,
    adds nothing. How many were moved.
    """
    moving = [entry.reading for entry in entries if entry.why_not not in (WhyNot.MOVED, WhyNot.LINKED)]
    if source.id == to.id or not moving:
        return 0
    _append(session, store, moving, to, by, now)
    for reading in moving:
        why = f"moved by {by.public_id}"
        amend(session, reading, field=Field.OWNER, new=to.public_id, by_id=by.id, why=why, now=now)
    _note(session, "readings.moved_away", source, by, now, readings=len(moving), to=to.public_id)
    _note(session, "readings.moved_here", to, by, now, readings=len(moving), source=source.public_id)
    return len(moving)


def _append(
    session: Session, store: ReadingStore, moving: Sequence[Reading], to: Person, by: Person, now: datetime
) -> None:
    intake = ingest.new_intake(kind=IntakeKind.MOVED, patient_id=to.id, now=now, by_id=by.id)
    copies = [reading._replace(patient=to.public_id, source=intake.public_id) for reading in moving]
    connection = session.connection()
    batch = ReadingBatch.of(copies)
    appended = store.append(batch, within=connection if store.joins(connection) else None)
    ingest.add_intake(connection, intake, batch, new=appended.new)
    for entry in amended(session, to.public_id, copies):
        if entry.why_not in (WhyNot.MOVED, WhyNot.NOT_MINE):  # it comes back to where it once was
            amend(session, entry.reading, field=Field.OWNER, new=MINE, by_id=by.id, why="moved back", now=now)


def part(session: Session, patient: Person, link: ReadingLink, by: Person, now: datetime) -> None:
    """The two are two measurements after all: both count."""
    unlink(link, by.id, now)
    look_again(session, link.counted_source)  # a third record of the measurement may have hung on the pair
    _note(session, "readings.unlinked", patient, by, now, link=link.id)


def join(session: Session, patient: Person, link: ReadingLink, by: Person, now: datetime) -> None:
    """The two are one measurement after all: it counts once."""
    link_again(link)
    _note(session, "readings.linked", patient, by, now, link=link.id)


def _note(session: Session, action: str, patient: Person, by: Person, now: datetime, **details: object) -> None:
    due_work.put_off(session, WorkKind.ASSESS, patient.id, now)
    audit.note(session, actor=by.public_id, action=action, now=now, patient=patient.public_id, **details)
