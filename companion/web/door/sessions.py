"""Server-side sessions: the browser holds a random secret, the database everything else."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine, bindparam, select, update
from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.tokens import digest, new_token
from companion.web.models import WebSession

STAFF = (Role.CLINICIAN, Role.PHARMACIST, Role.ADMIN)
FRESH = timedelta(minutes=15)
"""How long a typed password, or a used passkey, counts as "this person, now" for acts that need it."""
TOUCH_EVERY = timedelta(minutes=1)
"""`last_seen_at` is written this often at most: a page view is no reason to take the write lock."""


class OpenedBy(StrEnum):
    """By what somebody came in."""

    PASSWORD = "password"  # noqa: S105 — the word, not one
    LINK = "link"
    PASSKEY = "passkey"


@dataclass(frozen=True)
class Lifetime:
    """NIST SP 800-63B-4 asks staff (AAL2) for 1 h idle and 24 h in all; homes may be more patient."""

    idle: timedelta
    total: timedelta


STAFF_LIFETIME = Lifetime(idle=timedelta(hours=1), total=timedelta(hours=24))
HOME_LIFETIME = Lifetime(idle=timedelta(hours=12), total=timedelta(days=30))


def lifetime_of(role: str) -> Lifetime:
    return STAFF_LIFETIME if role in STAFF else HOME_LIFETIME


def open_session(
    session: Session,
    person: Person,
    *,
    by: OpenedBy,
    address: str,
    browser: str,
    now: datetime,
    needs_factor: bool = False,
) -> str:
    """A new session of the person; gives the secret for the cookie."""
    token = new_token()
    session.add(
        WebSession(
            public_id=f"ws_{secrets.token_hex(6)}",
            token_hash=digest(token),
            person_id=person.id,
            opened_by=by.value,
            opened_at=now,
            last_seen_at=now,
            expires_at=now + lifetime_of(person.role).total,
            authenticated_at=None if by is OpenedBy.LINK else now,
            needs_factor=needs_factor,
            address=address,
            browser=browser[:200],
        )
    )
    session.flush()
    return token


_BY_TOKEN = select(WebSession).where(WebSession.token_hash == bindparam("token"))


def find_session(engine: Engine, token: str, now: datetime, *, is_seen: bool = True) -> WebSession | None:
    """The running session of that secret, detached, and noted as seen; None when there is none any more. `is_seen`
    False: a page asked by itself, and nobody may be there.
    """
    with reading(engine) as session:
        found = session.scalar(_BY_TOKEN, {"token": digest(token)})
    if found is None or not is_running(found, now):
        return None
    if is_seen and now - found.last_seen_at >= TOUCH_EVERY:
        with writing(engine) as session:
            session.execute(update(WebSession).where(WebSession.id == found.id).values(last_seen_at=now))
    return found


def is_running(web_session: WebSession, now: datetime) -> bool:
    """Not revoked, not expired, not left idle, and its person still with the service."""
    return (
        web_session.revoked_at is None
        and web_session.person.left_at is None
        and now < web_session.expires_at
        and now - web_session.last_seen_at < lifetime_of(web_session.person.role).idle
    )


def is_fresh(web_session: WebSession | None, now: datetime) -> bool:
    """Whether the password was typed or a passkey used in this session within the last 15 minutes."""
    return (
        web_session is not None
        and web_session.authenticated_at is not None
        and now - web_session.authenticated_at < FRESH
    )


def freshen(session: Session, web_session: WebSession, now: datetime) -> str:
    """The password was typed again, or a passkey used: fresh from now on, under a new secret, which is returned."""
    token = new_token()
    session.execute(
        update(WebSession)
        .where(WebSession.id == web_session.id)
        .values(token_hash=digest(token), authenticated_at=now, last_seen_at=now)
    )
    return token


def running_sessions(session: Session, person_id: int, now: datetime) -> list[WebSession]:
    """The person's sessions that could still be used, newest first."""
    query = select(WebSession).where(WebSession.person_id == person_id).order_by(WebSession.opened_at.desc())
    return [found for found in session.scalars(query) if is_running(found, now)]


def revoke(session: Session, person_id: int, public_id: str, now: datetime) -> bool:
    """Ends one session of that person; False when there is none such."""
    ended = session.scalar(
        update(WebSession)
        .where(WebSession.person_id == person_id, WebSession.public_id == public_id, WebSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(WebSession.id)
    )
    return ended is not None


def revoke_all(session: Session, person_id: int, now: datetime, but: int | None = None) -> None:
    """Ends every session of that person, except the one with the id `but`."""
    session.execute(
        update(WebSession)
        .where(WebSession.person_id == person_id, WebSession.revoked_at.is_(None), WebSession.id != (but or 0))
        .values(revoked_at=now)
    )


def has_factor_now(session: Session, person_id: int) -> None:
    """The person set up a second factor: everything is open again."""
    waiting = WebSession.person_id == person_id, WebSession.needs_factor
    session.execute(update(WebSession).where(*waiting).values(needs_factor=False))


def lacks_factor_now(session: Session, person_id: int) -> None:
    """The person took the second factor away that the clinic asks for: nothing is open until there is another."""
    session.execute(update(WebSession).where(WebSession.person_id == person_id).values(needs_factor=True))
