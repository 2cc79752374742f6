"""What a pharmacy tells of an order: read, kept once for each of its ids, and taken over where it leads further."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.tasks import TaskKind, close_tasks
from companion.errors import BadInput
from companion.messages.wording.orders import OrderNews
from companion.programme.orders.handing_over import tell_clinic
from companion.programme.orders.order_life import OrderState, TrackingEvent, after
from companion.programme.orders.order_models import MedicineOrder, OrderEvent
from companion.programme.orders.pharmacy_models import Pharmacy
from companion.programme.orders.telling import NEWS_OF, tell_patient

CLOCKS_DIFFER_BY = timedelta(minutes=5)
TROUBLES = {TrackingEvent.FAILED: "pharmacy", TrackingEvent.DELAYED: "delayed"}
"""What the clinic hears of, by its word there."""
FIELDS = frozenset({"order", "event", "at"})


class Told(NamedTuple):
    """One event. `event_id`: the pharmacy's own, the same whenever it tells it again."""

    event_id: str
    order: str
    event: TrackingEvent
    at: datetime
    body_sha256: str


class Verdict(StrEnum):
    """What a told event came to."""

    APPLIED = "applied"
    KNOWN = "known"  # told before
    CHANGES_NOTHING = "changes_nothing"  # late, or after the end


def read_event(event_id: str, body: bytes) -> Told:
    """Raises BadInput naming the field."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("is no JSON", where="body", advice="send one object with order, event and at") from None
    if not isinstance(told, dict):
        raise BadInput("is no object", where="body", advice="send one object with order, event and at")
    if unknown := sorted(told.keys() - FIELDS):
        raise BadInput("is not known", where=str(unknown[0])[:40], advice="send order, event and at only")
    texts = {name: _text(told, name) for name in sorted(FIELDS)}
    if texts["event"] not in set(TrackingEvent):
        raise BadInput("is no event", where="event", advice=f"send one of {', '.join(TrackingEvent)}")
    at = _instant(texts["at"])
    return Told(event_id, texts["order"], TrackingEvent(texts["event"]), at, hashlib.sha256(body).hexdigest())


def _text(told: Mapping[str, Any], name: str) -> str:
    text = told.get(name)
    if not isinstance(text, str) or not 1 <= len(text) <= 80 or not text.isprintable():
        raise BadInput("is missing, or no text", where=name, advice="send 1 to 80 characters")
    return text


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.utcoffset() is None:
        raise BadInput("is no instant", where="at", advice="send it like 2026-05-31T08:00:00Z")
    return at


def take_event(session: Session, pharmacy: Pharmacy, told: Told, now: datetime) -> Verdict:
    """Keeps it, and takes it over where it leads further. Raises BadInput for an order that the pharmacy does not have,
    an instant that cannot be, and an id that was used for another event."""
    query = select(MedicineOrder).where(MedicineOrder.public_id == told.order, MedicineOrder.pharmacy_id == pharmacy.id)
    order = session.scalar(query.with_for_update(of=MedicineOrder))
    if order is None or order.tries == 0:
        raise BadInput("is no order of yours", where="order", advice="send the id that the order came with")
    ours = OrderEvent.pharmacy_id == pharmacy.id, OrderEvent.event_id == told.event_id
    known = session.scalar(select(OrderEvent).where(*ours))
    if known is not None:
        if known.body_sha256 != told.body_sha256:
            raise BadInput("was used for another event", where="webhook-id", advice="take a new one for each event")
        return Verdict.KNOWN
    _check_instant(order, told, now)
    state = after(OrderState(order.state), told.event)
    event = {"event_id": told.event_id, "event": told.event.value, "body_sha256": told.body_sha256}
    session.add(
        OrderEvent(
            order_id=order.id,
            pharmacy_id=pharmacy.id,
            at=told.at,
            received_at=now,
            is_applied=state is not None,
            **event,
        )
    )
    if state is not None:
        _move_on(session, order, state, told.at, now)
        _tell(session, order, told.event, now)
    session.flush()
    return Verdict.APPLIED if state is not None else Verdict.CHANGES_NOTHING


def _check_instant(order: MedicineOrder, told: Told, now: datetime) -> None:
    if told.at > now + CLOCKS_DIFFER_BY:
        raise BadInput("is in the future", where="at", advice="tell it when it has happened")
    if told.at < order.placed_at - CLOCKS_DIFFER_BY:
        raise BadInput("is before the order", where="at", advice="look at your clock")


def _move_on(session: Session, order: MedicineOrder, state: OrderState, at: datetime, now: datetime) -> None:
    order.state, order.state_at = state.value, now
    order.handed_at = order.handed_at or now
    if state is OrderState.DELIVERED:
        order.delivered_at = min(at, now)
        close_tasks(session, order.patient_id, f"{TaskKind.ORDER_TROUBLE.value}:{order.public_id}", None, now)
    if state is OrderState.FAILED:
        order.why = "pharmacy"


def _tell(session: Session, order: MedicineOrder, event: TrackingEvent, now: datetime) -> None:
    """The patient of each step, the clinic of what needs somebody."""
    session.flush()
    if event in TROUBLES:
        tell_clinic(session, order, TROUBLES[event], now)
    is_late = event is TrackingEvent.DELAYED
    tell_patient(session, order, OrderNews.DELAYED if is_late else NEWS_OF[OrderState(order.state)], now)
