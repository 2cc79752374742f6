"""The audit and the log of reads as files, with the filters of the page they were asked from."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Any

from flask import Blueprint, send_file
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.audit_lookup import acts, looks
from companion.exporting.as_csv import BYTE_ORDER_MARK, cell
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.door.auth import needs_fresh_password
from companion.web.for_clinic.audit_asked import asked_plainly, note_look, readers_zone, what_is_asked

blueprint = Blueprint("audit_files", __name__)

ACT_COLUMNS = ("id", "at", "actor", "action", "patient", "details", "previous_hash", "hash", "key_id")
LOOK_COLUMNS = ("id", "at", "who", "patient", "kind", "route")


@blueprint.get("/clinic/audit/acts.csv")
@guarded(Action.SEE_AUDIT)
@needs_fresh_password
def acts_file() -> Response:
    with look() as db:
        return _file("audit", ACT_COLUMNS, acts(db, what_is_asked().wanted(readers_zone())))


@blueprint.get("/clinic/audit/reads.csv")
@guarded(Action.SEE_AUDIT)
@needs_fresh_password
def reads_file() -> Response:
    with look() as db:
        return _file("reads", LOOK_COLUMNS, looks(db, what_is_asked().wanted(readers_zone())))


def _file(name: str, columns: tuple[str, ...], rows: Iterable[Any]) -> Response:
    """Written to the disk before the first byte is answered, as it may be long; taking it along is an act."""
    written = outside().originals.incoming()
    patients = _write(written, columns, rows)
    written.seek(0)
    note_look(patients)
    with changes() as db:
        audit.note(db, actor=actor().public_id, action="audit.exported", now=now(), what=name, asked=asked_plainly())
    return send_file(written, mimetype="text/csv", as_attachment=True, download_name=f"{name}.csv", max_age=0)


def _write(out: IO[bytes], columns: tuple[str, ...], rows: Iterable[Any]) -> set[str | None]:
    """Tells whom the rows are about."""
    patients = set()
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        patients.add(row.patient)
        writer.writerow([cell(_plain(getattr(row, column))) for column in columns])
    text.flush()
    text.detach()
    return patients


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="milliseconds") if isinstance(value, datetime) else value
