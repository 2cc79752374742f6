"""Takes a file in, some readings at a time, and reads an original once more without doubling anything.

Each part is durable before the next is read, all of them under one intake. Cut off anywhere, the file is read again
from its start: what was stored is known, and its counts stay true.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from sqlalchemy import select, update

from companion.arrivals import Upload
from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.clock import Clock
from companion.crash_points import Point, reached
from companion.db import reading, writing
from companion.devices.models import Intake
from companion.devices.uploaded_files import FileState, UploadedFile
from companion.devices.uploads import UploadReport
from companion.errors import BadInput
from companion.flows import Stores, assess_patient, keep
from companion.originals import Originals
from companion.readings.annulments import annulled_sources, vouch
from companion.sent.reading import open_sent
from companion.sent.twins import sort_rows

AT_ONCE = 2000
"""Readings of one transaction: so few that nobody waits long for the write lock."""


def take(stores: Stores, originals: Originals, file_id: int, clock: Clock) -> None:
    """Reads the file and takes it in, or goes on with it. Raises BadInput if it cannot be read."""
    sent = open_sent(stores, originals, file_id)
    take_report(stores, sent.file, sent.patient, sent.read(), clock)


def take_report(
    stores: Stores,
    file: UploadedFile,
    patient: Person,
    report: UploadReport,
    clock: Clock,
    told: Callable[[int], None] = lambda done: None,
) -> int:
    """Takes in what was read of the file; then the patient is assessed. How many readings were new.

    `told` hears how many are done.
    """
    if report.format is None or report.questions:
        raise BadInput("cannot be read as it was when it was looked at", where="file", advice="send it again")
    done = new = 0
    for part in _parts(file, report):
        new += _take_part(stores, patient, part, clock, is_again=file.state == FileState.AGAIN)
        done += len(part.rows)
        _note_progress(stores, file.id, done, clock())
        told(done)
        reached(Point.UPLOAD_AFTER_PART)
    _finish(stores, file, done, clock())
    assess_patient(stores, patient.id, clock())
    return new


def _parts(file: UploadedFile, report: UploadReport) -> Iterator[Upload]:
    """The readings in the order of the file; what was rejected comes with the first of them."""
    rows, rejected = iter(report.rows), report.rejected
    while True:
        some = list(islice(rows, AT_ONCE))
        if some or rejected:
            yield Upload(file.patient_id, some, rejected, report.format or "", file.sha256, file.by_id, file.intake)
        if not some:
            return
        rejected = ()


def _take_part(stores: Stores, patient: Person, part: Upload, clock: Clock, *, is_again: bool) -> int:
    """Stores the part, and vouches for what came by an upload that was taken back since. How many were new."""
    with reading(stores.engine) as session:
        taken_back = annulled_sources(session, patient.public_id) - {part.intake}
    if not (part.rows and (is_again or taken_back)):
        return keep(stores, part, clock()).new
    rows = sort_rows(stores.readings, patient.public_id, part.rows, part.file_format, taken_back, is_again=is_again)
    taken = keep(stores, replace(part, rows=rows.fresh), clock())
    with writing(stores.engine) as session:
        vouch(session, patient.public_id, part.intake, rows.again)
    return taken.new


def _note_progress(stores: Stores, file_id: int, done: int, now: datetime) -> None:
    with writing(stores.engine) as session:
        session.execute(update(UploadedFile).where(UploadedFile.id == file_id).values(done=done))
        due_work.renew(session, WorkKind.UPLOAD, file_id, now)


def _finish(stores: Stores, file: UploadedFile, done: int, now: datetime) -> None:
    """All of it is stored. What was not new was known, however often the work was cut off."""
    with writing(stores.engine) as session:
        intake = session.scalar(select(Intake).where(Intake.public_id == file.intake))
        if intake is not None:
            intake.known = max(0, done - intake.new)
        values = {"state": FileState.TAKEN.value, "done": done, "total": done}
        session.execute(update(UploadedFile).where(UploadedFile.id == file.id).values(**values))
        due_work.finish(session, WorkKind.UPLOAD, file.id)
