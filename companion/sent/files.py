"""Files that people sent, by state: forgotten after a day without a yes, to be taken back for thirty days after it."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.db import reading, writing
from companion.devices.ingest import new_intake_id
from companion.devices.models import Intake
from companion.devices.uploaded_files import FileState, LearntColumns, UploadedFile
from companion.devices.uploads.mapped import ColumnMapping, as_json, from_json
from companion.errors import BadInput
from companion.linking import look_again
from companion.originals import Kept, Originals
from companion.readings.annulments import annul
from companion.sealing.texts import seal_text

AT_MOST = 2 * 2**30
"""Bytes of one file."""
LOOKED_AT_ONCE = 20 * 2**20
"""Bytes. What is larger is looked at by the jobs process."""
WAITS_FOR = timedelta(days=1)
"""How long a file waits for its yes."""
MAY_BE_TAKEN_BACK_FOR = timedelta(days=30)

WAITING = (FileState.SENT, FileState.SEEN, FileState.UNREADABLE)
"""States of a file that nobody has said yes to."""
TAKEN = (FileState.TAKEN, FileState.AGAIN)


def add_file(
    session: Session, patient: Person, by: Person | None, filename: str, kept: Kept, now: datetime
) -> UploadedFile:
    """A file that was just kept. Nobody has looked at it yet."""
    file = UploadedFile(
        public_id=secrets.token_urlsafe(24),
        patient_id=patient.id,
        by_id=by.id if by else None,
        filename=seal_text(session, patient.id, UploadedFile.filename, filename.replace("\0", "")[-200:], now),
        sha256=kept.sha256,
        size=kept.size,
        state=FileState.SENT.value,
        choices={},
        total=kept.size,
        sent_at=now,
    )
    session.add(file)
    session.flush()
    return file


def find_file(session: Session, patient_id: int, public_id: str, now: datetime) -> UploadedFile | None:
    """The patient's file, unless it waited too long."""
    query = select(UploadedFile).where(UploadedFile.public_id == public_id, UploadedFile.patient_id == patient_id)
    file = session.scalar(query)
    is_over = file is not None and file.state in WAITING and file.sent_at <= now - WAITS_FOR
    return None if is_over else file


def file_of(session: Session, intake: str) -> UploadedFile | None:
    """The file whose readings came by that intake."""
    return session.scalar(select(UploadedFile).where(UploadedFile.intake == intake)) if intake else None


def taken_files(session: Session, patient_id: int) -> list[tuple[UploadedFile, Intake | None]]:
    """Every file of the patient that somebody said yes to, newest first, with what came of it."""
    query = (
        select(UploadedFile, Intake)
        .outerjoin(Intake, Intake.public_id == UploadedFile.intake)
        .where(UploadedFile.patient_id == patient_id, UploadedFile.state.not_in(WAITING))
        .order_by(UploadedFile.id.desc())
    )
    return [(file, intake) for file, intake in session.execute(query)]


def say_yes(session: Session, file: UploadedFile, total: int, now: datetime, *, soon: datetime) -> None:
    """A person wants its `total` readings: the jobs process takes them from `soon` on, unless somebody is faster."""
    file.state = FileState.TAKING.value
    file.intake = file.intake or new_intake_id()
    file.done, file.total, file.taken_at = 0, total, now
    due_work.put_off(session, WorkKind.UPLOAD, file.id, soon)


def read_again(session: Session, file: UploadedFile, now: datetime) -> None:
    """The jobs process reads the original once more."""
    file.state = FileState.AGAIN.value
    due_work.put_off(session, WorkKind.UPLOAD, file.id, now)


def may_be_taken_back(file: UploadedFile, now: datetime) -> bool:
    """Whether it was taken in, is not undone yet, and was sent no longer than thirty days ago."""
    if file.state not in TAKEN or file.taken_back_at is not None or file.taken_at is None:
        return False
    return now - file.taken_at <= MAY_BE_TAKEN_BACK_FOR


def take_back(session: Session, patient: Person, file: UploadedFile, by: Person, now: datetime) -> None:
    """Everything the file brought counts no more; what a later file held, too, that file will vouch for."""
    if not may_be_taken_back(file, now):
        raise BadInput("cannot be taken back any more", where="file", advice="leave single values out instead")
    annul(session, patient.public_id, file.intake, by.id, now)
    look_again(session, file.intake)
    file.taken_back_at = now
    for later in _later_files(session, file):
        read_again(session, later, now)
    due_work.put_off(session, WorkKind.ASSESS, patient.id, now)
    audit.note(
        session, actor=by.public_id, action="upload.taken_back", now=now, patient=patient.public_id, intake=file.intake
    )


def _later_files(session: Session, file: UploadedFile) -> list[UploadedFile]:
    """Files taken in after this one of which some values were known already: perhaps from this one."""
    query = (
        select(UploadedFile)
        .join(Intake, Intake.public_id == UploadedFile.intake)
        .where(
            UploadedFile.patient_id == file.patient_id,
            UploadedFile.id > file.id,
            UploadedFile.state.in_(TAKEN),
            UploadedFile.taken_back_at.is_(None),
            Intake.known > 0,
        )
    )
    return list(session.scalars(query))


# Forgetting


def forget(engine: Engine, originals: Originals, file: UploadedFile) -> None:
    """A file that was not taken in goes, and its original with it."""
    _forget(engine, originals, [file])


def forget_waiting(engine: Engine, originals: Originals, patient_id: int, now: datetime) -> None:
    """The patient's files without a yes, to make room for the next one, and everybody's after a day."""
    with reading(engine) as session:
        is_over = (UploadedFile.patient_id == patient_id) | (UploadedFile.sent_at <= now - WAITS_FOR)
        waiting = select(UploadedFile).where(UploadedFile.state.in_(WAITING), is_over)
        files = list(session.scalars(waiting))
    _forget(engine, originals, files)


def _forget(engine: Engine, originals: Originals, files: Iterable[UploadedFile]) -> None:
    for file in files:
        with writing(engine) as session:
            found = session.get(UploadedFile, file.id)
            if found is None or found.state not in WAITING:
                continue  # somebody was faster, or said yes
            session.delete(found)
            due_work.finish(session, WorkKind.UPLOAD, file.id)
            patient = session.get_one(Person, file.patient_id)
        forget_original(engine, originals, patient, file.sha256)


def forget_original(engine: Engine, originals: Originals, patient: Person, sha256: str) -> None:
    """Removes the bytes, unless another file of the patient is the same."""
    with reading(engine) as session:
        same = select(UploadedFile.id).where(UploadedFile.patient_id == patient.id, UploadedFile.sha256 == sha256)
        is_needed = session.scalar(same) is not None
    if not is_needed:
        originals.forget(patient.public_id, sha256)


# Columns that a person named


def learn(session: Session, patient_id: int, mapping: ColumnMapping, now: datetime) -> None:
    """The next file of the patient with this header is read the same way."""
    known = _learnt(session, patient_id, mapping.signature)
    if known is None:
        known = LearntColumns(patient_id=patient_id, signature=mapping.signature)
        session.add(known)
    known.mapping, known.learnt_at = as_json(mapping), now


def mappings_of(session: Session, patient_id: int) -> list[ColumnMapping]:
    """Every table that the patient explained."""
    kept = session.scalars(select(LearntColumns.mapping).where(LearntColumns.patient_id == patient_id))
    return [from_json(mapping) for mapping in kept]


def _learnt(session: Session, patient_id: int, signature: str) -> LearntColumns | None:
    return session.scalar(
        select(LearntColumns).where(LearntColumns.patient_id == patient_id, LearntColumns.signature == signature)
    )
