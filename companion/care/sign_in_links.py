"""One-time links that open a session without a password. The secret is in the link; its SHA-256 is here."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person
from companion.db import Base, RowId
from companion.tokens import digest, new_token

LINK_LIFETIME = timedelta(hours=24)


class SignInLink(Base):
    """A link that opens one session, once, before `expires_at`."""

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def make_link(session: Session, person: Person, now: datetime, lifetime: timedelta = LINK_LIFETIME) -> str:
    """The token of a new one-time link; it is shown once and stored as its hash. The page is `/enter/<token>`."""
    return keep_link(session, person, new_token(), now, now + lifetime)


def keep_link(session: Session, person: Person, token: str, now: datetime, expires_at: datetime) -> str:
    """From now on that token lets the person in, once."""
    session.add(SignInLink(token_hash=digest(token), person_id=person.id, made_at=now, expires_at=expires_at))
    session.flush()
    return token


def find_link(session: Session, token: str, now: datetime) -> Person | None:
    """Whom the link would let in; it stays good. None when it is unknown, used or expired."""
    good = SignInLink.token_hash == digest(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now
    of_person = select(Person).join(SignInLink, SignInLink.person_id == Person.id)
    return session.scalar(of_person.where(*good, Person.left_at.is_(None)))


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
