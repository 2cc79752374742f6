"""Orders to pharmacies, what these told of them, and what the patient said to their learning of her."""

from collections.abc import Iterator

from sqlalchemy import select

from companion.care.regimens import Regimen
from companion.exporting.rows import Row, found, local, local_and_utc
from companion.exporting.subject import Subject
from companion.programme.orders.agreeing import said_to_pharmacies
from companion.programme.orders.order_models import MedicineOrder, OrderEvent, OrderLine
from companion.programme.orders.pharmacy_models import Pharmacy
from companion.programme.orders.placing import address_of


def orders(subject: Subject) -> Iterator[Row]:
    """A row for each medicine of an order."""
    query = (
        select(MedicineOrder, OrderLine, Pharmacy.name, Regimen.public_id, Regimen.drug)
        .join(OrderLine, OrderLine.order_id == MedicineOrder.id)
        .join(Pharmacy, Pharmacy.id == MedicineOrder.pharmacy_id)
        .join(Regimen, Regimen.id == OrderLine.regimen_id)
        .where(MedicineOrder.patient_id == subject.patient.id)
        .order_by(MedicineOrder.id, OrderLine.id)
    )
    for order, line, pharmacy, medicine, drug in subject.session.execute(query):
        yield (
            order.public_id, *local_and_utc(order.placed_at, subject), subject.names.of(order.placed_by), pharmacy,
            medicine, drug, line.pieces, line.piece, line.packs, order.is_urgent, order.area,
            address_of(subject.session, order), order.state, order.why, local(order.promised_by, subject),
            local(order.delivered_at, subject), order.value, order.currency,
        )  # fmt: skip


def order_events(subject: Subject) -> Iterator[Row]:
    query = (
        select(OrderEvent, MedicineOrder.public_id)
        .join(MedicineOrder, MedicineOrder.id == OrderEvent.order_id)
        .where(MedicineOrder.patient_id == subject.patient.id)
        .order_by(OrderEvent.id)
    )
    for event, order in found(subject, query):
        yield order, event.event, *local_and_utc(event.at, subject), local(event.received_at, subject), event.is_applied


def pharmacy_consents(subject: Subject) -> Iterator[Row]:
    for row in said_to_pharmacies(subject.session, subject.patient.id):
        by = subject.names.of(row.noted_by)
        yield row.pharmacy.name, row.is_agreed, row.text, row.text_version, by, *local_and_utc(row.at, subject)
