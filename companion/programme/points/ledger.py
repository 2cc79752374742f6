"""Points are given once for each thing, spent, and expire: transfers between accounts, never an edited balance."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.db import rows_changed
from companion.messages.unique import insert_unless_known
from companion.programme.points.points_models import Account, PointTransfer
from companion.programme.points.rules import Event, Rules, Tier


class Standing(NamedTuple):
    """`balance`: what can be spent. `earned`: what was given within the life of points, spent or not; it makes the
    tier."""

    balance: int
    earned: int
    tier: Tier


def earn(session: Session, rules: Rules, patient_id: int, event: Event, thing: str, now: datetime) -> int:
    """The points of that event for that thing (a guide, a quiz, a day); 0 where they were given before, or the rules
    give none."""
    points = rules.points_for(event)
    if not points:
        return 0
    key = f"{event.value}:{patient_id}:{thing}"
    return points if _transfer(session, key, patient_id, Account.ISSUED, Account.PATIENT, points, event, now) else 0


def spend(session: Session, patient_id: int, key: str, points: int, reward: str, now: datetime) -> bool:
    """False where that key was spent before. Whoever calls holds the patient, and has looked at the balance."""
    return _transfer(session, key, patient_id, Account.PATIENT, Account.SPENT, points, reward, now)


def expire(session: Session, rules: Rules, patient_id: int, now: datetime) -> int:
    """What is older than points live goes, the oldest spent first. Safe to repeat; the patient is held."""
    before = earned_since(session, patient_id, None, now - rules.life)
    points = due_to_expire(before, gone(session, patient_id))
    if points:
        # Everything ever earned before that instant is spent or expired by this: the sum names it.
        key = f"expired:{patient_id}:{before}"
        _transfer(session, key, patient_id, Account.PATIENT, Account.EXPIRED, points, "expired", now)
    return points


def due_to_expire(earned_before: int, gone_ever: int) -> int:
    """How many points are too old: what was earned before the limit and neither spent nor expired since. Points go in
    the order in which they came."""
    return max(0, earned_before - gone_ever)


def hold(session: Session, patient_id: int) -> None:
    """Until the transaction ends nobody else spends or lets expire what is the patient's."""
    session.get_one(Person, patient_id, with_for_update={"key_share": True})


def balance_of(session: Session, patient_id: int) -> int:
    side = case((PointTransfer.to_account == Account.PATIENT.value, PointTransfer.points), else_=-PointTransfer.points)
    query = select(func.coalesce(func.sum(side), 0)).where(PointTransfer.patient_id == patient_id)
    return int(session.scalars(query).one())


def earned_since(session: Session, patient_id: int, since: datetime | None, until: datetime | None = None) -> int:
    """What was given from `since` on and before `until` (None: ever)."""
    chosen = [PointTransfer.patient_id == patient_id, PointTransfer.to_account == Account.PATIENT.value]
    if since is not None:
        chosen.append(PointTransfer.at >= since)
    if until is not None:
        chosen.append(PointTransfer.at < until)
    return _sum(session, chosen)


def gone(session: Session, patient_id: int) -> int:
    """What was ever spent or expired."""
    return _sum(session, [PointTransfer.patient_id == patient_id, PointTransfer.from_account == Account.PATIENT.value])


def _sum(session: Session, chosen: Collection[ColumnElement[bool]]) -> int:
    return int(session.scalars(select(func.coalesce(func.sum(PointTransfer.points), 0)).where(*chosen)).one())


def standing_of(session: Session, rules: Rules, patient_id: int, now: datetime) -> Standing:
    """As it is once what is too old is gone; nothing is written."""
    limit = now - rules.life
    earned = earned_since(session, patient_id, limit)
    too_old = due_to_expire(earned_since(session, patient_id, None, limit), gone(session, patient_id))
    tier = max((tier for tier in rules.tiers if tier.least <= earned), key=lambda tier: tier.least)
    return Standing(balance_of(session, patient_id) - too_old, earned, tier)


def accounts(session: Session) -> dict[Account, int]:
    """What lies in every account; the four add up to zero."""
    found = dict.fromkeys(Account, 0)
    query = select(PointTransfer.from_account, PointTransfer.to_account, func.sum(PointTransfer.points))
    for source, target, points in session.execute(query.group_by(PointTransfer.from_account, PointTransfer.to_account)):
        found[Account(source)] -= int(points)
        found[Account(target)] += int(points)
    return found


def lately(session: Session, patient_id: int, limit: int = 20) -> list[PointTransfer]:
    """The last transfers of a patient, the newest first."""
    query = select(PointTransfer).where(PointTransfer.patient_id == patient_id)
    return list(session.scalars(query.order_by(PointTransfer.at.desc(), PointTransfer.id.desc()).limit(limit)))


def day_key(on: date) -> str:
    """What a day is called as a thing that earns."""
    return on.isoformat()


def _transfer(
    session: Session,
    key: str,
    patient_id: int,
    source: Account,
    target: Account,
    points: int,
    reason: str,
    now: datetime,
) -> bool:
    values: dict[str, Any] = {
        "unique_key": key,
        "patient_id": patient_id,
        "from_account": source.value,
        "to_account": target.value,
        "points": points,
        "reason": str(reason),
        "at": now,
    }
    new = insert_unless_known(session, PointTransfer, "unique_key").values(**values)
    return rows_changed(session.execute(new.execution_options(preserve_rowcount=True))) > 0
