"""What record systems sent about a patient, and what of it contradicted us: two tables of an export."""

from collections.abc import Iterator

from sqlalchemy import select

from companion.care.records import RecordConflict, RecordImport, RecordItem
from companion.exporting.rows import Row, found, local, local_and_utc
from companion.exporting.subject import Subject


def from_records(subject: Subject) -> Iterator[Row]:
    """Every resource that was taken, refused or in conflict, with its import."""
    query = (
        select(RecordItem, RecordImport)
        .join(RecordImport, RecordImport.id == RecordItem.import_id)
        .where(RecordItem.patient_id == subject.patient.id)
        .order_by(RecordItem.id)
    )
    for item, row in found(subject, query):
        yield (
            *local_and_utc(row.at, subject), row.source, subject.names.of(row.by_id), item.resource_type, item.outcome,
            item.said, item.reason,
        )  # fmt: skip


def conflicts(subject: Subject) -> Iterator[Row]:
    """Every contradiction, and what a doctor decided."""
    query = select(RecordConflict).where(RecordConflict.patient_id == subject.patient.id).order_by(RecordConflict.id)
    for (row,) in found(subject, query):
        yield (
            *local_and_utc(row.found_at, subject), row.about, row.name, row.ours, row.theirs, row.state,
            local(row.decided_at, subject), subject.names.of(row.decided_by), row.reason,
        )  # fmt: skip
