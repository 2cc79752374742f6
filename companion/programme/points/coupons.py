"""A coupon is bought with points and used at the clinic: each once, however often it is asked for."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.db import rows_changed
from companion.errors import BadInput
from companion.programme.points import ledger
from companion.programme.points.points_models import Coupon
from companion.programme.points.rules import Reward, Rules

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""None that is taken for another one."""
HALF = 5


def buy(session: Session, rules: Rules, patient: Person, reward_key: str, key: str, now: datetime) -> Coupon:
    """The coupon; the same key again gives the same one and spends nothing. Raises BadInput where the points do not
    do, the reward is not there, or the key was used for another one."""
    reward = rules.reward(reward_key)
    ledger.hold(session, patient.id)
    known = session.scalar(select(Coupon).where(Coupon.patient_id == patient.id, Coupon.key == key))
    if known is not None:
        return _same(known, reward)
    ledger.expire(session, rules, patient.id, now)
    if ledger.balance_of(session, patient.id) < reward.cost:
        raise BadInput("You do not have enough points for it yet.", where="reward", advice="Choose another one.")
    ledger.spend(session, patient.id, f"coupon:{patient.id}:{key}", reward.cost, reward.key, now)
    coupon = _coupon(patient, reward, key, now)
    session.add(coupon)
    audit.note(
        session, actor=patient.public_id, action="coupon.bought", now=now, patient=patient.public_id, reward=reward.key
    )
    return coupon


def _same(known: Coupon, reward: Reward) -> Coupon:
    if known.reward != reward.key:
        raise BadInput("This key was used for another reward.", where="key", advice="Open the page anew.")
    return known


def _coupon(patient: Person, reward: Reward, key: str, now: datetime) -> Coupon:
    return Coupon(
        patient_id=patient.id,
        key=key,
        code=_new_code(),
        reward=reward.key,
        name_en=reward.name.en,
        name_zh=reward.name.zh,
        cost=reward.cost,
        issued_at=now,
        expires_at=now + timedelta(days=reward.valid_days),
    )


def _new_code() -> str:
    first, second = ("".join(secrets.choice(SIGNS) for _ in range(HALF)) for _ in range(2))
    return f"{first}-{second}"


def use(session: Session, code: str, by: Person, key: str, now: datetime) -> Coupon:
    """The coupon, used now by that member of staff, or before by this very request. Raises BadInput."""
    wanted = as_printed(code)
    free = Coupon.code == wanted, Coupon.used_at.is_(None), Coupon.expires_at > now
    changed = session.execute(
        update(Coupon)
        .where(*free)
        .values(used_at=now, used_by=by.id, use_key=key)
        .execution_options(synchronize_session=False)
    )
    coupon = session.scalar(select(Coupon).where(Coupon.code == wanted))
    if coupon is None:
        raise BadInput("There is no coupon with this code.", where="code", advice="Type it as it is on the page.")
    if rows_changed(changed):
        owner = session.get_one(Person, coupon.patient_id)
        audit.note(
            session, actor=by.public_id, action="coupon.used", now=now, patient=owner.public_id, reward=coupon.reward
        )
        return coupon
    if coupon.use_key == key:
        return coupon
    if coupon.used_at is not None:
        raise BadInput("This coupon was used before.", where="code", advice="Each is good for one time.")
    raise BadInput("This coupon is over.", where="code", advice="The patient can buy another one.")


def as_printed(code: str) -> str:
    """However it was typed: small letters, spaces, without its hyphen."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return f"{plain[:HALF]}-{plain[HALF:]}"


def coupons_of(session: Session, patient_id: int) -> Sequence[Coupon]:
    """All of a patient, the newest first."""
    query = select(Coupon).where(Coupon.patient_id == patient_id)
    return session.scalars(query.order_by(Coupon.issued_at.desc(), Coupon.id.desc())).all()
