"""Looking things up in the audit and in the log of reads: by who, whom, what and when, a page at a time.

A page begins before the number of the last row of the page before it: rows that come meanwhile move nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from companion.care.audit import READS_HASHED, AuditEntry, keys_of, newest_entries
from companion.care.audit_chain import Entry, wrong
from companion.care.people import Person
from companion.care.read_log import ReadEntry


class Wanted(NamedTuple):
    """What is looked for; empty and None: anything. `who` and `patient` are public ids, `kind` is what was done or
    shown. From `since` on and before `until`. Entries that only hash the log of reads are left out unless
    `with_hashes` or asked for by kind."""

    who: str = ""
    patient: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    with_hashes: bool = False


def acts(session: Session, wanted: Wanted, before: int | None = None, limit: int | None = None) -> Iterator[Entry]:
    """Entries of the audit, the newest first."""
    return newest_entries(session, *_about_acts(wanted), *_before(AuditEntry, before), limit=limit)


def _about_acts(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    yield from _between(AuditEntry, wanted)
    if wanted.who:
        yield AuditEntry.actor == wanted.who
    if wanted.patient:
        yield AuditEntry.patient == wanted.patient
    if wanted.kind:
        yield AuditEntry.action == wanted.kind
    elif not wanted.with_hashes:
        yield AuditEntry.action != READS_HASHED


def looks(session: Session, wanted: Wanted, before: int | None = None, limit: int | None = None) -> Iterator[ReadEntry]:
    """Rows of the log of reads, the newest first."""
    query = select(ReadEntry).where(*_about_looks(wanted), *_before(ReadEntry, before))
    newest = query.order_by(ReadEntry.id.desc()).limit(limit)
    return iter(session.scalars(newest, execution_options={"yield_per": 1000}))


def _about_looks(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    yield from _between(ReadEntry, wanted)
    if wanted.who:
        yield ReadEntry.who == wanted.who
    if wanted.patient:
        yield ReadEntry.patient == wanted.patient
    if wanted.kind:
        yield ReadEntry.kind == wanted.kind


def _between(table: type[AuditEntry] | type[ReadEntry], wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield table.at >= wanted.since
    if wanted.until is not None:
        yield table.at < wanted.until


def _before(table: type[AuditEntry] | type[ReadEntry], before: int | None) -> Sequence[ColumnElement[bool]]:
    return () if before is None else (table.id < before,)


def one_act(session: Session, number: int) -> Entry | None:
    """The entry of that number."""
    return next(newest_entries(session, AuditEntry.id == number, limit=1), None)


def last_number(session: Session) -> int:
    """Of the newest entry; 0 while there is none."""
    return session.scalar(select(func.max(AuditEntry.id))) or 0


def fault_of(session: Session, entry: Entry) -> str:
    """What does not hold about that entry and its link to the one before; empty where both hold."""
    previous = next(newest_entries(session, AuditEntry.id < entry.id, limit=1), None)
    return wrong(entry, previous, keys_of(session).find)


def people_named(session: Session, ids: Collection[str]) -> dict[str, Person]:
    """Whoever of these is or was a person of the service."""
    return {person.public_id: person for person in session.scalars(select(Person).where(Person.public_id.in_(ids)))}
