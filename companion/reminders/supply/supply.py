"""Noting what came and what went of a medicine's packs, and how they are counted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import UNITS, Regimen
from companion.errors import BadInput
from companion.messages.unique import insert_unless_known
from companion.reminders.supply.stock import LEAD_DAYS, SAFETY_DAYS, EntryKind
from companion.reminders.supply.supply_models import Supply, SupplyEntry
from companion.reminders.supply.supply_state import amount_at, supply_of
from companion.sealing.texts import seal_text

MOST_PIECES = Decimal(100_000)
BACK_DATED_AT_MOST = timedelta(days=366)
LONGEST_REASON = 200


@dataclass(frozen=True)
class NewEntry:
    """What somebody says came, went, or is there. `pieces`: as the packs are counted; a count's may be 0."""

    kind: EntryKind
    pieces: Decimal
    at: datetime
    key: str
    reason: str = ""
    packs: int | None = None
    pack_size: Decimal | None = None
    expires_on: date | None = None


def set_up(
    session: Session,
    regimen: Regimen,
    *,
    piece: str | None = None,
    per_piece: Decimal | None = None,
    lead_days: int | None = None,
    safety_days: int | None = None,
) -> Supply:
    """Says how packs are counted and when more is asked for; what is None stays. Raises BadInput naming the field."""
    if piece is not None and piece not in UNITS:
        raise BadInput(f"{piece!r} is not known", where="piece", advice=f"choose one of {', '.join(UNITS)}")
    if per_piece is not None and not (per_piece.is_finite() and 0 < per_piece <= MOST_PIECES):
        raise BadInput("is not above 0", where="per_piece", advice="write how much one piece holds")
    for name, days in (("lead_days", lead_days), ("safety_days", safety_days)):
        if days is not None and not 0 <= days <= 90:
            raise BadInput("is not between 0 and 90 days", where=name)
    supply = _get_supply(session, regimen)
    given = {"piece": piece, "per_piece": per_piece, "lead_days": lead_days, "safety_days": safety_days}
    for name, value in given.items():
        if value is not None:
            setattr(supply, name, value)
    session.flush()
    return supply


def _get_supply(session: Session, regimen: Regimen) -> Supply:
    """The medicine's supply, made if nobody did: as the dose is counted, with the usual days."""
    usual = {"piece": regimen.unit, "per_piece": Decimal(1), "lead_days": LEAD_DAYS, "safety_days": SAFETY_DAYS}
    new = insert_unless_known(session, Supply, "regimen_id").values(regimen_id=regimen.id, **usual)
    session.execute(new)
    return session.scalars(select(Supply).where(Supply.regimen_id == regimen.id)).one()


def note_entry(session: Session, regimen: Regimen, new: NewEntry, *, by: Person, now: datetime) -> bool:
    """Writes a line into the ledger, unless its key was used before; tells whether it is new. Raises BadInput.

    A count keeps what it found more or less than the ledger said.
    """
    _check(new, now)
    supply = supply_of(session, regimen) or set_up(session, regimen)
    amount = new.pieces * supply.per_piece
    before = amount_at(session, regimen, new.at) if new.kind is EntryKind.COUNTED else None
    values = {
        "unique_key": f"{regimen.id}:{new.key}",
        "regimen_id": regimen.id,
        "kind": new.kind.value,
        "amount": amount,
        "difference": None if before is None else amount - before,
        "packs": new.packs,
        "pack_size": new.pack_size,
        "expires_on": new.expires_on,
        "at": new.at,
        "by_id": by.id,
        "noted_at": now,
        "reason": seal_text(session, regimen.patient_id, SupplyEntry.reason, new.reason.strip(), now),
    }
    inserted = insert_unless_known(session, SupplyEntry, "unique_key").values(**values).returning(SupplyEntry.id)
    is_new = session.execute(inserted).first() is not None
    if is_new:
        due_work.put_off(session, WorkKind.REFILL, regimen.id, now)
    return is_new


def _check(new: NewEntry, now: datetime) -> None:
    least = "0 or more" if new.kind is EntryKind.COUNTED else "more than 0"
    is_amount = new.pieces.is_finite() and 0 <= new.pieces <= MOST_PIECES
    if not is_amount or (new.pieces == 0 and new.kind is not EntryKind.COUNTED):
        raise BadInput(f"is not {least}", where="pieces", advice="write how many there are")
    if new.at > now:
        raise BadInput("is in the future", where="on", advice="note it when it has happened")
    if new.at < now - BACK_DATED_AT_MOST:
        raise BadInput("is more than a year ago", where="on", advice="count what there is now instead")
    if len(new.reason.strip()) > LONGEST_REASON:
        raise BadInput(f"is longer than {LONGEST_REASON} characters", where="reason")
    if not 1 <= len(new.key) <= 60:
        raise BadInput("is not 1 to 60 characters", where="key")
