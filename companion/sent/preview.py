"""What the page shows before anything is taken in, as JSON: made once, kept with the file."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from companion.care.people import Person
from companion.db import reading
from companion.devices.uploaded_rows import identity_of
from companion.devices.uploads import UploadedReading, UploadReport
from companion.devices.uploads.report import as_json
from companion.devices.uploads.unknown_table import UnknownTable
from companion.flows import Stores
from companion.readings.annulments import annulled_sources
from companion.readings.ledger import count_known
from companion.sent.twins import sort_rows

ROWS_SHOWN = 20
REJECTED_SHOWN = 50
AT_ONCE = 1000


def preview_of(stores: Stores, patient: Person, report: UploadReport) -> dict[str, Any]:
    """The report with the first rows, and how many readings are new, known, and of how many people."""
    told = as_json(report)
    rejected, told["rejected"] = len(told["rejected"]), told["rejected"][:REJECTED_SHOWN]
    rows = iter(report.rows)
    first = list(islice(rows, ROWS_SHOWN))
    return {
        "report": told,
        "rejected": rejected,
        "rows": [_row(row) for row in first],
        **(table_preview(report.table) if report.table else {}),
        "people": len(report.subjects),
        **_counts(stores, patient, chain(first, rows), report.format or ""),
    }


def table_preview(table: UnknownTable) -> dict[str, Any]:
    """How a table begins, as it is written: for a person to answer questions by, or to say what its columns are."""
    width = len(table.names)
    rows = [[row.cell(place) for place in range(width)] for row in table.rows[:ROWS_SHOWN]]
    return {"table": {"names": list(table.names), "rows": rows, "signature": table.signature}}


def may_be_taken(preview: dict[str, Any]) -> bool:
    """Nothing is open, there is something, and it is one person's."""
    report = preview.get("report")
    if report is None or report["questions"] or preview["people"] != 1:
        return False
    return bool(preview["new"] + preview["known"])


def _counts(stores: Stores, patient: Person, rows: Iterable[UploadedReading], file_format: str) -> dict[str, int]:
    """How many are new, known, and known from an upload that was taken back: those count again after the yes."""
    n = known = again = 0
    with reading(stores.engine) as session:
        taken_back = annulled_sources(session, patient.public_id)
    for some in _in_batches(rows):
        n += len(some)
        if taken_back:
            held = sort_rows(stores.readings, patient.public_id, some, file_format, taken_back, is_again=False)
            some, again = list(held.fresh), again + len(held.again)
        identities = [identity_of(row, file_format) for row in some]
        with reading(stores.engine) as session:
            known += count_known(session.connection(), patient.id, identities)
    return {"new": n - known, "known": known, "again": again}


def _in_batches(rows: Iterable[UploadedReading]) -> Iterator[list[UploadedReading]]:
    rows = iter(rows)
    while some := list(islice(rows, AT_ONCE)):
        yield some


def _row(row: UploadedReading) -> dict[str, Any]:
    return {
        "line": row.row,
        "text": row.local_text,
        "at": row.taken_at.isoformat(),
        "value": None if row.value is None else format(row.value, "f"),
        "diastolic": None if row.diastolic is None else format(row.diastolic, "f"),
        "pulse": None if row.pulse is None else format(row.pulse, "f"),
        "limit": row.limit.value if row.limit else None,
        "unit": row.unit,
        "meal": row.meal.value if row.meal else None,
        "device": row.device,
    }
