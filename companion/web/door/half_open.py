"""A sign-in that waits for its second half: a right password or a good link of somebody whose app is asked for, too."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.db import reading, rows_changed, writing
from companion.tokens import digest, new_token
from companion.web.door.factor_models import HalfOpen
from companion.web.door.factors import shown_right
from companion.web.door.limits import note_right
from companion.web.door.sessions import OpenedBy
from companion.web.door.sign_in import count_attempt

LASTS = timedelta(minutes=10)


def begin_half(session: Session, person: Person, by: OpenedBy, now: datetime) -> str:
    """The secret by which the same browser goes on; those that nobody finished are cleared away."""
    session.execute(delete(HalfOpen).where(HalfOpen.expires_at <= now))
    token = new_token()
    session.add(HalfOpen(token_hash=digest(token), person_id=person.id, opened_by=by.value, expires_at=now + LASTS))
    session.flush()
    return token


def find_half(session: Session, token: str, now: datetime) -> tuple[HalfOpen, Person] | None:
    """The sign-in that waits under that secret, and whose it is."""
    query = (
        select(HalfOpen, Person)
        .join(Person, Person.id == HalfOpen.person_id)
        .where(HalfOpen.token_hash == digest(token), HalfOpen.expires_at > now, Person.left_at.is_(None))
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None


def finish_half(engine: Engine, token: str, typed: str, address: str, now: datetime) -> tuple[Person, OpenedBy] | None:
    """Who may come in with that code, and how they had begun; None: the code is not right, or nothing waits. Raises
    TooManyAttemptsError. The guess is committed as wrong before it is looked at."""
    with reading(engine) as session:
        found = find_half(session, token, now)
    if found is None:
        return None
    half, person = found
    with writing(engine) as session:
        attempt_id = count_attempt(session, f"{person.public_id} code", address, now)
    with writing(engine) as session:
        if not shown_right(session, person.id, typed, now) or not _end(session, half.id):
            return None
        note_right(session, attempt_id)
    return person, OpenedBy(half.opened_by)


def _end(session: Session, half_id: int) -> bool:
    """Of two who finish one sign-in at once, one comes in."""
    return rows_changed(session.execute(delete(HalfOpen).where(HalfOpen.id == half_id))) == 1
