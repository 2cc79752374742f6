"""What people said about a reading afterwards: laid over it at read, never written into it.

Besides a person's word about one reading, two things are laid over here: uploads that were taken back as a whole
(`annulments`), and links to a record of the same measurement (`links`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, Integer, String, bindparam, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.db import Base, RowId, rows_of
from companion.errors import BadInput
from companion.readings.annulments import Annulled, annulled
from companion.readings.corrected import check_correction, corrected, value_text
from companion.readings.links import links_within, running
from companion.readings.reading import Meal, Metric, Reading
from companion.readings.same import Key, key_of
from companion.sealing.texts import SealedText, seal_text


class Field(StrEnum):
    MEAL = "meal"
    EXCLUDED = "excluded"
    OWNER = "owner"  # "mine", "not mine", or the public id of the patient whose it is
    NOTE = "note"  # in the patient's own words; they stand in `Amendment.words`, "" takes the note away
    VALUE = "value"  # what was meant by what was typed: "7.8", or "141/88" in mmHg; in the reading's own unit


MINE, NOT_MINE = "mine", "not mine"

LONGEST_NOTE = 280


class WhyNot(StrEnum):
    """Why a reading counts nowhere. It stays in the list, struck through, with this said beside it."""

    LEFT_OUT = "left out"
    NOT_MINE = "not mine"
    MOVED = "moved"
    TAKEN_BACK = "taken back"
    LINKED = "linked"


PATIENT_OF_AMENDMENT = "(SELECT id FROM person WHERE person.public_id = amendment.patient)"


class Amendment(Base):
    """Who changed what of which reading, when and why; append-only, the newest of a field counts."""

    __tablename__ = "amendment"
    __table_args__ = (Index("ix_amendment_reading", "patient", "metric", "taken_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient: Mapped[str] = mapped_column(String(20))
    metric: Mapped[str] = mapped_column(String(20))
    taken_at: Mapped[datetime]
    device: Mapped[str] = mapped_column(String(160))
    sequence: Mapped[int] = mapped_column(Integer)
    field: Mapped[str] = mapped_column(String(10))
    old: Mapped[str] = mapped_column(String(20))
    new: Mapped[str] = mapped_column(String(20))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(
        SealedText("amendment.words", whose=PATIENT_OF_AMENDMENT, was=LONGEST_NOTE), default="", server_default=""
    )

    @property
    def said(self) -> str:
        """What the field is from now on."""
        return self.words if self.field == Field.NOTE else self.new

    @property
    def key(self) -> Key:
        """Of the reading it is about."""
        return self.metric, self.taken_at, self.device, self.sequence


class Amended(NamedTuple):
    """A reading as it is to be read now. `why_not` None: it counts."""

    reading: Reading
    why_not: WhyNot | None
    meal_was_asked: bool
    note: str = ""

    @property
    def is_excluded(self) -> bool:
        return self.why_not is not None


def amend(session: Session, reading: Reading, *, field: Field, new: str, by_id: int, why: str, now: datetime) -> None:
    """Notes what was said; `reading` as it is read now. Raises BadInput for a value the field does not know."""
    if field is Field.MEAL and new not in set(Meal):
        raise BadInput(f"{new!r} is not one of {', '.join(Meal)}", where="meal")
    if field is Field.EXCLUDED and new not in ("yes", "no"):
        raise BadInput("is either yes or no", where="excluded")
    if field is Field.NOTE and len(new) > LONGEST_NOTE:
        raise BadInput(f"has more than {LONGEST_NOTE} characters", where="note", advice="write less")
    if field is Field.VALUE:
        check_correction(reading, new)
    old = {
        Field.MEAL: reading.meal or "",
        Field.EXCLUDED: "no",
        Field.OWNER: MINE,
        Field.NOTE: "",
        Field.VALUE: value_text(reading),
    }[field]
    is_note = field is Field.NOTE
    session.add(
        Amendment(
            patient=reading.patient,
            metric=reading.metric.value,
            taken_at=reading.taken_at,
            device=reading.device,
            sequence=reading.sequence,
            field=field.value,
            old=old,
            new="" if is_note else new,
            by_id=by_id,
            at=now,
            why=why[:200],
            words=_sealed(session, reading.patient, new, now) if is_note else "",
        )
    )
    session.flush()


def _sealed(session: Session, patient: str, note: str, now: datetime) -> str:
    """A patient's own words, under the key of the patient with that public id."""
    its_id = session.scalar(text("SELECT id FROM person WHERE public_id = :patient"), {"patient": patient})
    return seal_text(session, its_id, Amendment.words, note, now)


class _Said(NamedTuple):
    """Everything laid over the readings of one span. Words are about a measurement: what was said of a linked
    record was said of the one that counts, and the newest holds. What was meant by what was typed is about that
    record alone: a device's value beside it stays."""

    words: Mapping[tuple[Key, str], str]
    annulled: Annulled
    linked: Mapping[Key, Key]


def amended(session: Session, patient: str, readings: Iterable[Reading]) -> list[Amended]:
    """The readings with everything said about them laid over, in their order."""
    readings = list(readings)
    said = _said_of(session, patient, readings)
    return _laid_over(readings, said) if said else [Amended(reading, None, False) for reading in readings]


def counting(session: Session, patient: str, readings: list[Reading]) -> list[Reading]:
    """Those of the readings that nobody excluded, as `amended` and `counted` tell; at no cost for each where nothing
    was said, as of nearly all of a sensor's thousands."""
    said = _said_of(session, patient, readings)
    return counted(_laid_over(readings, said)) if said else readings


def instants_said(session: Session, patient: str, first: datetime, last: datetime) -> frozenset[datetime] | None:
    """When the readings were taken about which something is said, between two instants, both included: `counting`
    leaves all others as they are. None: a whole upload was taken back, and any reading may be of it."""
    if annulled(session, patient, first, last):
        return None
    amended_at = rows_of(session, _AMENDED_AT, {"patient": patient, "first": first, "last": last}).scalars()
    links = links_within(session, patient, first, last)
    return frozenset([*amended_at, *(at for link in links for at in (link.counted_at, link.other_at))])


_THERE = (
    Amendment.patient == bindparam("patient"),
    Amendment.taken_at >= bindparam("first"),
    Amendment.taken_at <= bindparam("last"),
)
_AMENDED_AT = select(Amendment.taken_at).where(*_THERE)
_AMENDMENTS = (
    select(
        Amendment.metric,
        Amendment.taken_at,
        Amendment.device,
        Amendment.sequence,
        Amendment.field,
        Amendment.new,
        Amendment.words,
    )
    .where(*_THERE)
    .order_by(Amendment.id)
)


def _laid_over(readings: Iterable[Reading], said: _Said) -> list[Amended]:
    entries = [_lay_over(reading, said) for reading in readings]
    return _with_meals_of_linked(entries, said.linked) if said.linked else entries


def _said_of(session: Session, patient: str, readings: Sequence[Reading]) -> _Said | None:
    """None where nothing was said."""
    if not readings:
        return None
    instants = [reading.taken_at for reading in readings]
    said = _said(session, patient, min(instants), max(instants))
    return said if any(said) else None


def _said(session: Session, patient: str, first: datetime, last: datetime) -> _Said:
    rows = rows_of(session, _AMENDMENTS, {"patient": patient, "first": first, "last": last})
    taken_back = annulled(session, patient, first, last)
    linked = running(links_within(session, patient, first, last), taken_back)
    words = {
        (_about((metric, at, device, sequence), field, linked), field): note if field == Field.NOTE else new
        for metric, at, device, sequence, field, new, note in rows
    }
    return _Said(words, taken_back, linked)


def _about(key: Key, field: str, linked: Mapping[Key, Key]) -> Key:
    return key if field == Field.VALUE else linked.get(key, key)


def _lay_over(reading: Reading, said: _Said) -> Amended:
    key = key_of(reading)
    measurement = said.linked.get(key, key)
    meal = said.words.get((measurement, Field.MEAL.value))
    if meant := said.words.get((key, Field.VALUE.value)):
        reading = corrected(reading, meant)
    return Amended(
        reading=reading._replace(meal=Meal(meal)) if meal else reading,
        why_not=_why_not(key, measurement, reading.source, said),
        meal_was_asked=meal is not None,
        note=said.words.get((measurement, Field.NOTE.value), ""),
    )


def _why_not(key: Key, measurement: Key, source: str, said: _Said) -> WhyNot | None:
    owner = said.words.get((measurement, Field.OWNER.value), MINE)
    if owner != MINE:
        return WhyNot.NOT_MINE if owner == NOT_MINE else WhyNot.MOVED
    if said.annulled.holds(key, source):
        return WhyNot.TAKEN_BACK
    if key in said.linked:
        return WhyNot.LINKED
    return WhyNot.LEFT_OUT if said.words.get((measurement, Field.EXCLUDED.value)) == "yes" else None


def _with_meals_of_linked(entries: list[Amended], linked: Mapping[Key, Key]) -> list[Amended]:
    """A meal that only the linked record tells is the counted one's, too: it is one measurement."""
    told = {
        linked[key_of(entry.reading)]: entry.reading.meal
        for entry in entries
        if entry.why_not is WhyNot.LINKED and entry.reading.meal
    }
    return [
        entry._replace(reading=entry.reading._replace(meal=told[key_of(entry.reading)]))
        if entry.reading.meal is None and key_of(entry.reading) in told
        else entry
        for entry in entries
    ]


def counted(readings: Iterable[Amended]) -> list[Reading]:
    """Those that nobody excluded."""
    return [entry.reading for entry in readings if not entry.is_excluded]


def find_reading(
    candidates: Iterable[Amended], metric: Metric, taken_at: datetime, device: str, sequence: int
) -> Amended | None:
    """The one reading with that key among the candidates."""
    wanted = (metric.value, taken_at, device, sequence)
    return next((entry for entry in candidates if key_of(entry.reading) == wanted), None)


def amendments_of(session: Session, reading: Reading) -> list[Amendment]:
    """Everything that was said of that one record, in the order in which it was said."""
    query = select(Amendment).where(Amendment.patient == reading.patient, Amendment.taken_at == reading.taken_at)
    return [row for row in session.scalars(query.order_by(Amendment.id)) if row.key == key_of(reading)]
