"""What is due is looked at: reminders go to the outbox, unanswered doses become missed, caregivers hear of it.

Everything about a batch is one transaction, and its locks are the claim: killed at any line, the batch is due again
at once and nothing was told. The claim is under a lease all the same: PostgreSQL ends the transaction of a worker that
is silent for longer, and on SQLite another sweeper takes over (docs/decisions/0017).
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care import consent, due_work
from companion.care.consent import CareLink
from companion.care.due_work import LEASE, WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.care.tasks import AlertKind, add_alert
from companion.clock import to_ms
from companion.crash_points import Point, reached
from companion.db import reading, writing
from companion.messages.models import Message, MessageState, Purpose
from companion.messages.outbox import enqueue
from companion.reminders import sweeper
from companion.reminders.at_once import Claimed, call, change, claim_doses
from companion.reminders.dose_state import OPEN, DoseState
from companion.reminders.escalation import CaregiverLink, NoticeKind, PassedDose, escalate
from companion.reminders.models import Dose
from companion.reminders.planning import plan_regimen

log = structlog.get_logger()

BATCH = 500
"""Doses a transaction: SQLite's write lock is held for some hundredths of a second, and a kill costs little."""
ALERT_VALID_FOR = timedelta(hours=12)
"""A caregiver's message that did not get out within half a day is no longer news; the alert stays on the page."""

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
    window_ends_at: datetime
    local_time: str


def reminder_key(patient_id: int, due_at: datetime, number: int = 1) -> str:
    """One reminder for a patient and an instant, however many medicines are due then."""
    return f"due:{patient_id}:{to_ms(due_at)}:{number}"


def sweep(engine: Engine, now: datetime, ahead: timedelta) -> Swept:
    """Plans what needs planning, then works through every due dose, batch by batch.

    Any number of workers on PostgreSQL; on SQLite one, while the others stand by.
    """
    if engine.dialect.name != "sqlite":
        return _sweep(engine, now, ahead, under_a_lease)
    owner = secrets.token_hex(8)
    with reading(engine) as session:
        if sweeper.is_somebody_elses(session, owner, now):
            return Swept()
    try:
        return _sweep(engine, now, ahead, partial(sweeper.take_turn, owner=owner, now=now))
    finally:
        with writing(engine) as session:
            sweeper.end_turn(session, owner)


def _sweep(engine: Engine, now: datetime, ahead: timedelta, claim: Callable[[Session], bool]) -> Swept:
    planned = 0
    while batch := _plan(engine, now, ahead):
        planned += batch
    reminded = missed = 0
    while True:
        with writing(engine) as session:
            claimed = claim_doses(session, now, BATCH) if claim(session) else []
            reached(Point.SWEEP_AFTER_CLAIM)
            waiting = [dose for dose in claimed if dose.state in OPEN]
            reminded += _remind(session, [dose for dose in waiting if not dose.is_over], now)
            missed += _miss(session, [dose.id for dose in waiting if dose.is_over], now)
            due_work.finish_many(session, WorkKind.DOSE, [dose.id for dose in claimed if dose.state not in OPEN])
        reached(Point.SWEEP_AFTER_COMMIT)
        if len(claimed) < BATCH:
            return Swept(reminded, missed, planned)


def under_a_lease(session: Session, lease: timedelta = LEASE) -> bool:
    """The server itself ends the transaction, and with it the claim, of a worker that is silent for that long."""
    end = f"SET LOCAL idle_in_transaction_session_timeout = '{lease.seconds}s'"
    session.connection().exec_driver_sql(end)
    return True


def _plan(engine: Engine, now: datetime, ahead: timedelta) -> int:
    """Plans the regimens whose turn it is; tells how many. One that cannot be planned holds up no other: its
    lease ends and it is tried again."""
    with writing(engine) as session:
        regimens = due_work.claim(session, WorkKind.PLAN, now, BATCH)
    for regimen_id in regimens:
        try:
            with writing(engine) as session:
                plan_regimen(session, regimen_id, now, ahead)
        except Exception:
            log.exception("regimen could not be planned", regimen=regimen_id)
    return len(regimens)


def _remind(session: Session, doses: Sequence[Claimed], now: datetime) -> int:
    """Each patient gets one reminder for all that is due at one instant. A snoozed dose calls again, under a key of
    its own; a plain one only once."""
    first = [dose.id for dose in doses if dose.state == DoseState.PLANNED]
    again = [dose.id for dose in doses if dose.state != DoseState.PLANNED]
    call(session, first, 1, now)
    call(session, again, to_ms(now), now)
    return len(doses)


def _miss(session: Session, dose_ids: Sequence[int], now: datetime) -> int:
    """Unanswered doses whose window is over. Where no reminder got out, nobody says that they were missed."""
    rows = _rows(session, dose_ids)
    reached_keys = _reminders_that_got_out(session, rows)
    for state, got_out in ((DoseState.MISSED, True), (DoseState.MISSED_UNREACHED, False)):
        chosen = [row for row in rows if (reminder_key(row.patient_id, row.due_at) in reached_keys) is got_out]
        change(session, [row.id for row in chosen], state, now)
        for row in chosen:
            _tell_caregivers(session, row, state, now)
    due_work.finish_many(session, WorkKind.DOSE, dose_ids)
    return len(rows)


def _rows(session: Session, dose_ids: Sequence[int]) -> list[_Row]:
    """Patient by patient: two workers that write of one of them wait for each other, never crosswise."""
    if not dose_ids:
        return []
    query = select(Dose.id, Dose.patient_id, Dose.due_at, Dose.window_ends_at, Dose.local_time)
    chosen = query.where(Dose.id.in_(dose_ids)).order_by(Dose.patient_id, Dose.due_at, Dose.id)
    return [_Row(*row) for row in session.execute(chosen)]


def _reminders_that_got_out(session: Session, rows: Iterable[_Row]) -> set[str]:
    keys = sorted({reminder_key(row.patient_id, row.due_at) for row in rows})
    if not keys:
        return set()
    query = select(Message.unique_key).where(Message.unique_key.in_(keys), Message.state.in_(REACHED))
    return set(session.scalars(query))


def caregiver_links(session: Session, patient_id: int) -> list[CaregiverLink]:
    """Every care link about missed doses, running or ended: escalation decides which of them speak."""
    query = (
        select(CareLink, Person.zone)
        .join(Person, Person.id == CareLink.member_id)
        .where(CareLink.patient_id == patient_id, CareLink.scope == consent.Scope.MISSED_DOSES.value)
        .where(Person.left_at.is_(None))
    )
    return [
        CaregiverLink(
            caregiver_id=link.member_id,
            scope=link.scope,
            has_consent=True,
            starts_at=link.starts_at,
            ends_at=link.ends_at,
            zone=ZoneInfo(zone),
        )
        for link, zone in session.execute(query)
    ]


def _tell_caregivers(session: Session, row: _Row, state: DoseState, now: datetime) -> None:
    if now - row.window_ends_at > ALERT_VALID_FOR:
        return  # the service was down for long: the page shows the dose, nobody is woken by old news
    is_critical = session.scalars(
        select(Regimen.is_critical).join(Dose, Dose.regimen_id == Regimen.id).where(Dose.id == row.id)
    ).one()
    dose = PassedDose(state, row.window_ends_at, is_critical)
    for notice in escalate(dose, caregiver_links(session, row.patient_id), (), now):
        kind = AlertKind.MISSED_DOSE if notice.kind is NoticeKind.MISSED else AlertKind.NOT_REACHED
        alert = add_alert(
            session,
            unique_key=f"dose:{row.id}:{notice.caregiver_id}",
            kind=kind,
            patient_id=row.patient_id,
            recipient_id=notice.caregiver_id,
            now=now,
            dose_id=row.id,
            details={"local": row.local_time, "due_ms": to_ms(row.due_at)},
        )
        if alert is not None:
            # One message for one time of day, however many medicines were missed then.
            enqueue(
                session,
                unique_key=f"{notice.kind.value}:{row.patient_id}:{to_ms(row.due_at)}:{notice.caregiver_id}",
                purpose=Purpose(notice.kind.value),
                recipient_id=notice.caregiver_id,
                patient_id=row.patient_id,
                params={"due_ms": to_ms(row.due_at), "local": row.local_time},
                now=now,
                expires_at=notice.tell_at + ALERT_VALID_FOR,
            )
