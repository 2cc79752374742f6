"""Placing an order: what may be ordered, and the rows that make it durable before anybody says that it is.

An order never says more than a doctor did: it points to the revision in force, and a medicine of which nobody may be
told an amount (a change waits to be confirmed, or was taken back) is not ordered until that is settled.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, in_force, must_check_first
from companion.db import rows_changed
from companion.errors import BadInput
from companion.programme.orders.agreeing import has_agreed
from companion.programme.orders.order_life import ON_ITS_WAY, OrderState
from companion.programme.orders.order_models import MedicineOrder, OrderLine
from companion.programme.orders.pharmacy_models import Pharmacy, PharmacyArea
from companion.programme.orders.prices import cost_at
from companion.programme.orders.promises import promised_by
from companion.programme.orders.urgent_kinds import is_life_saving
from companion.sealing.columns import SealedColumn, opened, sealer

ADDRESS = SealedColumn("medicine_order", "address", whose="patient_id", row="public_id", left="")
LONGEST_ADDRESS = 300
MOST_PIECES = 10_000


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Asked:
    """One medicine as the refill list asks for it. `pieces` 0: nobody knows how many, so one pack."""

    regimen: Regimen
    pieces: int
    piece: str
    packs: int | None


@dataclass(frozen=True)
class NewOrder:
    """`key`: one for each form that was shown; the same again is the same order."""

    pharmacy: Pharmacy
    area: str
    address: str
    asked: Sequence[Asked]
    key: str


class Hindrance(StrEnum):
    """Why a medicine cannot be ordered now."""

    NOT_TAKEN = "not_taken"
    CHANGES = "changes"  # nobody may be told an amount of it
    ON_ITS_WAY = "on_its_way"


def hindrance(session: Session, regimen: Regimen, now: datetime) -> Hindrance | None:
    if regimen.stopped_at is not None or in_force(regimen, now) is None:
        return Hindrance.NOT_TAKEN
    if must_check_first(regimen):
        return Hindrance.CHANGES
    return Hindrance.ON_ITS_WAY if is_on_its_way(session, regimen.id) else None


def is_on_its_way(session: Session, regimen_id: int) -> bool:
    query = select(OrderLine.id).join(MedicineOrder, MedicineOrder.id == OrderLine.order_id)
    running = MedicineOrder.state.in_([state.value for state in ON_ITS_WAY])
    return session.scalar(query.where(OrderLine.regimen_id == regimen_id, running).limit(1)) is not None


def place(session: Session, patient: Person, new: NewOrder, *, by: Person, now: datetime) -> tuple[MedicineOrder, bool]:
    """The order, and whether it is new: the same key gives the same order. Raises BadInput naming the field."""
    # One at a time: two taps at once would both find nothing on its way.
    session.get_one(Person, patient.id, with_for_update={"key_share": True}, populate_existing=True)
    key = f"{patient.id}:{new.key}"
    known = session.scalar(select(MedicineOrder).where(MedicineOrder.unique_key == key))
    if known is not None:
        return known, False
    area = _checked(session, patient, new, now)
    order = _order(session, patient, new, area, key, by, now)
    session.add(order)
    session.flush()
    due_work.put_off(session, work_kind(order), order.id, now)
    return order, True


def work_kind(order: MedicineOrder) -> WorkKind:
    """Urgent orders are a kind of their own: they are looked at before any other."""
    return WorkKind.URGENT_ORDER if order.is_urgent else WorkKind.ORDER


def _checked(session: Session, patient: Person, new: NewOrder, now: datetime) -> PharmacyArea:
    if not 1 <= len(new.key) <= 60:
        raise BadInput("is not 1 to 60 characters", where="key")
    if not new.pharmacy.is_open:
        raise BadInput(_("takes no orders now"), where="pharmacy", advice=_("choose another one"))
    if not has_agreed(session, patient.id, new.pharmacy.id):
        raise BadInput(_("may not be told anything yet"), where="pharmacy", advice=_("agree first"))
    if not 5 <= len(new.address.strip()) <= LONGEST_ADDRESS:
        raise BadInput(
            _("is needed"), where="address", advice=_("write where it is to be brought, 5 to 300 characters")
        )
    for asked in new.asked:
        _check_line(session, patient, asked, now)
    if not new.asked or len({asked.regimen.id for asked in new.asked}) < len(new.asked):
        raise BadInput(_("is needed"), where="medicines", advice=_("tick each medicine that you want once"))
    area = next((area for area in new.pharmacy.areas if area.name == new.area), None)
    if area is None:
        raise BadInput(_("is not where this pharmacy delivers"), where="area", advice=_("choose one of the list"))
    return area


def _check_line(session: Session, patient: Person, asked: Asked, now: datetime) -> None:
    if asked.regimen.patient_id != patient.id:
        raise BadInput(_("is no medicine of yours"), where="medicines")
    if hindrance(session, asked.regimen, now) is not None:
        advice = _("it is not taken, its amount is about to change, or it is ordered already")
        raise BadInput(_("cannot be ordered now"), where="medicines", advice=advice)
    if not (0 <= asked.pieces <= MOST_PIECES and (asked.pieces > 0 or asked.packs)):
        raise BadInput(_("is no amount to order"), where="medicines", advice=_("ask the clinic"))


def _order(
    session: Session, patient: Person, new: NewOrder, area: PharmacyArea, key: str, by: Person, now: datetime
) -> MedicineOrder:
    lines = [_line(asked, now) for asked in new.asked]
    is_urgent = any(line.is_urgent for line in lines)
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    cost = cost_at(session, new.pharmacy.id, [(a.regimen.drug, a.piece, a.pieces) for a in new.asked], today)
    public_id = f"or_{secrets.token_hex(8)}"
    return MedicineOrder(
        public_id=public_id,
        unique_key=key,
        patient_id=patient.id,
        pharmacy_id=new.pharmacy.id,
        area=area.name,
        is_urgent=is_urgent,
        state=OrderState.PLACED.value,
        state_at=now,
        placed_at=now,
        placed_by=by.id,
        promised_by=promised_by(now, area.urgent_hours, area.usual_hours, is_urgent=is_urgent),
        sealed=sealer(session.connection(), ADDRESS, patient.id, now)(public_id, new.address.strip()),
        value=cost.price if cost else None,
        currency=cost.currency if cost else None,
        lines=lines,
    )


def _line(asked: Asked, now: datetime) -> OrderLine:
    regimen, held = asked.regimen, in_force(asked.regimen, now)
    assert held is not None, "that was looked at before"
    is_urgent = is_life_saving(regimen.drug, regimen.drug_class, is_critical=regimen.is_critical)
    counted = {"pieces": asked.pieces, "piece": asked.piece, "packs": asked.packs}
    return OrderLine(regimen_id=regimen.id, revision_id=held.id, is_urgent=is_urgent, **counted)


def cancel(session: Session, order: MedicineOrder, now: datetime) -> None:
    """Before anybody tried to hand it over. Raises BadInput after that: then the pharmacy may have it."""
    unsent = MedicineOrder.state == OrderState.PLACED.value, MedicineOrder.tries == 0
    gone = update(MedicineOrder).where(MedicineOrder.id == order.id, *unsent)
    gone = gone.values(state=OrderState.CANCELLED.value, state_at=now, why="taken_back")
    if not rows_changed(session.execute(gone.execution_options(synchronize_session=False))):
        raise BadInput(_("is at the pharmacy, or on its way there"), where="order", advice=_("call the pharmacy"))
    due_work.finish(session, work_kind(order), order.id)
    session.refresh(order)


def address_of(session: Session, order: MedicineOrder) -> str:
    """Where it is to be brought. Raises BrokenSealError, Unavailable."""
    (address,) = opened(session.connection(), ADDRESS, [order])
    return address.decode()
