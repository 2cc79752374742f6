"""Handing orders to pharmacies: urgent ones first, again until somebody takes them or it is too late.

The order of each try is fixed: it is noted and committed before the pharmacy is asked, so a process that dies loses
nothing; and it can ask twice for one order, which the pharmacy knows by its id.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.regimens import in_force, must_check_first
from companion.care.tasks import TaskKind, add_task
from companion.clock import Clock
from companion.crash_points import Point, reached
from companion.db import writing
from companion.messages.wording.orders import OrderNews
from companion.programme.orders.agreeing import has_agreed
from companion.programme.orders.handing_rules import (
    Outcome,
    give_up_after,
    see_to_within,
    tell_after,
    wait_after,
)
from companion.programme.orders.order_life import OVER, OrderState
from companion.programme.orders.order_models import MedicineOrder, OrderLine
from companion.programme.orders.pharmacies import secret_of
from companion.programme.orders.placing import work_kind
from companion.programme.orders.signing import headers
from companion.programme.orders.telling import NEWS_OF, tell_patient

log = structlog.get_logger()

AT_ONCE = 4
"""Orders of one claim: tries of ten seconds each end before its lease does."""
MOST_OF_A_TURN = 40
CONTENT_TYPE = "application/fhir+json"

Body = Callable[[Session, MedicineOrder], bytes]
"""What the pharmacy gets to read."""
Post = Callable[[str, Mapping[str, str], bytes], Outcome]
"""Sends it to that address, within ten seconds."""


class Try(NamedTuple):
    """One order on its way out."""

    order_id: int
    url: str
    public_id: str
    secret: bytes
    body: bytes


def hand_over_orders(engine: Engine, body: Body, post: Post, clock: Clock) -> int:
    """One turn: what is due is tried, urgent orders first; tells how many were looked at."""
    looked_at = 0
    for kind in (WorkKind.URGENT_ORDER, WorkKind.ORDER):
        while looked_at < MOST_OF_A_TURN:
            n = due_work.one_by_one(
                engine, kind, clock(), AT_ONCE, lambda order_id: _look(engine, order_id, body, post, clock)
            )
            looked_at += n
            if n < AT_ONCE:
                break
    return looked_at


def _look(engine: Engine, order_id: int, body: Body, post: Post, clock: Clock) -> None:
    with writing(engine) as session:
        trying = _begin(session, order_id, body, clock())
    if trying is None:
        return
    reached(Point.ORDER_BEFORE_SEND)
    sent = {"Content-Type": CONTENT_TYPE, "Idempotency-Key": trying.public_id}
    sent |= headers(trying.secret, trying.public_id, clock(), trying.body)
    outcome = post(trying.url, sent, trying.body)
    reached(Point.ORDER_AFTER_SEND)
    with writing(engine) as session:
        _end(session, trying.order_id, outcome, clock())


def _held(session: Session, order_id: int) -> MedicineOrder:
    return session.get_one(MedicineOrder, order_id, with_for_update={"of": MedicineOrder}, populate_existing=True)


def _begin(session: Session, order_id: int, body: Body, now: datetime) -> Try | None:
    """Notes the try; None where there is nothing to send."""
    order = _held(session, order_id)
    if order.state != OrderState.PLACED:
        _look_at_promise(session, order, now)
        return None
    stop = _why_not(session, order, now)
    if stop and order.tries:
        # An earlier try may have arrived, whatever was heard of it: somebody has to call there.
        _end_here(session, order, OrderState.FAILED, "maybe_sent", now)
        return None
    if stop:
        _end_here(session, order, OrderState.CANCELLED, stop, now)
        return None
    order.tries, order.tried_at = order.tries + 1, now
    made = body(session, order)
    return Try(order.id, order.pharmacy.url, order.public_id, secret_of(session, order.pharmacy), made)


def _why_not(session: Session, order: MedicineOrder, now: datetime) -> str:
    """What became true since it was placed, and forbids to send it."""
    if order.patient.left_at is not None:
        return "care_ended"
    if not has_agreed(session, order.patient_id, order.pharmacy_id):
        return "no_consent"
    return "" if all(_is_as_prescribed(line, now) for line in order.lines) else "prescription_changed"


def _is_as_prescribed(line: OrderLine, now: datetime) -> bool:
    held = in_force(line.regimen, now)
    same = held is not None and held.id == line.revision_id and line.regimen.stopped_at is None
    return same and not must_check_first(line.regimen)


def _end(session: Session, order_id: int, outcome: Outcome, now: datetime) -> None:
    order = _held(session, order_id)
    if order.state != OrderState.PLACED:
        # An event came meanwhile, or another process was first: it knows better.
        due_work.put_off(session, work_kind(order), order.id, max(now, order.promised_by))
    elif outcome is Outcome.TAKEN:
        taken = {"state": OrderState.HANDED_OVER.value, "state_at": now, "handed_at": now}
        session.execute(update(MedicineOrder).where(MedicineOrder.id == order.id).values(**taken))
        tell_patient(session, order, OrderNews.RECEIVED, now)
        due_work.put_off(session, work_kind(order), order.id, order.promised_by)
    elif outcome is Outcome.REFUSED or now - order.placed_at >= give_up_after(is_urgent=order.is_urgent):
        why = "refused" if outcome is Outcome.REFUSED else "not_reached"
        _end_here(session, order, OrderState.FAILED, why, now)
    else:
        if now - order.placed_at >= tell_after(is_urgent=order.is_urgent):
            tell_clinic(session, order, "waits", now)
        due_work.put_off(session, work_kind(order), order.id, now + wait_after(order.tries))


def _end_here(session: Session, order: MedicineOrder, state: OrderState, why: str, now: datetime) -> None:
    order.state, order.state_at, order.why = state.value, now, why
    session.flush()
    due_work.finish(session, work_kind(order), order.id)
    tell_clinic(session, order, why, now)
    tell_patient(session, order, NEWS_OF[state], now)


def _look_at_promise(session: Session, order: MedicineOrder, now: datetime) -> None:
    """What is not there by the promised instant is told once, to the clinic and the patient."""
    if order.state not in OVER and now < order.promised_by:
        due_work.put_off(session, work_kind(order), order.id, order.promised_by)
        return
    if order.state not in OVER:
        tell_clinic(session, order, "late", now)
        tell_patient(session, order, OrderNews.DELAYED, now)
    due_work.finish(session, work_kind(order), order.id)


def tell_clinic(session: Session, order: MedicineOrder, why: str, now: datetime) -> None:
    """A task, once for each trouble of an order."""
    if order.patient.left_at is not None:
        return
    add_task(
        session,
        unique_key=f"{TaskKind.ORDER_TROUBLE.value}:{order.public_id}:{why}",
        kind=TaskKind.ORDER_TROUBLE,
        patient_id=order.patient_id,
        now=now,
        due_at=now + see_to_within(is_urgent=order.is_urgent),
        details={"order": order.public_id, "why": why, "is_urgent": order.is_urgent},
    )
