"""A code that proves an address: six digits that go there and are typed here. Only their hash is kept.

Ten minutes and five tries a code (OWASP's Multifactor Authentication cheat sheet asks for both limits): a guess has
five chances in a million.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from sqlalchemy import update
from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint, ContactState, Kind, VerifiedBy
from companion.care.contacts import vouch
from companion.db import rows_changed
from companion.tokens import digest

VALID_FOR = timedelta(minutes=10)
MOST_TRIES = 5
DIGITS = 6
BY_CODE = (Kind.SMS, Kind.VOICE, Kind.EMAIL, Kind.APPRISE)
"""Addresses that people type; the others are the device's or the account's own word."""


class Proof(StrEnum):
    """What typing a code came to."""

    PROVEN = "proven"
    WRONG = "wrong"
    OVER = "over"  # none is out, it is too old, or it was tried too often


def make_code(point: ContactPoint, now: datetime) -> str:
    """A new code for the address; the one before counts no more. The caller sends it there and nowhere else."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    point.code_hash, point.code_made_at, point.code_tries = _hash(point, code), now, 0
    return code


def prove(session: Session, point: ContactPoint, typed: str, now: datetime) -> Proof:
    """Counts the try before it looks: two at once are two. The caller commits, whatever comes of it."""
    counted = session.execute(
        update(ContactPoint)
        .where(
            ContactPoint.id == point.id,
            ContactPoint.code_hash.is_not(None),
            ContactPoint.code_made_at > now - VALID_FOR,
            ContactPoint.code_tries < MOST_TRIES,
        )
        .values(code_tries=ContactPoint.code_tries + 1)
    )
    if not rows_changed(counted):
        return Proof.OVER
    session.refresh(point)
    if not compare_digest(point.code_hash or "", _hash(point, "".join(typed.split()))):
        return Proof.WRONG
    _note_proof(point, now)
    return Proof.PROVEN


def _note_proof(point: ContactPoint, now: datetime) -> None:
    vouch(point, VerifiedBy.CODE, now)
    if point.state != ContactState.OPTED_OUT:
        point.state, point.state_at, point.fault_code = ContactState.OK.value, now, None


def _hash(point: ContactPoint, code: str) -> str:
    return digest(f"{point.public_id} {code}")
