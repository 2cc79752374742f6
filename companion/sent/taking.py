"""Takes a file in, some readings at a time, and reads an original once more without doubling anything.

Each part is durable before the next is read, all of them under one intake. Cut off anywhere, the file is read again
from its start: what was stored is known, and its counts stay true.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
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
from companion.devices.uploaded_rows import FROM_FILE, plain
from companion.devices.uploads import UploadedReading, UploadReport
from companion.errors import BadInput
from companion.flows import Stores, assess_patient, keep
from companion.originals import Originals
from companion.readings.annulments import annulled_sources, vouch
from companion.readings.links import reach
from companion.readings.reading import Reading
from companion.readings.same import SENSOR
from companion.sent.files import mappings_of
from companion.sent.reading import read_sent

AT_ONCE = 2000
"""Readings of one transaction: so few that nobody waits long for the write lock."""

Content = tuple[object, ...]


def take(stores: Stores, originals: Originals, file_id: int, clock: Clock) -> None:
    """Reads the file and takes it in, or goes on with it. Raises BadInput if it cannot be read."""
    with reading(stores.engine) as session:
        file = session.get_one(UploadedFile, file_id)
        patient = session.get_one(Person, file.patient_id)
        mappings = mappings_of(session, patient.id)
    original = originals.get(patient.public_id, file.sha256)
    take_report(stores, file, patient, read_sent(original, patient.zone, file.choices, mappings), clock)


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
    twins = stored_twins(stores, patient.public_id, part.rows) if is_again else {}
    fresh = [row for place, row in enumerate(part.rows) if place not in twins]
    taken = keep(stores, replace(part, rows=fresh), clock())
    with reading(stores.engine) as session:
        taken_back = annulled_sources(session, patient.public_id) - {part.intake}
    if taken_back:
        twins = twins or stored_twins(stores, patient.public_id, part.rows)
        with writing(stores.engine) as session:
            again = [twin for twin in twins.values() if twin.source in taken_back]
            vouch(session, patient.public_id, part.intake, again)
    return taken.new


def stored_twins(stores: Stores, patient: str, rows: Sequence[UploadedReading]) -> dict[int, Reading]:
    """By place in `rows`: the reading that some file brought of the same local time and value, each for one row.

    An importer that has learnt more may name a device or a kind otherwise than it did; the record stays the same.
    """
    stored: dict[Content, list[Reading]] = defaultdict(list)
    for metric in {row.metric for row in rows}:
        first, last = _span([row.taken_at for row in rows if row.metric is metric])
        for one in stores.readings.between(patient, metric, first, last):
            if one.device.startswith(FROM_FILE):
                stored[_content(one)].append(one)
    twins: dict[int, Reading] = {}
    for place, row in enumerate(rows):
        if candidates := stored.get(_content(row)):
            twins[place] = candidates.pop()
    return twins


def _span(instants: Sequence[datetime]) -> tuple[datetime, datetime]:
    first, last = reach(min(instants), max(instants))
    return first, last + timedelta(milliseconds=1)


def _content(one: Reading | UploadedReading) -> Content:
    numbers = tuple(plain(number) for number in (one.value, one.diastolic, one.pulse))
    return one.metric, one.kind in SENSOR, one.device_time, one.unit, one.limit, numbers


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
