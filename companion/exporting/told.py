"""Readings with everything that was said about them, streamed: what counts, what was struck out, by whom and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.readings.amendments import Amendment, Field, WhyNot, amended
from companion.readings.annulments import Annulment
from companion.readings.links import ReadingLink, links_within
from companion.readings.reading import Reading
from companion.readings.same import FARTHEST_CLOCKS, Key, key_of

BLOCK = 5000
"""So many readings are laid over at once."""

SERVICE = "companion"
"""Who makes links: the service itself."""

STRUCK = {
    Field.EXCLUDED: "left out",
    Field.OWNER: "whose it is",
    Field.MEAL: "meal",
    Field.NOTE: "note",
    Field.VALUE: "value",
}


@dataclass(frozen=True)
class Remark:
    """What one person (or the service) said about a reading: from `old` to `new`, and why."""

    about: str
    old: str
    new: str
    by: str
    at: datetime
    why: str


class Told(NamedTuple):
    """A reading as it is to be read now; `why_not` None: it counts."""

    reading: Reading
    why_not: WhyNot | None
    remarks: tuple[Remark, ...]


class Names:
    """People as an export names them, each looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[int | None, str] = {None: ""}

    def of(self, person_id: int | None) -> str:
        """Name and role; "" for nobody."""
        if person_id not in self._known:
            person = self._session.get_one(Person, person_id)
            self._known[person_id] = f"{person.name} ({person.role})"
        return self._known[person_id]


def tell(session: Session, names: Names, patient: str, readings: Iterable[Reading]) -> Iterator[Told]:
    """The readings in their order (metric by metric, each by time), with what was said laid over."""
    for _, of_metric in groupby(readings, key=lambda reading: reading.metric):
        for block, begins, ends in _blocks(of_metric):
            yield from _told(session, names, patient, block, begins, ends)


def _blocks(readings: Iterable[Reading]) -> Iterator[tuple[list[Reading], datetime | None, datetime | None]]:
    """Blocks to lay over, each with the span of what is given out of it (None: open). Around that span a block holds
    its neighbours, as far away as a record of the same measurement may lie."""
    held: list[Reading] = []
    fresh, begins = 0, None
    for reading in readings:
        held.append(reading)
        fresh += 1
        if fresh >= BLOCK:
            ends = reading.taken_at - FARTHEST_CLOCKS
            yield held, begins, ends
            held = [one for one in held if one.taken_at >= ends - FARTHEST_CLOCKS]
            fresh, begins = 0, ends
    if held:
        yield held, begins, None


def _told(
    session: Session, names: Names, patient: str, block: list[Reading], begins: datetime | None, ends: datetime | None
) -> Iterator[Told]:
    remarks = _Remarks(session, names, patient, block[0].taken_at, block[-1].taken_at)
    for entry in amended(session, patient, block):
        reading = entry.reading
        if (begins is None or reading.taken_at >= begins) and (ends is None or reading.taken_at < ends):
            yield Told(reading, entry.why_not, remarks.of(reading, entry.why_not))


class _Remarks:
    """Who said what about the readings of one span."""

    def __init__(self, session: Session, names: Names, patient: str, first: datetime, last: datetime) -> None:
        self._names = names
        self._words = _by_reading(session, patient, first, last)
        self._taken_back = _by_source(session, patient)
        self._links = {link.other: link for link in links_within(session, patient, first, last)}

    def of(self, reading: Reading, why_not: WhyNot | None) -> tuple[Remark, ...]:
        """In the order in which they were said, those of a whole upload last."""
        key = key_of(reading)
        said = [self._word(row) for row in self._words.get(key, ())]
        if key in self._links:
            said += self._link(self._links[key])
        if why_not is WhyNot.TAKEN_BACK:
            row = self._taken_back[reading.source]
            said.append(Remark("upload", "", "taken back", self._names.of(row.by_id), row.at, "taken back as a whole"))
        return tuple(said)

    def _word(self, row: Amendment) -> Remark:
        about = STRUCK[Field(row.field)]
        return Remark(about, row.old, row.said, self._names.of(row.by_id), row.at, row.why)

    def _link(self, link: ReadingLink) -> Iterator[Remark]:
        yield Remark("link", "", "the same measurement as another record", SERVICE, link.made_at, f"by {link.why}")
        if link.unlinked_at is not None:
            by = self._names.of(link.unlinked_by)
            yield Remark("link", "", "two measurements", by, link.unlinked_at, "said on the page")


def _by_reading(session: Session, patient: str, first: datetime, last: datetime) -> Mapping[Key, list[Amendment]]:
    found = defaultdict(list)
    query = select(Amendment).where(Amendment.patient == patient, Amendment.taken_at >= first)
    for row in session.scalars(query.where(Amendment.taken_at <= last).order_by(Amendment.id)):
        found[row.key].append(row)
    return found


def _by_source(session: Session, patient: str) -> Mapping[str, Annulment]:
    rows = session.scalars(select(Annulment).where(Annulment.patient == patient))
    return {row.source: row for row in rows}
