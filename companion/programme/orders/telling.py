"""The patient hears how an order gets on: each piece of news once, and never what is in it unless they chose so."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from companion.messages.models import Purpose
from companion.messages.outbox import enqueue
from companion.messages.wording.orders import OrderNews
from companion.programme.orders.order_life import OrderState
from companion.programme.orders.order_models import MedicineOrder

VALID_FOR = timedelta(hours=48)
NEWS_OF = {
    OrderState.HANDED_OVER: OrderNews.RECEIVED,
    OrderState.ACCEPTED: OrderNews.RECEIVED,
    OrderState.PACKED: OrderNews.RECEIVED,
    OrderState.SENT: OrderNews.ON_ITS_WAY,
    OrderState.DELIVERED: OrderNews.DELIVERED,
    OrderState.FAILED: OrderNews.PROBLEM,
    OrderState.CANCELLED: OrderNews.PROBLEM,
}


def tell_patient(session: Session, order: MedicineOrder, news: OrderNews, now: datetime) -> None:
    """By the ways and at the hours that they agreed to for their packs; nobody whose care has ended."""
    if order.patient.left_at is not None:
        return
    enqueue(
        session,
        unique_key=f"order:{order.public_id}:{news.value}",
        purpose=Purpose.ORDER,
        recipient_id=order.patient_id,
        patient_id=order.patient_id,
        params={"order": order.public_id, "news": news.value},
        now=now,
        expires_at=now + VALID_FOR,
    )
