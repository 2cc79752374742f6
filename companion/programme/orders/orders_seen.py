"""Orders as pages and reports look at them."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from companion.programme.orders.order_life import ON_ITS_WAY, OrderState
from companion.programme.orders.order_models import MedicineOrder, OrderEvent
from companion.programme.orders.promises import OnTime, Promise, on_time

SHOWN = 50


def orders_of(session: Session, patient_id: int) -> Sequence[MedicineOrder]:
    """The newest first."""
    query = (
        select(MedicineOrder).where(MedicineOrder.patient_id == patient_id).options(joinedload(MedicineOrder.pharmacy))
    )
    return session.scalars(query.order_by(MedicineOrder.id.desc()).limit(SHOWN)).all()


def find_order(session: Session, patient_id: int, public_id: str) -> MedicineOrder | None:
    """None for somebody else's, too."""
    whose = MedicineOrder.public_id == public_id, MedicineOrder.patient_id == patient_id
    return session.scalar(select(MedicineOrder).where(*whose).options(joinedload(MedicineOrder.pharmacy)))


def running_orders(session: Session, whose: Callable[[Any], ColumnElement[bool]]) -> Sequence[MedicineOrder]:
    """What is on its way for those patients: urgent ones first, then by what is promised."""
    running = MedicineOrder.state.in_([state.value for state in ON_ITS_WAY])
    query = select(MedicineOrder).where(running, whose(MedicineOrder.patient_id))
    query = query.options(joinedload(MedicineOrder.pharmacy), joinedload(MedicineOrder.patient))
    return session.scalars(query.order_by(MedicineOrder.is_urgent.desc(), MedicineOrder.promised_by)).all()


def events_of(session: Session, order_ids: Collection[int]) -> Sequence[OrderEvent]:
    """What the pharmacies told, in the order in which it came."""
    return session.scalars(select(OrderEvent).where(OrderEvent.order_id.in_(order_ids)).order_by(OrderEvent.id)).all()


def on_time_of(session: Session, pharmacy_id: int, since: datetime, now: datetime, *, is_urgent: bool) -> OnTime:
    """promises.py says what counts."""
    query = select(MedicineOrder.promised_by, MedicineOrder.state, MedicineOrder.delivered_at).where(
        MedicineOrder.pharmacy_id == pharmacy_id,
        MedicineOrder.is_urgent.is_(is_urgent),
        MedicineOrder.promised_by.between(since, now),
    )
    rows = session.execute(query)
    return on_time((Promise(by, OrderState(state), delivered) for by, state, delivered in rows), since, now)
