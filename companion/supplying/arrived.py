"""What a pharmacy delivered comes into the ledger of packs: once for each order, by the pharmacy's word, and out again
where somebody says that it never came."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.messages.unique import insert_unless_known
from companion.programme.orders.order_life import TrackingEvent
from companion.programme.orders.order_models import MedicineOrder, OrderLine
from companion.programme.orders.pharmacy_models import Pharmacy
from companion.programme.orders.tracking import Told, Verdict, take_event
from companion.reminders.supply.refills import last_pack_size
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import BACK_DATED_AT_MOST, NewEntry, note_entry
from companion.reminders.supply.supply_models import SupplyEntry, SupplyUndone, stands
from companion.reminders.supply.supply_state import supply_of

OF_ORDER = "order:"


def take_told(session: Session, pharmacy: Pharmacy, told: Told, now: datetime) -> Verdict:
    """The event, and with a delivery what it brought. Raises BadInput as `take_event` does."""
    verdict = take_event(session, pharmacy, told, now)
    if verdict is Verdict.APPLIED and told.event is TrackingEvent.DELIVERED:
        order = session.scalars(select(MedicineOrder).where(MedicineOrder.public_id == told.order)).one()
        _fill(session, order, now)
    return verdict


def _fill(session: Session, order: MedicineOrder, now: datetime) -> None:
    noted = [line for line in order.lines if _note(session, order, line, now)]
    if noted:
        audit.note(
            session,
            actor=order.pharmacy.public_id,
            action="supply.delivered",
            now=now,
            patient=order.patient.public_id,
            order=order.public_id,
            medicines=[line.regimen.public_id for line in noted],
        )


def _note(session: Session, order: MedicineOrder, line: OrderLine, now: datetime) -> bool:
    """Whether it is new. Where nobody knows how many a pack holds, or packs are counted in another way by now, nothing
    is noted: the patient counts."""
    supply = supply_of(session, line.regimen)
    size = last_pack_size(session, line.regimen)
    pieces = Decimal(line.packs) * size if line.packs and size else Decimal(line.pieces)
    if pieces <= 0 or line.piece != (supply.piece if supply else line.regimen.unit):
        return False
    assert order.delivered_at is not None, "it was told a moment ago"
    new = NewEntry(
        EntryKind.RECEIVED,
        pieces,
        max(order.delivered_at, now - BACK_DATED_AT_MOST),
        _key(order),
        packs=line.packs if size else None,
        pack_size=size if line.packs else None,
    )
    return note_entry(session, line.regimen, new, by=session.get_one(Person, order.placed_by), now=now)


def _key(order: MedicineOrder) -> str:
    """Of its lines in the ledger: one for each medicine, however often it is told."""
    return f"{OF_ORDER}{order.public_id}"


def is_of_order(entry: SupplyEntry) -> bool:
    """Whether an order brought it, by the pharmacy's word."""
    return entry.unique_key.startswith(f"{entry.regimen_id}:{OF_ORDER}")


def brought(session: Session, order: MedicineOrder) -> Sequence[SupplyEntry]:
    """The order's lines in the ledger that stand."""
    keys = [f"{line.regimen_id}:{_key(order)}" for line in order.lines]
    query = select(SupplyEntry).where(SupplyEntry.unique_key.in_(keys), stands())
    return session.scalars(query.order_by(SupplyEntry.id)).all()


def take_out(session: Session, order: MedicineOrder, *, by: Person, now: datetime) -> int:
    """Somebody says that it never came; tells how many lines were taken out. The pharmacy's word stays as it is."""
    # One at a time: two at once would both find them standing.
    session.get_one(Person, order.patient_id, with_for_update={"key_share": True}, populate_existing=True)
    gone = 0
    for entry in brought(session, order):
        new = insert_unless_known(session, SupplyUndone, "entry_id").values(entry_id=entry.id, by_id=by.id, at=now)
        if session.execute(new.returning(SupplyUndone.entry_id)).first() is None:
            continue
        gone += 1
        due_work.put_off(session, WorkKind.REFILL, entry.regimen_id, now)
    if gone:
        audit.note(
            session,
            actor=by.public_id,
            action="supply.undone",
            now=now,
            patient=order.patient.public_id,
            order=order.public_id,
        )
    return gone
