"""Holds what came in lately against the readings of other sources, and links what is one measurement.

Runs before an assessment, in short transactions of its own, and is safe to repeat: an intake stays pending until
all of its span was looked at, and a link that exists is not made twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.db import reading, writing
from companion.devices.ingest import IntakeKind
from companion.devices.models import Intake
from companion.readings.annulments import annulled
from companion.readings.links import add_links, barred, links_within, reach, running
from companion.readings.reading import Metric, Reading
from companion.readings.same import Match, find_matches, key_of
from companion.readings.store import ReadingStore

AT_ONCE = timedelta(days=31)
"""How much of a long history is looked at in one go."""


class _Pending(NamedTuple):
    """What still has to be looked at: the intakes, and the spans of their readings."""

    patient: str
    intakes: Sequence[int]
    spans: Sequence[tuple[datetime, datetime]]


def link_new(engine: Engine, store: ReadingStore, patient_id: int, now: datetime) -> int:
    """Links what is pending for the patient; how many links are new."""
    with reading(engine) as session:
        pending = _pending(session, patient_id)
    if not pending.intakes:
        return 0
    made = 0
    for first, last in _in_pieces(pending.spans):
        for metric in Metric:
            made += _link_span(engine, store, pending.patient, metric, first, last, now)
    with writing(engine) as session:
        session.execute(update(Intake).where(Intake.id.in_(pending.intakes)).values(linked_at=now))
    return made


def look_again(session: Session, source: str) -> None:
    """What that intake brought has to be held against other sources anew."""
    session.execute(update(Intake).where(Intake.public_id == source).values(linked_at=None))


def _pending(session: Session, patient_id: int) -> _Pending:
    patient = session.scalars(select(Person.public_id).where(Person.id == patient_id)).one()
    waiting = select(Intake).where(Intake.patient_id == patient_id, Intake.linked_at.is_(None))
    intakes = list(session.scalars(waiting))
    brought = [(one.first_at, one.last_at) for one in intakes if one.new]
    spans = [(first, last) for first, last in brought if first is not None and last is not None]
    return _Pending(patient, [one.id for one in intakes], spans if _has_several_sources(session, patient_id) else [])


def _has_several_sources(session: Session, patient_id: int) -> bool:
    """One meter alone has nothing to be linked with; two files may be of two apps."""
    sources = session.execute(
        select(Intake.kind, Intake.device_id).where(Intake.patient_id == patient_id, Intake.new > 0).distinct()
    ).all()
    return len(sources) > 1 or any(source.kind == IntakeKind.UPLOAD for source in sources)


def _in_pieces(spans: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    for first, last in spans:
        start = first
        while start <= last:
            yield start, min(start + AT_ONCE, last)
            start += AT_ONCE


def _link_span(
    engine: Engine, store: ReadingStore, patient: str, metric: Metric, first: datetime, last: datetime, now: datetime
) -> int:
    start, end = reach(first, last)
    readings = store.between(patient, metric, start, end + timedelta(milliseconds=1))
    if len({one.device for one in readings}) < 2:
        return 0
    with reading(engine) as session:
        matches = _missing_links(session, patient, readings, start, end)
    if not matches:
        return 0
    with writing(engine) as session:
        return add_links(session, patient, matches, now)


def _missing_links(
    session: Session, patient: str, readings: Iterable[Reading], start: datetime, end: datetime
) -> list[Match]:
    taken_back = annulled(session, patient, start, end)
    links = links_within(session, patient, start, end)
    there = [one for one in readings if not taken_back.holds(key_of(one), one.source)]
    return find_matches(there, running(links, taken_back), barred(links))
