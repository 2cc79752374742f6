"""Medicines taken as needed: the patient writes down each intake. The rule's limits are told, never enforced against
what really happened: "I took it anyway" is kept, marked, and a person at the clinic hears of it."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, in_force
from companion.care.tasks import TaskKind, add_task
from companion.errors import BadInput
from companion.reminders.doses.dose_state import LATE_LOG
from companion.reminders.schedules.after_intake import Against, broken_by, may_take_at
from companion.reminders.schedules.course import rests, rule_of
from companion.reminders.schedules.pauses import pauses_of
from companion.reminders.schedules.rule import AsNeeded
from companion.reminders.schedules.schedule_models import AsNeededIntake

ONE_DAY = timedelta(hours=24)
MOST_TIMES_THE_AMOUNT = 10
"""An intake of more than so many times the amount is a slip of the finger. A house rule, without a source."""


@dataclass(frozen=True)
class Kept:
    """The intake is written down."""

    intake: AsNeededIntake


@dataclass(frozen=True)
class TooMuch:
    """Nothing was written down: it would break a limit. `again_at`: when the next intake keeps them all; None while
    the medicine rests."""

    against: Against
    again_at: datetime | None


def limits_in_force(regimen: Regimen, now: datetime) -> tuple[RegimenRevision, AsNeeded] | None:
    """The revision in force and its rule, if the medicine is taken as needed now."""
    held = in_force(regimen, now) if regimen.stopped_at is None else None
    rule = rule_of(held) if held else None
    return (held, rule) if held is not None and isinstance(rule, AsNeeded) else None


def record(
    session: Session,
    regimen: Regimen,
    *,
    by: Person,
    via: str,
    now: datetime,
    taken_at: datetime | None = None,
    amount: Decimal | None = None,
    anyway: bool = False,
    key: str | None = None,
) -> Kept | TooMuch:
    """Writes an intake down, unless it breaks a limit and nobody said that it was taken `anyway`. Two with one `key`
    of their sender are one.

    Raises BadInput when the medicine is not taken as needed, or the time or the amount cannot be.
    """
    session.get_one(Regimen, regimen.id, with_for_update={"key_share": True})  # two at once would both be the last
    public_id = _named(regimen, key)
    known = session.scalar(select(AsNeededIntake).where(AsNeededIntake.public_id == public_id))
    if known is not None:
        return Kept(known)
    found = limits_in_force(regimen, now)
    if found is None:
        raise BadInput("is not taken as needed", where="regimen", advice="answer its planned doses instead")
    revision, rule = found
    taken_at, amount = _checked_time(taken_at or now, now), _checked_amount(amount, revision)
    refused = _against(session, regimen, rule, taken_at, now)
    if refused is not None and not anyway:
        return refused
    intake = AsNeededIntake(
        public_id=public_id,
        patient_id=regimen.patient_id,
        regimen=regimen,
        revision_id=revision.id,
        taken_at=taken_at,
        amount=amount,
        against=refused.against.value if refused else None,
        recorded_at=now,
        recorded_by=by.id,
        via=via,
    )
    session.add(intake)
    session.flush()
    if refused is not None:
        _tell_clinic(session, intake, now)
    return Kept(intake)


def _named(regimen: Regimen, key: str | None) -> str:
    """The intake's id: the same again for the same key, so that a repeated request finds it after any crash."""
    told = secrets.token_hex(6) if key is None else hashlib.sha256(f"{regimen.public_id}\0{key}".encode()).hexdigest()
    return f"ni_{told[:12]}"


def take_back(intake: AsNeededIntake, now: datetime) -> bool:
    """It was a mistake: the intake stays in the history and counts no more. False when it was taken back before."""
    if intake.undone_at is not None or now - intake.recorded_at > LATE_LOG:
        return False
    intake.undone_at = now
    return True


def intakes_since(session: Session, regimen_id: int, since: datetime) -> Sequence[AsNeededIntake]:
    """What was taken since then and counts, the earliest first."""
    counted = AsNeededIntake.regimen_id == regimen_id, AsNeededIntake.undone_at.is_(None)
    query = select(AsNeededIntake).where(*counted, AsNeededIntake.taken_at >= since)
    return session.scalars(query.order_by(AsNeededIntake.taken_at, AsNeededIntake.id)).all()


def next_allowed_at(session: Session, regimen: Regimen, rule: AsNeeded, now: datetime) -> datetime:
    """The earliest instant from now on at which one more intake keeps the rule's limits."""
    return may_take_at(rule, _times(session, regimen, rule, now), now)


def _times(session: Session, regimen: Regimen, rule: AsNeeded, around: datetime) -> list[datetime]:
    since = around - max(ONE_DAY, timedelta(minutes=rule.min_gap_minutes))
    return [intake.taken_at for intake in intakes_since(session, regimen.id, since)]


def _against(session: Session, regimen: Regimen, rule: AsNeeded, taken_at: datetime, now: datetime) -> TooMuch | None:
    patient = session.get_one(Person, regimen.patient_id)
    if rests(pauses_of(session, regimen.id), taken_at.astimezone(ZoneInfo(patient.zone)).date(), taken_at):
        return TooMuch(Against.PAUSED, None)
    against = broken_by(rule, _times(session, regimen, rule, taken_at), taken_at)
    return None if against is None else TooMuch(against, next_allowed_at(session, regimen, rule, now))


def _checked_time(taken_at: datetime, now: datetime) -> datetime:
    if taken_at > now:
        raise BadInput("is still to come", where="taken_at", advice="write it down once it is taken")
    if taken_at < now - LATE_LOG:
        raise BadInput("is more than two days ago", where="taken_at", advice="please tell the clinic")
    return taken_at


def _checked_amount(amount: Decimal | None, revision: RegimenRevision) -> Decimal:
    if amount is None:
        return revision.amount
    if not (amount.is_finite() and 0 < amount <= MOST_TIMES_THE_AMOUNT * revision.amount):
        raise BadInput("is not an amount of this medicine", where="amount", advice="look again, or call the clinic")
    return amount


def _tell_clinic(session: Session, intake: AsNeededIntake, now: datetime) -> None:
    add_task(
        session,
        unique_key=f"as_needed:{intake.public_id}",
        kind=TaskKind.AGAINST_LIMIT,
        patient_id=intake.patient_id,
        now=now,
        due_at=now,
        details={"regimen": intake.regimen.public_id, "against": intake.against},
    )
