"""Who may come in by a password, with a limit on guesses."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, exists, func, select
from sqlalchemy.orm import Session

from companion.care.people import Person, password_is_right
from companion.db import writing
from companion.web.door.limits import WINDOW, TooManyAttemptsError, network_of, note_right, wait_turn
from companion.web.models import SignInAttempt, WebSession

MAX_WRONG_PER_LOGIN = 5
MAX_WRONG_PER_ADDRESS = 20
ATTEMPTS_KEPT = timedelta(days=1)
KNOWN_FOR = timedelta(days=30)
"""So long after somebody came in from an address, guesses made elsewhere do not keep them out there."""
OF_A_DOOR = "(%"
"""How tries at other doors stand among the attempts (`limits.Door`)."""


def check_password(engine: Engine, login: str, password: str, address: str, now: datetime) -> Person | None:
    """The person with that login and password, or None. Raises TooManyAttemptsError.

    The attempt is committed as wrong before the slow comparison, which holds no lock: guesses sent at the same
    moment, to any process, are all counted.
    """
    with writing(engine) as session:
        person = find_by_login(session, login)
        attempt_id = count_attempt(session, login, address, now, is_known=_came_from(session, person, address, now))
    if not password_is_right(person, password):
        return None
    with writing(engine) as session:
        note_right(session, attempt_id)
    return person


def find_by_login(session: Session, login: str) -> Person | None:
    """The person who signs in with that login and is still with the service."""
    return session.scalar(select(Person).where(Person.login == login.strip().lower(), Person.left_at.is_(None)))


def count_attempt(session: Session, login: str, address: str, now: datetime, *, is_known: bool = False) -> int:
    """Notes a guess as wrong before it is looked at, so that guesses sent at one moment all count. Raises
    TooManyAttemptsError.

    `is_known`: the person was signed in at that address lately. Then only guesses from there count for the login: a
    stranger elsewhere, who could guess wrong for ever, keeps nobody out of their own house.
    """
    login, network = login.strip().lower()[:64], network_of(address)
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - ATTEMPTS_KEPT))
    wait_turn(session, login)
    there = SignInAttempt.address == network
    of_login = (SignInAttempt.login == login,) + ((there,) if is_known else ())
    if (
        _wrong(session, now, *of_login) >= MAX_WRONG_PER_LOGIN
        or _wrong(session, now, there, SignInAttempt.login.not_like(OF_A_DOOR)) >= MAX_WRONG_PER_ADDRESS
    ):
        raise TooManyAttemptsError
    attempt = SignInAttempt(login=login, address=network, at=now)
    session.add(attempt)
    session.flush()
    return attempt.id


def _came_from(session: Session, person: Person | None, address: str, now: datetime) -> bool:
    """Asked for nobody, too: a login that is not there takes no other way."""
    whose = WebSession.person_id == (person.id if person else 0)
    lately = WebSession.address == network_of(address), WebSession.last_seen_at > now - KNOWN_FOR
    return session.scalar(select(exists().where(whose, *lately))) or False


def _wrong(session: Session, now: datetime, *which: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(SignInAttempt)
    recent = SignInAttempt.at > now - WINDOW
    return session.scalar(query.where(*which, recent, SignInAttempt.was_right.is_(False))) or 0
