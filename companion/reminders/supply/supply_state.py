"""What follows from the ledger of packs and the answers: how much there is, until when, and the fills."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.regimens import Regimen, in_force
from companion.reminders.doses.dose_state import LATE_LOG, MISSED, OPEN, DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.schedules.pauses import standing
from companion.reminders.schedules.schedule_models import AsNeededIntake
from companion.reminders.supply import stock
from companion.reminders.supply.fills import Fill
from companion.reminders.supply.needs import has_timetable, lasts_days, needs
from companion.reminders.supply.stock import USE_WINDOWS, Answers, Entry, EntryKind, Need, Stock, Use
from companion.reminders.supply.supply_models import Supply, SupplyEntry, stands


def supply_of(session: Session, regimen: Regimen) -> Supply | None:
    """How the medicine's packs are counted, if anybody said."""
    return session.scalar(select(Supply).where(Supply.regimen_id == regimen.id))


def entries_of(session: Session, regimen: Regimen) -> list[SupplyEntry]:
    """The ledger, the oldest line first; what was taken out again is left out."""
    query = select(SupplyEntry).where(SupplyEntry.regimen_id == regimen.id, stands())
    return list(session.scalars(query.order_by(SupplyEntry.at, SupplyEntry.id)))


def stock_of(session: Session, regimen: Regimen, zone: str, now: datetime) -> Stock:
    """What there should be of the medicine, until when, and what speaks against believing it."""
    supply = supply_of(session, regimen)
    rows = entries_of(session, regimen)
    entries = [_entry(row) for row in rows]
    known_at = stock.known_since(entries, now)
    longest = now - timedelta(days=max(USE_WINDOWS))
    uses = uses_of(session, regimen, min(known_at or now, longest))
    amount = stock.on_hand(entries, uses, now)
    today = now.astimezone(ZoneInfo(zone)).date()
    begun = _begun(regimen)
    a_day = stock.used_a_day(uses, begun, now) if begun else None
    by_use = None if amount is None else stock.run_out_by_use(amount, a_day, today)
    ends = _run_out(session, regimen, amount, by_use, zone, now)
    margin = timedelta(days=supply.lead_days + supply.safety_days) if supply else timedelta()
    return Stock(
        amount=amount,
        run_out_on=ends,
        run_out_by_use_on=by_use,
        used_a_day=a_day,
        reorder_on=None if ends is None else ends - margin,
        doubts=stock.doubts_about(
            amount,
            known_at,
            _answers(session, regimen, now),
            may_have_expired=_may_have_expired(rows, amount, today),
            now=now,
        ),
        looked_on=today,
    )


def _run_out(
    session: Session, regimen: Regimen, amount: Decimal | None, by_use: date | None, zone: str, now: datetime
) -> date | None:
    """By the timetable where there is one, else by actual use."""
    revision = in_force(regimen, now)
    if amount is None or regimen.stopped_at is not None:
        return None
    if revision is not None and not has_timetable(revision):
        return by_use
    today = now.astimezone(ZoneInfo(zone)).date()
    waiting = [Need(today, dose.amount) for dose in _open_doses(session, regimen, now)]
    return stock.run_out_on(amount, chain(waiting, needs(regimen, standing(session, regimen.id), zone, now)))


def coming_need(session: Session, regimen: Regimen, found: Stock, zone: str, now: datetime, days: int) -> Decimal:
    """What the medicine takes in so many days: by its timetable, else as much as of late; 0 where nothing is known."""
    revision = in_force(regimen, now)
    if revision is None or has_timetable(revision):
        coming = needs(regimen, standing(session, regimen.id), zone, now, days)
        return sum((need.amount for need in coming), Decimal(0))
    return (found.used_a_day or Decimal(0)) * days


def fills_of(session: Session, regimen: Regimen, zone: str) -> list[Fill]:
    """The packs received as fills: how long each would last as prescribed on its day. Without a timetable: none."""
    found = []
    for row in entries_of(session, regimen):
        revision = in_force(regimen, row.at) if row.kind == EntryKind.RECEIVED else None
        days = lasts_days(revision, zone, row.amount, row.at) if revision else None
        if days is not None:
            found.append(Fill(row.at.astimezone(ZoneInfo(zone)).date(), days))
    return found


def uses_of(session: Session, regimen: Regimen, since: datetime) -> list[Use]:
    """Every intake since then, and some before: doses answered "taken" and intakes as needed, with what was really
    taken."""
    doses = session.execute(
        select(Dose.taken_at, Dose.answered_at, Dose.due_at, Dose.amount_taken, Dose.amount).where(
            Dose.regimen_id == regimen.id, Dose.state == DoseState.TAKEN.value, Dose.due_at > since - LATE_LOG
        )
    )
    as_needed = session.execute(
        select(AsNeededIntake.taken_at, AsNeededIntake.amount).where(
            AsNeededIntake.regimen_id == regimen.id,
            AsNeededIntake.undone_at.is_(None),
            AsNeededIntake.taken_at > since,
        )
    )
    taken = [
        Use(taken_at or answered_at or due_at, amount if amount_taken is None else amount_taken)
        for taken_at, answered_at, due_at, amount_taken, amount in doses
    ]
    return taken + [Use(at, amount) for at, amount in as_needed]


def amount_at(session: Session, regimen: Regimen, now: datetime) -> Decimal | None:
    """What the ledger and the answers said there was at that instant."""
    entries = [_entry(row) for row in entries_of(session, regimen)]
    known_at = stock.known_since(entries, now)
    return None if known_at is None else stock.on_hand(entries, uses_of(session, regimen, known_at), now)


def _entry(row: SupplyEntry) -> Entry:
    return Entry(row.at, EntryKind(row.kind), row.amount)


def _begun(regimen: Regimen) -> datetime | None:
    """Since when the medicine is taken, as far as is known: its doses are answered since it was entered."""
    effective = [revision.effective_at for revision in regimen.revisions if revision.effective_at is not None]
    return max(min(effective), regimen.created_at) if effective else None


def _open_doses(session: Session, regimen: Regimen, now: datetime) -> list[Dose]:
    """Doses whose time has come and that may still be taken."""
    query = select(Dose).where(
        Dose.regimen_id == regimen.id,
        Dose.state.in_([state.value for state in OPEN]),
        Dose.due_at < now,
        Dose.window_ends_at >= now,
    )
    return list(session.scalars(query))


def _answers(session: Session, regimen: Regimen, now: datetime) -> Answers:
    """Of the doses of the last four weeks that are over."""
    since = now - timedelta(days=max(USE_WINDOWS))
    states = list(
        session.scalars(
            select(Dose.state).where(Dose.regimen_id == regimen.id, Dose.due_at > since, Dose.due_at <= now)
        )
    )
    unanswered = sum(state in MISSED for state in states)
    answered = sum(state in (DoseState.TAKEN, DoseState.SKIPPED) for state in states)
    return Answers(unanswered, unanswered + answered)


def _may_have_expired(rows: list[SupplyEntry], amount: Decimal | None, today: date) -> bool:
    received = [(row.amount, row.expires_on) for row in reversed(rows) if row.kind == EntryKind.RECEIVED]
    expiry = stock.oldest_expiry(received, amount or Decimal(0))
    return expiry is not None and expiry < today
