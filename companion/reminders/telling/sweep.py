"""What is due is looked at: reminders go to the outbox, unanswered doses become missed, caregivers hear of it.

Everything about a batch is one transaction, and its locks are the claim: killed at any line, the batch is due again
at once and nothing was told. The claim is under a lease all the same: PostgreSQL ends the transaction of a worker that
is silent for longer, and on SQLite another sweeper takes over (docs/decisions/0017).
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import LEASE, WorkKind
from companion.clock import to_ms
from companion.crash_points import Point, reached
from companion.db import reading, writing
from companion.messages.models import Message, MessageState
from companion.reminders.doses.dose_state import OPEN, DoseState
from companion.reminders.doses.models import Dose, DoseEvent
from companion.reminders.planning.planning_turns import plan_due
from companion.reminders.telling import alarms, sweeper
from companion.reminders.telling.at_once import Claimed, ask_who_hears, call, change, claim_doses
from companion.reminders.telling.repeats import look_for_other_ways, repeat

log = structlog.get_logger()

BATCH = 1000
"""Doses a transaction: SQLite's write lock is held for some hundredths of a second, and a kill costs little. Half as
many take a sixth longer in all: each transaction waits for the disk."""
REACHED = (MessageState.HANDED_OVER.value, MessageState.DELIVERED.value)


class Swept(NamedTuple):
    """What one sweep did."""

    reminded: int = 0
    missed: int = 0
    planned: int = 0


class _Row(NamedTuple):
    """A dose whose window is over."""

    id: int
    patient_id: int
    due_at: datetime
    reminders: int

    @property
    def keys(self) -> list[str]:
        """Of the reminders that said its time."""
        return [reminder_key(self.patient_id, self.due_at, number) for number in range(1, max(self.reminders, 1) + 1)]


def reminder_key(patient_id: int, due_at: datetime, number: int = 1) -> str:
    """One reminder for a patient and an instant, however many medicines are due then."""
    return f"due:{patient_id}:{to_ms(due_at)}:{number}"


def sweep(engine: Engine, now: datetime, ahead: timedelta, kinds: Collection[str] = ()) -> Swept:
    """Plans what needs planning, then works through every due dose, batch by batch.

    Any number of workers on PostgreSQL; on SQLite one, while the others stand by. `kinds`: of address that have a
    channel here, so that what nobody answers can be said by another.
    """
    if engine.dialect.name != "sqlite":
        return _sweep(engine, now, ahead, kinds, under_a_lease)
    owner = secrets.token_hex(8)
    with reading(engine) as session:
        if sweeper.is_somebody_elses(session, owner, now):
            return Swept()
    try:
        return _sweep(engine, now, ahead, kinds, partial(sweeper.take_turn, owner=owner, now=now))
    finally:
        with writing(engine) as session:
            sweeper.end_turn(session, owner)


def _sweep(
    engine: Engine, now: datetime, ahead: timedelta, kinds: Collection[str], claim: Callable[[Session], bool]
) -> Swept:
    planned = plan_due(engine, now, ahead, claim)
    reminded = missed = 0
    while True:
        with writing(engine) as session:
            claimed = claim_doses(session, now, BATCH) if claim(session) else []
            reached(Point.SWEEP_AFTER_CLAIM)
            waiting = [doses for doses in claimed if doses.state in OPEN]
            reminded += _remind(session, [doses for doses in waiting if not doses.is_over], kinds, now)
            missed += _miss(session, _ids(doses for doses in waiting if doses.is_over), now)
            over = _ids(doses for doses in claimed if doses.state not in OPEN)
            due_work.finish_many(session, WorkKind.DOSE, over)
        reached(Point.SWEEP_AFTER_COMMIT)
        if len(_ids(claimed)) < BATCH:
            break
    # Only now: whoever has to hear of several doses hears of them together.
    alarms.look_at_missed(engine, now, claim)
    return Swept(reminded, missed, planned)


def under_a_lease(session: Session, lease: timedelta = LEASE) -> bool:
    """The server itself ends the transaction, and with it the claim, of a worker that is silent for that long."""
    end = f"SET LOCAL idle_in_transaction_session_timeout = '{lease.seconds}s'"
    session.connection().exec_driver_sql(end)
    return True


def _remind(session: Session, doses: Sequence[Claimed], kinds: Collection[str], now: datetime) -> int:
    """Each patient gets one reminder for all that is due at one instant. A snoozed dose calls again, under a key of
    its own; a plain one only once, and what nobody answered as often as its medicine says."""
    first = _ids(each for each in doses if each.state == DoseState.PLANNED)
    again = _ids(each for each in doses if each.state == DoseState.SNOOZED)
    call(session, first, 1, now)
    call(session, again, to_ms(now), now)
    unanswered = _ids(each for each in doses if each.state == DoseState.DUE)
    repeated = repeat(session, unanswered, kinds, now)
    look_for_other_ways(session, again + repeated, kinds, now)
    return len(_ids(doses))


def _ids(claimed: Iterable[Claimed]) -> list[int]:
    return [dose_id for doses in claimed for dose_id in doses.ids]


def _miss(session: Session, dose_ids: Sequence[int], now: datetime) -> int:
    """Unanswered doses whose window is over. Where no reminder got out, nobody says that they were missed; but who
    put a dose off, or took an answer back, knew of it without one."""
    rows = _rows(session, dose_ids)
    reached_keys, known = _reminders_that_got_out(session, rows), _touched(session, dose_ids)
    for state, was_reached in ((DoseState.MISSED, True), (DoseState.MISSED_UNREACHED, False)):
        chosen = [row.id for row in rows if (row.id in known or not reached_keys.isdisjoint(row.keys)) is was_reached]
        change(session, chosen, state, now)
    ask_who_hears(session, [row.id for row in rows], now)
    due_work.finish_many(session, WorkKind.DOSE, dose_ids)
    return len(rows)


def _rows(session: Session, dose_ids: Sequence[int]) -> list[_Row]:
    """Patient by patient: two workers that write of one of them wait for each other, never crosswise."""
    if not dose_ids:
        return []
    query = select(Dose.id, Dose.patient_id, Dose.due_at, Dose.reminders)
    chosen = query.where(Dose.id.in_(dose_ids)).order_by(Dose.patient_id, Dose.due_at, Dose.id)
    return [_Row(*row) for row in session.execute(chosen)]


def _reminders_that_got_out(session: Session, rows: Iterable[_Row]) -> set[str]:
    keys = sorted({key for row in rows for key in row.keys})
    if not keys:
        return set()
    query = select(Message.unique_key).where(Message.unique_key.in_(keys), Message.state.in_(REACHED))
    return set(session.scalars(query))


def _touched(session: Session, dose_ids: Sequence[int]) -> set[int]:
    """Doses that a person did something about: all but the clock's own events name who."""
    if not dose_ids:
        return set()
    query = select(DoseEvent.dose_id).where(DoseEvent.dose_id.in_(dose_ids), DoseEvent.actor_id.is_not(None))
    return set(session.scalars(query))
