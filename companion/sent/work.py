"""What the jobs process does about files: looks at large ones, takes in those with a yes, reads some once more."""

import json
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import update

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.clock import Clock
from companion.db import reading, writing
from companion.devices.uploaded_files import FileState, UploadedFile
from companion.errors import BadInput
from companion.flows import Stores
from companion.originals import Originals
from companion.sealing.texts import seal_text
from companion.sent.preview import preview_of, table_preview
from companion.sent.reading import open_sent
from companion.sent.taking import take

log = structlog.get_logger()

STEPS = 50
"""How many times the progress of a look is written down."""


def work(stores: Stores, originals: Originals, clock: Clock) -> int:
    """Does what is due about files, one after the other; how many there were."""
    done = 0
    while True:
        with writing(stores.engine) as session:
            claimed = due_work.claim(session, WorkKind.UPLOAD, clock(), 1)
        if not claimed:
            return done
        for file_id in claimed:
            go_on(stores, originals, file_id, clock)
            done += 1


def go_on(stores: Stores, originals: Originals, file_id: int, clock: Clock) -> None:
    """The next step of one file. A file that cannot be read says so on its page."""
    with reading(stores.engine) as session:
        file = session.get(UploadedFile, file_id)
    if file is not None and file.state in (FileState.SENT, FileState.TAKING, FileState.AGAIN):
        try:
            if file.state == FileState.SENT:
                look(stores, originals, file_id, clock)
            else:
                take(stores, originals, file_id, clock)
        except BadInput as bad:
            log.info("file cannot be read", file=file_id)
            _fail(stores, file, str(bad)[:300], clock())
    with writing(stores.engine) as session:
        due_work.finish(session, WorkKind.UPLOAD, file_id)


def look(stores: Stores, originals: Originals, file_id: int, clock: Clock) -> None:
    """Makes the preview of a file, with the answers there are. Raises BadInput if it cannot be read at all."""
    sent = open_sent(stores, originals, file_id)
    report = sent.read(_Progress(stores, sent.file, clock))
    if report.format is not None:
        _seen(stores, sent.file, preview_of(stores, sent.patient, report), clock())
    elif report.table:
        _seen(stores, sent.file, table_preview(report.table), clock())
    else:
        _write(stores, file_id, state=FileState.UNREADABLE.value, preview_text="", problem="")


def _seen(stores: Stores, file: UploadedFile, preview: dict[str, Any], now: datetime) -> None:
    with writing(stores.engine) as session:
        said = json.dumps(preview, ensure_ascii=False)
        sealed = seal_text(session, file.patient_id, UploadedFile.preview_text, said, now)
    _write(stores, file.id, state=FileState.SEEN.value, preview_text=sealed, problem="")


def _after_failure(file: UploadedFile) -> str:
    """What was taken in once stays taken in, though it could not be read again."""
    is_partly_there = file.state == FileState.AGAIN or (file.state == FileState.TAKING and file.done)
    return FileState.TAKEN.value if is_partly_there else FileState.UNREADABLE.value


def _fail(stores: Stores, file: UploadedFile, why: str, now: datetime) -> None:
    with writing(stores.engine) as session:
        problem = seal_text(session, file.patient_id, UploadedFile.problem, why, now)
    _write(stores, file.id, state=_after_failure(file), problem=problem)


def _write(stores: Stores, file_id: int, **values: Any) -> None:
    with writing(stores.engine) as session:
        session.execute(update(UploadedFile).where(UploadedFile.id == file_id).values(**values))


class _Progress:
    """Writes down now and then how many bytes were read; a large file is read in several passes."""

    def __init__(self, stores: Stores, file: UploadedFile, clock: Clock) -> None:
        self._stores, self._file, self._clock = stores, file, clock
        self._step = max(1 << 20, file.size // STEPS)
        self._next = self._step

    def __call__(self, read: int) -> None:
        if read >= self._next:
            self._next = read + self._step
            self._note(read, self._clock())

    def _note(self, read: int, now: datetime) -> None:
        with writing(self._stores.engine) as session:
            ours = UploadedFile.id == self._file.id
            session.execute(update(UploadedFile).where(ours).values(done=read))
            due_work.renew(session, WorkKind.UPLOAD, self._file.id, now)
