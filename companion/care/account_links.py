"""How an account of a messaging service becomes a person's address: by a code that their page shows.

The account tells the code, typed or scanned, and so both ends are known: who asked for it, and whose account it is.
"""

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care import audit
from companion.care.contact_models import ContactPoint, Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.people import Person
from companion.db import Base
from companion.tokens import digest

DIGITS = 8
"""Anybody may write to an account of ours. A hundred guesses a minute until it ends find one code in 100,000 times."""
GOOD_FOR = timedelta(minutes=10)
_TYPED = re.compile(r"\d{8}")


class AccountLink(Base):
    """A code that is out: one at a time for a person and a kind of address. Gone once it was used."""

    __tablename__ = "account_link"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]


def make_code(session: Session, person: Person, kind: Kind, now: datetime) -> str:
    """A new code for an account of that kind, shown once; an earlier one of the person is void."""
    session.execute(delete(AccountLink).where(AccountLink.person_id == person.id, AccountLink.kind == kind.value))
    session.execute(delete(AccountLink).where(AccountLink.made_at <= now - GOOD_FOR))
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    session.add(AccountLink(person_id=person.id, kind=kind.value, code_hash=digest(code), made_at=now))
    session.flush()
    return code


def take_code(session: Session, kind: Kind, account: str, said: str, now: datetime) -> ContactPoint | None:
    """Makes the account that said a code the address of whoever asked for the code; None when it is no code."""
    typed = _digits(said)
    if not _TYPED.fullmatch(typed):
        return None
    used = (
        delete(AccountLink)
        .where(AccountLink.code_hash == digest(typed), AccountLink.kind == kind.value)
        .where(AccountLink.made_at > now - GOOD_FOR)
        .returning(AccountLink.person_id)
    )
    person_id = session.scalar(used)
    person = session.get(Person, person_id) if person_id is not None else None
    if person is None or person.left_at is not None:
        return None
    point = add_contact(session, person, kind, account, now=now, verified_by=VerifiedBy.DEVICE)
    told = {"person": person.public_id, "point": point.public_id}
    audit.note(session, actor=person.public_id, action="linked_account", now=now, **told)
    return point


def _digits(said: str) -> str:
    """The code as it was typed: with blanks in it, or in full-width digits."""
    return "".join(str(int(letter)) if letter.isdecimal() else letter for letter in said if not letter.isspace())
