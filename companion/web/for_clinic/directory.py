"""Everybody the administrator looks after, found by name, login, telephone or id: fifty at a time."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from companion.care.invitations import Invitation, InvitationPurpose
from companion.care.people import Person, Role
from companion.erasing.models import Erasure

PAGE = 50
LONGEST_SEARCH = 60


class State(StrEnum):
    HERE = "here"
    INVITED = "invited"  # an invitation is out that nobody has used
    ENDED = "ended"


class Wanted(NamedTuple):
    """What the list is to show; empty: all."""

    search: str = ""
    role: str = ""
    state: str = State.HERE
    page: int = 1


class Entry(NamedTuple):
    """One line of the list."""

    public_id: str
    name: str
    role: str
    login: str | None
    left_at: datetime | None
    is_invited: bool

    @property
    def state(self) -> State:
        if self.left_at is not None:
            return State.ENDED
        return State.INVITED if self.is_invited else State.HERE


class Found(NamedTuple):
    """One page of the list, and how many there are in all."""

    entries: list[Entry]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def find_people(session: Session, wanted: Wanted, now: datetime) -> Found:
    """By name. A page past the end is the last one."""
    wanted = wanted._replace(page=max(1, wanted.page))
    entries, total = _page(session, wanted, now)
    if not entries and wanted.page > 1:
        last = session.scalar(select(func.count()).select_from(Person).where(*_conditions(wanted, now))) or 0
        wanted = wanted._replace(page=max(1, -(-last // PAGE)))
        entries, total = _page(session, wanted, now)
    return Found(entries, total, wanted.page)


def _page(session: Session, wanted: Wanted, now: datetime) -> tuple[list[Entry], int]:
    """The lines of that page, and how many there are in all: found in one look at the table."""
    columns = Person.public_id, Person.name, Person.role, Person.login, Person.left_at, _is_invited(now)
    query = select(*columns, func.count().over()).where(*_conditions(wanted, now)).order_by(Person.name, Person.id)
    rows = session.execute(query.limit(PAGE).offset((wanted.page - 1) * PAGE)).all()
    return [Entry(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def _conditions(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    """Who was erased has no name any more, and stands in no list."""
    found: list[ColumnElement[bool]] = [Person.public_id.not_in(select(Erasure.patient))]
    found.append(Person.left_at.is_not(None) if wanted.state == State.ENDED else Person.left_at.is_(None))
    if wanted.state == State.INVITED:
        found.append(_is_invited(now))
    if wanted.role in set(Role):
        found.append(Person.role == wanted.role)
    if text := " ".join(wanted.search.split())[:LONGEST_SEARCH]:
        # One comparison a row: four of them cost more than finding the row.
        login, phone = func.coalesce(Person.login, ""), func.coalesce(Person.phone, "")
        known_by = Person.name + "\n" + login + "\n" + phone + "\n" + Person.public_id
        found.append(known_by.icontains(text, autoescape=True))
    return found


def _is_invited(now: datetime) -> ColumnElement[bool]:
    return exists().where(
        Invitation.person_id == Person.id,
        Invitation.purpose == InvitationPurpose.INVITATION.value,
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
    )
