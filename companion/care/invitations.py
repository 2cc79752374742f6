"""Codes that let somebody in without a password, made by a person for a person: an invitation on a sheet of paper, and
a new password for who lost theirs.

A code has 10 characters of 31 that nobody mixes up: 49.5 bits. It works once, until a day; whoever guesses is stopped
after some tries an address (`web.door.sign_in`). Kept is its HMAC under the service's secret, so that a stolen
database cannot be searched for codes.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person
from companion.db import Base, RowId

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 and O, 1, I and L: a person of eighty copies it from paper."""
LENGTH = 10
HALF = LENGTH // 2
RESET_VALID_FOR = timedelta(minutes=30)


class InvitationPurpose(StrEnum):
    INVITATION = "invitation"
    RESET = "reset"  # of a password


class ValidDays(StrEnum):
    """How long an invitation may be used, as whoever makes it chooses."""

    ONE = "1"
    SEVEN = "7"
    THIRTY = "30"

    @property
    def span(self) -> timedelta:
        return timedelta(days=int(self.value))


class Invitation(Base):
    """One code of one person. It is over once used, revoked or past `expires_at`."""

    __tablename__ = "invitation"
    __table_args__ = (CheckConstraint("purpose IN ('invitation', 'reset')", name="purpose"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(12))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """None: by the command line, or by its owner, who has to show that they read what is sent to them."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def invite(
    session: Session,
    person: Person,
    *,
    key: str,
    valid_for: timedelta,
    by: Person | None,
    now: datetime,
    purpose: InvitationPurpose = InvitationPurpose.INVITATION,
) -> str:
    """The code of a new invitation, as it is printed ("ABCDE-FGHJK"); it stands nowhere else. `key` is the service's
    secret. Invitations made before for the same person and purpose work no more: a lost sheet opens nothing."""
    revoke(session, person.id, now, purpose)
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    session.add(
        Invitation(
            public_id=f"in_{secrets.token_hex(6)}",
            person_id=person.id,
            purpose=purpose.value,
            code_hash=_hash(code, key),
            made_by=by.id if by else None,
            made_at=now,
            expires_at=now + valid_for,
        )
    )
    session.flush()
    return f"{code[:HALF]}-{code[HALF:]}"


def revoke(
    session: Session, person_id: int, now: datetime, purpose: InvitationPurpose = InvitationPurpose.INVITATION
) -> None:
    """The person's open invitations of that purpose work no more."""
    session.execute(
        update(Invitation)
        .where(Invitation.person_id == person_id, Invitation.purpose == purpose.value)
        .where(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def use(session: Session, typed: str, key: str, now: datetime) -> tuple[Person, InvitationPurpose] | None:
    """Whom the code lets in, and to do what; None where it opens nothing. It works once: the guarded UPDATE decides.

    Capitals, spaces and dashes do not matter.
    """
    found = session.execute(
        update(Invitation)
        .where(Invitation.code_hash == _hash(typed, key), Invitation.expires_at > now)
        .where(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
        .values(used_at=now)
        .returning(Invitation.person_id, Invitation.purpose)
    ).one_or_none()
    if found is None:
        return None
    person = session.scalar(select(Person).where(Person.id == found.person_id, Person.left_at.is_(None)))
    return (person, InvitationPurpose(found.purpose)) if person else None


def open_invitation(session: Session, person_id: int, now: datetime) -> Invitation | None:
    """The invitation that could still be used."""
    return session.scalar(
        select(Invitation)
        .where(Invitation.person_id == person_id, Invitation.purpose == InvitationPurpose.INVITATION.value)
        .where(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now)
        .order_by(Invitation.id.desc())
    )


def _hash(typed: str, key: str) -> str:
    bare = "".join(letter for letter in typed.upper() if letter.isalnum())
    return hmac.new(key.encode(), b"invitation " + bare.encode(), "sha256").hexdigest()
