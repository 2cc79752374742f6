"""Who may come in: passwords with a limit on guesses, and one-time links."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, func, select, update
from sqlalchemy.orm import Session

from companion.care.people import Person, password_is_right
from companion.db import writing
from companion.tokens import digest, new_token
from companion.web.models import SignInAttempt, SignInLink

ATTEMPT_WINDOW = timedelta(minutes=15)
MAX_WRONG_PER_LOGIN = 5
MAX_WRONG_PER_ADDRESS = 20
ATTEMPTS_KEPT = timedelta(days=1)
LINK_LIFETIME = timedelta(hours=24)


class TooManyAttemptsError(Exception):
    """The login or the address has guessed too often; another try is allowed after ATTEMPT_WINDOW."""


def check_password(engine: Engine, login: str, password: str, address: str, now: datetime) -> Person | None:
    """The person with that login and password, or None. Raises TooManyAttemptsError.

    The attempt is committed as wrong before the slow comparison, which holds no lock: guesses sent at the same
    moment, to any process, are all counted.
    """
    with writing(engine) as session:
        attempt_id = _count_attempt(session, login, address, now)
        person = find_by_login(session, login)
    if not password_is_right(person, password):
        return None
    with writing(engine) as session:
        session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt_id).values(was_right=True))
    return person


def find_by_login(session: Session, login: str) -> Person | None:
    """The person who signs in with that login and is still with the service."""
    return session.scalar(select(Person).where(Person.login == login.strip().lower(), Person.left_at.is_(None)))


def count_wrong_address(session: Session, address: str, now: datetime) -> None:
    """A secret that opens nothing was tried from there. Raises TooManyAttemptsError, as for passwords."""
    if _wrong(session, SignInAttempt.address == address, now) >= MAX_WRONG_PER_ADDRESS:
        raise TooManyAttemptsError
    session.add(SignInAttempt(login="", address=address, at=now))


def _count_attempt(session: Session, login: str, address: str, now: datetime) -> int:
    login = login.strip().lower()[:64]
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - ATTEMPTS_KEPT))
    if (
        _wrong(session, SignInAttempt.login == login, now) >= MAX_WRONG_PER_LOGIN
        or _wrong(session, SignInAttempt.address == address, now) >= MAX_WRONG_PER_ADDRESS
    ):
        raise TooManyAttemptsError
    attempt = SignInAttempt(login=login, address=address, at=now)
    session.add(attempt)
    session.flush()
    return attempt.id


def _wrong(session: Session, whose: ColumnElement[bool], now: datetime) -> int:
    query = select(func.count()).select_from(SignInAttempt)
    recent = SignInAttempt.at > now - ATTEMPT_WINDOW
    return session.scalar(query.where(whose, recent, SignInAttempt.was_right.is_(False))) or 0


def make_link(session: Session, person: Person, now: datetime, lifetime: timedelta = LINK_LIFETIME) -> str:
    """The token of a new one-time link; it is shown once and stored as its hash. The page is `/enter/<token>`."""
    token = new_token()
    session.add(SignInLink(token_hash=digest(token), person_id=person.id, made_at=now, expires_at=now + lifetime))
    session.flush()
    return token


def use_link(session: Session, token: str, now: datetime) -> Person | None:
    """The person the link lets in, or None when it is unknown, used or expired. A link works once.

    The guarded UPDATE decides: of two browsers with one link, one gets in.
    """
    person_id = session.scalar(
        update(SignInLink)
        .where(SignInLink.token_hash == digest(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
        .values(used_at=now)
        .returning(SignInLink.person_id)
    )
    return session.scalar(select(Person).where(Person.id == person_id, Person.left_at.is_(None)))
