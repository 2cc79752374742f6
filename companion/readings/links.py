"""Links between records that are one measurement: kept beside the readings, laid over them at read.

Nothing is deleted. The linked record is struck through and counts nowhere, the other one counts; a person who
knows better undoes the link, and it is never made again by itself.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from companion.db import Base, RowId
from companion.many_rows import insert_rows
from companion.readings.annulments import Annulled
from companion.readings.same import FARTHEST_CLOCKS, Key, Match


class ReadingLink(Base):
    """`other` is the same measurement as `counted`. Made by the service, at `made_at`, because `why`; undone by a
    person. Keys are those of readings, with the intakes that brought them."""

    __tablename__ = "reading_link"
    __table_args__ = (
        UniqueConstraint(
            "patient", "metric", "counted_at", "counted_device", "counted_sequence",
            "other_at", "other_device", "other_sequence", name="uq_reading_link",
        ),
        Index("ix_reading_link_other", "patient", "other_at"),
        Index("ix_reading_link_counted", "patient", "counted_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient: Mapped[str] = mapped_column(String(20))
    metric: Mapped[str] = mapped_column(String(20))
    counted_at: Mapped[datetime]
    counted_device: Mapped[str] = mapped_column(String(160))
    counted_sequence: Mapped[int] = mapped_column(Integer)
    counted_source: Mapped[str] = mapped_column(String(40))
    other_at: Mapped[datetime]
    other_device: Mapped[str] = mapped_column(String(160))
    other_sequence: Mapped[int] = mapped_column(Integer)
    other_source: Mapped[str] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(String(20))
    made_at: Mapped[datetime]
    unlinked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    unlinked_at: Mapped[datetime | None]

    @property
    def counted(self) -> Key:
        return self.metric, self.counted_at, self.counted_device, self.counted_sequence

    @property
    def other(self) -> Key:
        return self.metric, self.other_at, self.other_device, self.other_sequence


COLUMNS = (
    "patient", "metric", "counted_at", "counted_device", "counted_sequence", "counted_source",
    "other_at", "other_device", "other_sequence", "other_source", "why", "made_at",
)  # fmt: skip
IDENTITY = ", ".join(name for name in COLUMNS if name not in {"counted_source", "other_source", "why", "made_at"})


def add_links(session: Session, patient: str, matches: Iterable[Match], now: datetime) -> int:
    """Keeps the links; one that is there already, undone or not, stays as it is. How many are new."""
    rows = [
        (patient, counted.metric.value, counted.taken_at, counted.device, counted.sequence, counted.source,
         other.taken_at, other.device, other.sequence, other.source, why, now)
        for counted, other, why in matches
    ]  # fmt: skip
    return insert_rows(session.connection(), ReadingLink.__table__, COLUMNS, rows, known_by=IDENTITY)


def links_within(session: Session, patient: str, first: datetime, last: datetime) -> list[ReadingLink]:
    """Every link, undone ones too, of which either reading was taken in that span."""
    return list(session.scalars(_WITHIN, {"patient": patient, "first": first, "last": last}))


def _is_within(column: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
    return (column >= bindparam("first")) & (column <= bindparam("last"))


_WITHIN = (
    select(ReadingLink)
    .where(ReadingLink.patient == bindparam("patient"))
    .where(or_(_is_within(ReadingLink.other_at), _is_within(ReadingLink.counted_at)))
    .order_by(ReadingLink.id)
)


def count_links(session: Session, patient: str, source: str) -> int:
    """How many links hold that lead from or to what that intake brought."""
    of_source = or_(ReadingLink.counted_source == source, ReadingLink.other_source == source)
    held = ReadingLink.patient == patient, ReadingLink.unlinked_at.is_(None), of_source
    return session.scalars(select(func.count()).select_from(ReadingLink).where(*held)).one()


def running(links: Iterable[ReadingLink], annulled: Annulled) -> dict[Key, Key]:
    """From the linked reading to the one that counts for it; a link to what was taken back holds no more."""
    counted_by = {
        link.other: link.counted
        for link in links
        if link.unlinked_at is None and not annulled.holds(link.counted, link.counted_source)
    }
    return {other: _end_of(counted_by, other) for other in counted_by}


def _end_of(counted_by: dict[Key, Key], key: Key) -> Key:
    """Follows the links to the reading that no other counts for."""
    met = {key}
    while key in counted_by and counted_by[key] not in met:
        key = counted_by[key]
        met.add(key)
    return key


def barred(links: Iterable[ReadingLink]) -> set[frozenset[Key]]:
    """The pairs that a person said are two measurements."""
    return {frozenset((link.counted, link.other)) for link in links if link.unlinked_at is not None}


def find_link(session: Session, patient: str, link_id: int) -> ReadingLink | None:
    """The patient's link with that number."""
    return session.scalar(select(ReadingLink).where(ReadingLink.patient == patient, ReadingLink.id == link_id))


def unlink(link: ReadingLink, by_id: int, now: datetime) -> None:
    """These are two measurements: both count again."""
    link.unlinked_by, link.unlinked_at = by_id, now


def link_again(link: ReadingLink) -> None:
    """They are one after all."""
    link.unlinked_by = link.unlinked_at = None


def reach(first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """The span in which partners of readings of that span may lie."""
    return first - FARTHEST_CLOCKS, last + FARTHEST_CLOCKS
