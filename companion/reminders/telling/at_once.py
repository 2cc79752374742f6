"""Many doses at once: each step is one statement for all of them, made once and worked through by the database.

Carrying rows to Python and back took half of a sweep's time (docs/decisions/0017).
"""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Insert, Integer, String, bindparam, case, cast, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from companion.care.due_work import NO_DAY, DueWork, WorkKind
from companion.care.regimens import Regimen
from companion.clock import to_ms
from companion.db import UtcDateTime
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue_selected
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose, DoseEvent
from companion.reminders.expressions import Among, Ids, InstantOf, JsonArray, JsonObject, JustAfter, Milliseconds
from companion.reminders.telling.nagging import FIRST_WAY

NOW = bindparam("now", type_=UtcDateTime())
NOW_MS = bindparam("now_ms", type_=BigInteger())
MINUTE_MS = 60_000
IDS = bindparam("ids", type_=Ids())
DOSES = Among(Dose.id, IDS)

NEXT_DUE = (
    select(Dose.id, Dose.state, (Dose.window_ends_at < NOW).label("is_over"))
    .join(DueWork, DueWork.subject_id == Dose.id)
    .where(DueWork.kind == WorkKind.DOSE.value, DueWork.next_check_at <= NOW)
    .order_by(DueWork.next_check_at, DueWork.subject_id)
    .limit(bindparam("limit"))
    .with_for_update(of=(DueWork, Dose), skip_locked=True)
    .subquery("next_due")
)
DUE = select(NEXT_DUE.c.state, NEXT_DUE.c.is_over, JsonArray(NEXT_DUE.c.id)).group_by(
    NEXT_DUE.c.state, NEXT_DUE.c.is_over
)

DUE_MS = Milliseconds(Dose.due_at)
KEY = literal("due:") + cast(Dose.patient_id, String) + ":" + cast(DUE_MS, String) + ":" + bindparam("number")
ABOUT: tuple[Any, ...] = ("due_ms", DUE_MS, "local", func.min(Dose.local_time))
BY_ANOTHER_WAY: tuple[Any, ...] = ("way", bindparam("way", type_=Integer()))

CHANGE = update(Dose).where(DOSES).values(state=bindparam("new"), snoozed_until=None)
CALLED = CHANGE.values(reminders=Dose.reminders + 1)
EVENTS = insert(DoseEvent).from_select(
    ["dose_id", "event", "at", "via"],
    select(Dose.id, bindparam("new", type_=String), NOW, literal("clock")).where(DOSES),
)
# The next look: when the reminder is repeated, unless it was often enough, and otherwise when the window is over.
REPEAT_AT = NOW_MS + Regimen.nag_minutes * MINUTE_MS
IS_REPEATED = (Dose.reminders <= Regimen.nag_times) & (Milliseconds(Dose.window_ends_at) > REPEAT_AT)
NEXT_LOOK = (
    select(case((IS_REPEATED, InstantOf(REPEAT_AT)), else_=JustAfter(Dose.window_ends_at)))
    .join(Regimen, Regimen.id == Dose.regimen_id)
    .where(Dose.id == DueWork.subject_id)
)
LOOK_AGAIN = (
    update(DueWork)
    .where(DueWork.kind == WorkKind.DOSE.value, Among(DueWork.subject_id, IDS))
    .values(next_check_at=NEXT_LOOK.scalar_subquery(), lease_until=None, generation=DueWork.generation + 1)
)
PATIENTS = (
    select(literal(WorkKind.ESCALATE.value), Dose.patient_id, literal(NO_DAY), NOW, literal(0))
    .where(DOSES)
    .group_by(Dose.patient_id)
    .order_by(Dose.patient_id)
)


COLUMNS = ["kind", "subject_id", "due_on", "next_check_at", "generation"]


class Claimed(NamedTuple):
    """Due doses of one state that are ours until the end of the transaction."""

    state: str
    is_over: bool
    """Whether their windows are."""
    ids: list[int]


def claim_doses(session: Session, now: datetime, limit: int) -> list[Claimed]:
    """The next doses to look at, those that wait longest first; what is to be done with them alike lies together.

    On PostgreSQL, one that another worker has, or that is being answered right now, is passed over: its turn comes
    again.
    """
    due = session.connection().execute(DUE, {"now": now, "limit": limit})
    return [Claimed._make(row) for row in due.fetchall()]


def call(session: Session, dose_ids: Collection[int], number: int, now: datetime, way: int = FIRST_WAY) -> None:
    """The doses become due, and each patient gets one reminder for all that is due at one instant; the next look is
    when it is to be repeated, or when their window is over. `number` tells this reminder from others of the instant
    (`reminder_key`); `way`: with which of the person's ways it begins."""
    if dose_ids:
        connection = session.connection()
        reminders = _insert_reminders(connection.dialect.name, way != FIRST_WAY)
        values = {"ids": dose_ids, "number": str(number), "now": now}
        connection.execute(reminders, values if way == FIRST_WAY else values | {"way": way})
        _change(session, CALLED, dose_ids, DoseState.DUE, now)
        connection.execute(LOOK_AGAIN, {"ids": dose_ids, "now_ms": to_ms(now)})


def change(session: Session, dose_ids: Collection[int], state: DoseState, now: datetime) -> None:
    """New state and its event for all of them."""
    if dose_ids:
        _change(session, CHANGE, dose_ids, state, now)


def ask_who_hears(session: Session, dose_ids: Collection[int], now: datetime) -> None:
    """Somebody may have to hear of these doses: their patients are looked at once all that is over is marked."""
    if dose_ids:
        connection = session.connection()
        connection.execute(_put_off_patients(connection.dialect.name), {"ids": dose_ids, "now": now})


def _change(session: Session, how: Any, dose_ids: Collection[int], state: DoseState, now: datetime) -> None:
    connection = session.connection()
    connection.execute(how, {"ids": dose_ids, "new": state.value})
    connection.execute(EVENTS, {"ids": dose_ids, "new": state.value, "now": now})


@cache
def _insert_reminders(dialect: str, by_another_way: bool) -> Insert:
    about = ABOUT + BY_ANOTHER_WAY if by_another_way else ABOUT
    reminders = (
        select(
            KEY.label("key"),
            literal(Purpose.REMINDER.value).label("purpose"),
            Dose.patient_id.label("recipient_id"),
            Dose.patient_id,
            JsonObject(*about).label("params"),
            func.max(Dose.window_ends_at).label("expires_at"),
        )
        .where(DOSES)
        .group_by(Dose.patient_id, Dose.due_at)
        # One order for all workers: two that write to one patient wait for each other, never crosswise.
        .order_by(Dose.patient_id, Dose.due_at)
    )
    return enqueue_selected(reminders, NOW, dialect)


@cache
def _put_off_patients(dialect: str) -> Insert:
    new = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(DueWork).from_select(COLUMNS, PATIENTS)
    sooner = {"next_check_at": new.excluded.next_check_at, "lease_until": None, "generation": DueWork.generation + 1}
    return new.on_conflict_do_update(index_elements=["kind", "subject_id", "due_on"], set_=sooner)
