"""What came from a record system (an EMR): every import, every resource of it, and what it contradicts here."""

from datetime import datetime
from enum import StrEnum
from functools import cache

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    bindparam,
    exists,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.db import Base, RowId, rows_of
from companion.sealing.texts import SealedText, told_in


class Outcome(StrEnum):
    """What became of one resource."""

    TAKEN = "taken"
    KNOWN = "known"
    REFUSED = "refused"
    CONFLICT = "conflict"


class About(StrEnum):
    """What a conflict is about. The last three are the two lists of medicines, which only a doctor brings together."""

    BIRTH_DATE = "birth_date"
    SEX = "sex"
    FACT = "fact"
    CHANGED = "changed"  # the record system says something else under an identifier that was taken in
    ALLERGY = "allergy"  # to something that is taken
    DOSE = "dose"
    ONLY_THERE = "only_there"
    ONLY_HERE = "only_here"


MEDICINES = frozenset({About.DOSE, About.ONLY_THERE, About.ONLY_HERE})


class ConflictState(StrEnum):
    OPEN = "open"
    TAKEN_OVER = "taken_over"
    KEPT = "kept"


class RecordPatient(Base):
    """What a record system calls a patient of ours: `their_id` is the id of its Patient resource."""

    __tablename__ = "record_patient"
    __table_args__ = (UniqueConstraint("source", "their_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    source: Mapped[str] = mapped_column(String(200))
    their_id: Mapped[str] = mapped_column(String(80))
    noted_at: Mapped[datetime]


class RecordImport(Base):
    """One Bundle or resource, sent for one patient by a clinician or in a clinician's name. `source` names the record
    system; `intake` is where its readings are, if it had any."""

    __tablename__ = "record_import"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    source: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    content_sha256: Mapped[str] = mapped_column(String(64))
    intake: Mapped[str] = mapped_column(String(20), default="")
    taken: Mapped[int]
    known: Mapped[int]
    refused: Mapped[int]
    conflicts: Mapped[int]


class RecordItem(Base):
    """One version of one resource. `identity` is the SHA-256 of what it is called in its record system, and
    `content_sha256` that of what it says: the same of both again is known, and adds nothing."""

    __tablename__ = "record_item"
    __table_args__ = (
        UniqueConstraint("patient_id", "identity", "content_sha256"),
        CheckConstraint("outcome IN ('taken', 'refused', 'conflict')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    import_id: Mapped[int] = mapped_column(ForeignKey("record_import.id"), index=True)
    identity: Mapped[str] = mapped_column(String(64))
    content_sha256: Mapped[str] = mapped_column(String(64))
    resource_type: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(10))
    said: Mapped[str] = mapped_column(SealedText("record_item.said", whose="patient_id", was=300))
    reason: Mapped[str] = mapped_column(SealedText("record_item.reason", whose="patient_id", was=300))
    fact_id: Mapped[int | None] = mapped_column(ForeignKey("fact.id"), index=True)


class RecordConflict(Base):
    """Something a record system says that contradicts what is known here, until a person decides.

    `told` holds what taking it over needs, kept as sealed JSON: {"birth_on": …}, {"kind": …, "value": …,
    "measured_on": …} of a fact.
    `unique_key` keeps the same contradiction from being listed twice, also after it was decided.
    """

    __tablename__ = "record_conflict"
    __table_args__ = (
        UniqueConstraint("patient_id", "unique_key"),
        CheckConstraint("state IN ('open', 'taken_over', 'kept')", name="state"),
        CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided"),
        Index("ix_record_conflict_open", "patient_id", "state"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    import_id: Mapped[int] = mapped_column(ForeignKey("record_import.id"))
    unique_key: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(SealedText("record_conflict.name", whose="patient_id", was=120))
    ours: Mapped[str] = mapped_column(SealedText("record_conflict.ours", whose="patient_id", was=200))
    theirs: Mapped[str] = mapped_column(SealedText("record_conflict.theirs", whose="patient_id", was=200))
    told_text: Mapped[str] = mapped_column("told", SealedText("record_conflict.told", whose="patient_id"), default="")
    state: Mapped[str] = mapped_column(String(12), default=ConflictState.OPEN.value)
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(SealedText("record_conflict.reason", whose="patient_id", was=300), default="")

    @property
    def told(self) -> dict[str, str]:
        return told_in(self.told_text)


def has_open_conflict(session: Session, patient_id: int, about: frozenset[About] = MEDICINES) -> bool:
    """Whether a person still has to decide on a contradiction of that kind."""
    return bool(rows_of(session, _is_contradicted(about), {"patient": patient_id}).scalar())


@cache
def _is_contradicted(about: frozenset[About]) -> Select[bool]:
    open_ones = select(RecordConflict.id).where(
        RecordConflict.patient_id == bindparam("patient"),
        RecordConflict.state == ConflictState.OPEN.value,
        RecordConflict.about.in_([each.value for each in about]),
    )
    return select(exists(open_ones))


def sources_of(session: Session, patient_id: int) -> dict[int, str]:
    """By the number of the fact: the record system it is from. What people noted here is not among them."""
    query = (
        select(RecordItem.fact_id, RecordImport.source)
        .join(RecordImport, RecordImport.id == RecordItem.import_id)
        .where(RecordItem.patient_id == patient_id, RecordItem.fact_id.is_not(None))
    )
    return {number: source for number, source in session.execute(query) if number is not None}
