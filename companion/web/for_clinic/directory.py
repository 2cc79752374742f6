"""Everybody the administrator looks after, found by name, login, telephone or id: fifty at a time."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from companion.care.invitations import Invitation, InvitationPurpose
from companion.care.names import people_in_order
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
    ids = _found(session, wanted, now)
    page = min(max(1, wanted.page), max(1, -(-len(ids) // PAGE)))
    return Found(_entries(session, ids[(page - 1) * PAGE : page * PAGE], now), len(ids), page)


def _found(session: Session, wanted: Wanted, now: datetime) -> list[int]:
    """Everybody who is meant, by name. Names and numbers are sealed: they are looked through here."""
    sought = " ".join(wanted.search.split())[:LONGEST_SEARCH].casefold()
    known_by = (Person.login, Person.phone, Person.public_id) if sought else ()
    rows = session.execute(select(Person.name, Person.id, *known_by).where(*_conditions(wanted, now)))
    found = [(name, id_) for name, id_, *more in rows if sought in "\n".join([name, *filter(None, more)]).casefold()]
    return [id_ for _, id_ in sorted(found)]


def _entries(session: Session, ids: list[int], now: datetime) -> list[Entry]:
    invited = set(session.scalars(select(Person.id).where(Person.id.in_(ids), _is_invited(now))))
    return [
        Entry(each.public_id, each.name, each.role, each.login, each.left_at, each.id in invited)
        for each in people_in_order(session, ids)
    ]


def _conditions(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    """Who was erased has no name any more, and stands in no list."""
    found: list[ColumnElement[bool]] = [Person.public_id.not_in(select(Erasure.patient))]
    found.append(Person.left_at.is_not(None) if wanted.state == State.ENDED else Person.left_at.is_(None))
    if wanted.state == State.INVITED:
        found.append(_is_invited(now))
    if wanted.role in set(Role):
        found.append(Person.role == wanted.role)
    return found


def _is_invited(now: datetime) -> ColumnElement[bool]:
    return exists().where(
        Invitation.person_id == Person.id,
        Invitation.purpose == InvitationPurpose.INVITATION.value,
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
    )
