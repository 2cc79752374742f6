"""Packs of a medicine: how it is counted, and the ledger of what came and what went beside the doses taken."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, exists
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.db import Base, RowId
from companion.reminders.supply.stock import LEAD_DAYS, SAFETY_DAYS
from companion.sealing.texts import SealedText

PATIENT_OF_ENTRY = "(SELECT patient_id FROM regimen WHERE regimen.id = supply_entry.regimen_id)"


class Supply(Base):
    """How the packs of one medicine are counted, and when more is asked for.

    A pack holds pieces ("tablet"); one piece holds `per_piece` of the dose's unit (500 mg). `low_since`: when the
    reorder point was crossed and the patient was told; None while there is enough.
    """

    __tablename__ = "supply"
    __table_args__ = (
        CheckConstraint("lead_days BETWEEN 0 AND 90", name="lead_days"),
        CheckConstraint("safety_days BETWEEN 0 AND 90", name="safety_days"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"), unique=True)
    piece: Mapped[str] = mapped_column(String(12))
    per_piece: Mapped[Decimal]
    lead_days: Mapped[int] = mapped_column(default=LEAD_DAYS)
    safety_days: Mapped[int] = mapped_column(default=SAFETY_DAYS)
    low_since: Mapped[datetime | None]

    regimen: Mapped[Regimen] = relationship()

    def pieces(self, amount: Decimal) -> Decimal:
        """An amount of the dose's unit in pieces."""
        return amount / self.per_piece


class SupplyEntry(Base):
    """One line of the ledger, in the dose's unit; append-only. Of a count, `difference` is what it found more or less
    than the ledger said (None: nothing was known). `unique_key` keeps a form sent twice from counting twice."""

    __tablename__ = "supply_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('received', 'counted', 'wasted', 'lost', 'returned')", name="kind"),
        Index("ix_supply_entry_regimen_at", "regimen_id", "at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    unique_key: Mapped[str] = mapped_column(String(80), unique=True)
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"))
    kind: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal]
    difference: Mapped[Decimal | None]
    packs: Mapped[int | None]
    pack_size: Mapped[Decimal | None]
    expires_on: Mapped[date | None]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(
        SealedText("supply_entry.reason", whose=PATIENT_OF_ENTRY, was=200, is_history=True), default=""
    )

    by: Mapped[Person] = relationship()


class SupplyUndone(Base):
    """A line of the ledger that was taken out again: it counts nowhere any more, and stays to be seen."""

    __tablename__ = "supply_undone"

    entry_id: Mapped[int] = mapped_column(RowId, ForeignKey("supply_entry.id"), primary_key=True, autoincrement=False)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


def stands() -> ColumnElement[bool]:
    """That a line of the ledger was not taken out again."""
    return ~exists().where(SupplyUndone.entry_id == SupplyEntry.id)
