"""How often each door may be tried from one address. Every try stands in the database, so that the limit is one for all
processes.

What somebody could guess (a password, a short code, who is a patient here) is counted before it is looked at: past the
limit nothing is looked at any more. What nobody can guess (a token, a signature, a key) is looked at first: the right
one always passes, and only wrong ones are counted, so that no stranger closes that door to anybody.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from flask import abort, request
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from companion.web.context import changes, now
from companion.web.models import SignInAttempt

WINDOW = timedelta(minutes=15)
_OF_TRIES = 7_416
"""Tells these locks of PostgreSQL from others; any number, the same in all processes."""
WHOLE_NETWORK = 64
"""Bits of an IPv6 address that say whose it is: its owner may change the rest at every try."""


class TooManyAttemptsError(Exception):
    """The account or the address has tried too often; another try is allowed after WINDOW."""


class Door(StrEnum):
    """What is tried. Stands for the login among the attempts; no person's login can be so written."""

    TEXT_LINK = "(text)"
    NEW_PASSWORD = "(forgotten)"  # noqa: S105 — the word, not one
    INVITATION = "(invitation)"
    HUB_CODE = "(hub)"
    EMERGENCY = "(emergency)"
    PASSKEY_ASKED = "(passkey asked)"
    PASSKEY = "(passkey)"
    LINK = "(link)"
    CALENDAR = "(calendar)"
    PUSH = "(push)"
    TOKEN = "(token)"  # noqa: S105 — of a hub or a record system
    HOOK = "(hook)"
    RECORDS = "(records)"


MOST = {
    Door.TEXT_LINK: 10,
    Door.NEW_PASSWORD: 10,
    Door.INVITATION: 20,
    Door.HUB_CODE: 10,
    Door.EMERGENCY: 10,
    Door.PASSKEY_ASKED: 300,
    Door.PASSKEY: 20,
    Door.LINK: 60,
    Door.CALENDAR: 20,
    Door.PUSH: 20,
    Door.TOKEN: 60,
    Door.HOOK: 60,
    Door.RECORDS: 60,
}
"""Tries within WINDOW. House rules: low where a right guess would open something, higher where it only costs us work,
and where everybody at a clinic has one address."""


def count_try(session: Session, door: Door, address: str, at: datetime) -> int:
    """Notes a try as wrong, whatever comes of it; gives its number for `note_right`. Raises TooManyAttemptsError."""
    network = network_of(address)
    wait_turn(session, f"{door.value} {network}")
    tries = select(func.count()).select_from(SignInAttempt)
    there = SignInAttempt.login == door.value, SignInAttempt.address == network, SignInAttempt.at > at - WINDOW
    if (session.scalar(tries.where(*there, SignInAttempt.was_right.is_(False))) or 0) >= MOST[door]:
        raise TooManyAttemptsError
    attempt = SignInAttempt(login=door.value, address=network, at=at)
    session.add(attempt)
    session.flush()
    return attempt.id


def wait_turn(session: Session, whose: str) -> None:
    """Tries of one kind wait for each other, so that those sent at one moment are all counted. SQLite has one writer
    anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_OF_TRIES, func.hashtext(whose))))


def note_right(session: Session, attempt_id: int) -> None:
    """It was no guess."""
    session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt_id).values(was_right=True))


def count_here(door: Door) -> int:
    """A try from this request's address, committed before anything is looked at; answers 429 past the limit."""
    try:
        with changes() as db:
            return count_try(db, door, request.remote_addr or "", now())
    except TooManyAttemptsError:
        abort(429)


def network_of(address: str) -> str:
    """What is counted as one address: an IPv6 network of one owner, else the address itself.

    >>> network_of("2001:db8:1:2:aaaa::1"), network_of("::ffff:192.0.2.7"), network_of("192.0.2.7")
    ('2001:db8:1:2::', '192.0.2.7', '192.0.2.7')
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:45]
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, WHOLE_NETWORK), strict=False).network_address)
