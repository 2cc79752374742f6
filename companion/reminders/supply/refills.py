"""Asking for more in time: the look at each medicine's packs, the list for the pharmacy, and the request."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.consent import hearing_of_refills
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, active_regimens, in_force
from companion.care.tasks import Task, TaskKind, add_task
from companion.clock import to_ms
from companion.db import writing
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue
from companion.reminders.supply.stock import EntryKind, Stock
from companion.reminders.supply.supply_models import Supply, SupplyEntry, stands
from companion.reminders.supply.supply_state import coming_need, stock_of, supply_of

BATCH = 500
LOOKED_AT = time(10)
"""Each medicine's packs are looked at every day at this local time, and after every entry."""
TOLD_FROM, TOLD_UNTIL = time(8), time(20)
"""Nobody is woken for a refill: what is seen at night is told at the next look."""
MESSAGE_VALID_FOR = timedelta(hours=48)
LISTED_DAYS = 30
"""What the list asks for: enough for so many days."""
REQUEST_DUE = timedelta(days=2)


# The look of the heartbeat


def look_at_supplies(engine: Engine, now: datetime) -> int:
    """Looks at the packs whose turn it is; tells at how many."""

    def look(regimen_id: int) -> None:
        with writing(engine) as session:
            look_at_supply(session, regimen_id, now)

    return due_work.one_by_one(engine, WorkKind.REFILL, now, BATCH, look)


def look_at_supply(session: Session, regimen_id: int, now: datetime) -> None:
    """Tells of a refill when the reorder point is crossed, once per crossing."""
    supply = session.scalar(select(Supply).where(Supply.regimen_id == regimen_id).with_for_update())
    regimen = session.get_one(Regimen, regimen_id)
    if supply is None or regimen.stopped_at is not None:
        due_work.finish(session, WorkKind.REFILL, regimen_id)
        return
    patient = session.get_one(Person, regimen.patient_id)
    local = now.astimezone(ZoneInfo(patient.zone))
    if not stock_of(session, regimen, patient.zone, now).is_low:
        supply.low_since = None
    elif supply.low_since is None and TOLD_FROM <= local.time() < TOLD_UNTIL:
        supply.low_since = now
        _tell(session, patient, local, now)
    due_work.put_off(session, WorkKind.REFILL, regimen_id, _next_look(local).astimezone(now.tzinfo))


def _next_look(local: datetime) -> datetime:
    days = 0 if local.time() < LOOKED_AT else 1
    return datetime.combine(local.date() + timedelta(days=days), LOOKED_AT, local.tzinfo)


def _tell(session: Session, patient: Person, local: datetime, now: datetime) -> None:
    """One message a person and day, however many medicines run low on it."""
    for recipient_id in recipients(session, patient.id, now):
        enqueue(
            session,
            unique_key=f"refill:{patient.id}:{local.date()}:{recipient_id}",
            purpose=Purpose.REFILL,
            recipient_id=recipient_id,
            patient_id=patient.id,
            params={},
            now=now,
            expires_at=now + MESSAGE_VALID_FOR,
        )


def recipients(session: Session, patient_id: int, now: datetime) -> list[int]:
    """Who hears of refills: the patient, and the caregivers whom the patient lets hear of them."""
    return [patient_id, *hearing_of_refills(session, patient_id, now)]


def who_is_low(session: Session, patient_ids: Collection[int]) -> set[int]:
    """The patients of whom a running medicine is known to be low: of others there is nothing to tell any more."""
    query = (
        select(Regimen.patient_id)
        .join(Supply, Supply.regimen_id == Regimen.id)
        .where(Regimen.patient_id.in_(patient_ids), Regimen.stopped_at.is_(None), Supply.low_since.is_not(None))
    )
    return set(session.scalars(query))


# The list


@dataclass(frozen=True)
class RefillLine:
    """One medicine of the list. `pieces`: what it takes in LISTED_DAYS, in whole pieces; `packs`: as the last ones."""

    regimen: Regimen
    supply: Supply | None
    stock: Stock
    pieces: int
    packs: int | None

    @property
    def piece(self) -> str:
        return self.supply.piece if self.supply else self.regimen.unit

    def in_pieces(self, amount: Decimal) -> Decimal:
        return self.supply.pieces(amount) if self.supply else amount


def refill_list(session: Session, patient: Person, now: datetime) -> list[RefillLine]:
    """Every medicine in force, what there is of it, and what to ask for."""
    return [
        line_of(session, regimen, patient.zone, now)
        for regimen in active_regimens(session, patient.id)
        if in_force(regimen, now) is not None
    ]


def line_of(session: Session, regimen: Regimen, zone: str, now: datetime) -> RefillLine:
    supply = supply_of(session, regimen)
    found = stock_of(session, regimen, zone, now)
    need = coming_need(session, regimen, found, zone, now, LISTED_DAYS)
    pieces = _up(supply.pieces(need) if supply else need)
    size = last_pack_size(session, regimen)
    return RefillLine(regimen, supply, found, pieces, _up(pieces / size) if size else None)


def last_pack_size(session: Session, regimen: Regimen) -> Decimal | None:
    """How many pieces a pack held that came last; None: nobody noted it."""
    return session.scalar(
        select(SupplyEntry.pack_size)
        .where(
            SupplyEntry.regimen_id == regimen.id,
            SupplyEntry.kind == EntryKind.RECEIVED.value,
            stands(),
        )
        .order_by(SupplyEntry.at.desc(), SupplyEntry.id.desc())
        .limit(1)
    )


def _up(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))


# The request


def open_request(session: Session, patient_id: int) -> Task | None:
    """The request that the clinic has not dealt with yet."""
    query = select(Task).where(
        Task.patient_id == patient_id, Task.kind == TaskKind.REFILL_REQUEST.value, Task.done_at.is_(None)
    )
    return session.scalar(query.order_by(Task.id))


def request_refill(session: Session, patient: Person, lines: Iterable[RefillLine], now: datetime) -> bool:
    """Puts the list before the clinic, unless a request is open: that one stands. Tells whether it is new."""
    # One at a time: two taps at once would both find none open.
    session.get_one(Person, patient.id, with_for_update={"key_share": True}, populate_existing=True)
    if open_request(session, patient.id) is not None:
        return False
    asked = [
        {"regimen": line.regimen.public_id, "pieces": line.pieces, "piece": line.piece, "packs": line.packs}
        for line in lines
    ]
    return add_task(
        session,
        unique_key=f"{TaskKind.REFILL_REQUEST.value}:{patient.id}:{to_ms(now)}",
        kind=TaskKind.REFILL_REQUEST,
        patient_id=patient.id,
        now=now,
        due_at=now + REQUEST_DUE,
        details={"lines": asked, "days": LISTED_DAYS},
    )
