"""Whoever is not with the service any more is out of every browser, and no link lets them in again."""

from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from companion.care.endings import CareEnding, Ending
from companion.care.people import Person
from companion.care.sign_in_links import SignInLink
from companion.ending.ending import end
from companion.web.door.sessions import revoke_all


def end_for_good(
    session: Session, person: Person, reason: Ending, happened_on: date, *, by: str, now: datetime, keep_years: int
) -> CareEnding:
    """`ending.end`, and every sign-in with it, in one transaction: none comes back with who is taken up again."""
    revoke_all(session, person.id, now)
    unused = SignInLink.person_id == person.id, SignInLink.used_at.is_(None)
    session.execute(update(SignInLink).where(*unused).values(used_at=now))
    return end(session, person, reason, happened_on, by=by, now=now, keep_years=keep_years)
