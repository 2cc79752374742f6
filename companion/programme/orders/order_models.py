"""Orders to pharmacies, their lines, and what the pharmacy told of them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision
from companion.db import Base, RowId
from companion.programme.orders.order_life import OrderState, TrackingEvent
from companion.programme.orders.pharmacy_models import Pharmacy

_STATES = ", ".join(f"'{state.value}'" for state in OrderState)
_EVENTS = ", ".join(f"'{event.value}'" for event in TrackingEvent)


class MedicineOrder(Base):
    """What a patient asks one pharmacy for. It prescribes nothing: its lines point to what a doctor prescribed.

    `unique_key` keeps a form sent twice from ordering twice. `sealed`: the address to deliver to, under the patient's
    key. `tries`, `tried_at`: how often it was handed to the pharmacy, each try noted before it is made. `why`: a code
    of what ended it otherwise than by delivery. `value`: what it costs by the list of that day, where that has it all.
    """

    __tablename__ = "medicine_order"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        Index("ix_medicine_order_pharmacy_promised", "pharmacy_id", "promised_by"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    unique_key: Mapped[str] = mapped_column(String(90), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    pharmacy_id: Mapped[int] = mapped_column(ForeignKey("pharmacy.id"))
    area: Mapped[str] = mapped_column(String(80))
    is_urgent: Mapped[bool]
    state: Mapped[str] = mapped_column(String(12), default=OrderState.PLACED.value)
    state_at: Mapped[datetime]
    placed_at: Mapped[datetime]
    placed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    promised_by: Mapped[datetime]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    handed_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    why: Mapped[str | None] = mapped_column(String(30))
    value: Mapped[Decimal | None]
    currency: Mapped[str | None] = mapped_column(String(3))

    pharmacy: Mapped[Pharmacy] = relationship()
    patient: Mapped[Person] = relationship(foreign_keys=[patient_id])
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", lazy="selectin")


class OrderLine(Base):
    """One medicine of an order, by the revision that was in force. `pieces` 0: one pack, nobody knows how many are
    needed. Never changed."""

    __tablename__ = "order_line"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("medicine_order.id"), index=True)
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("regimen_revision.id"))
    pieces: Mapped[int]
    piece: Mapped[str] = mapped_column(String(12))
    packs: Mapped[int | None]
    is_urgent: Mapped[bool]

    regimen: Mapped[Regimen] = relationship()
    revision: Mapped[RegimenRevision] = relationship()


class OrderEvent(Base):
    """What a pharmacy told, once for each of its ids; `is_applied`: whether it changed anything. Never changed.

    `at`: when it happened, by the pharmacy's word."""

    __tablename__ = "order_event"
    __table_args__ = (
        UniqueConstraint("pharmacy_id", "event_id"),
        CheckConstraint(f"event IN ({_EVENTS})", name="event"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("medicine_order.id"), index=True)
    pharmacy_id: Mapped[int] = mapped_column(ForeignKey("pharmacy.id"))
    event_id: Mapped[str] = mapped_column(String(80))
    event: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    is_applied: Mapped[bool]
    body_sha256: Mapped[str] = mapped_column(String(64))
