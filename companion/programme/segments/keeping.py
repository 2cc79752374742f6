"""Sheets as rows, and who is in a segment: asked of the database, so that a clinic may be large."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from companion.care.names import ids_by_name, people_in_order
from companion.care.people import Person, Role
from companion.many_rows import insert_rows, run_for_rows
from companion.programme.segments.definitions import Definitions
from companion.programme.segments.placing import Sheet, sheet_from, traits_of
from companion.programme.segments.sheet_models import PatientSheet, PatientTrait
from companion.programme.traits import Needs

Column = InstrumentedAttribute[int] | ColumnElement[int]


class Member(NamedTuple):
    """Somebody in a segment: what is known of them, and as of when."""

    patient: Person
    sheet: Sheet
    worked_out_at: datetime


def keep(session: Session, definitions: Definitions, sheets: Sequence[tuple[int, Sheet]], now: datetime) -> None:
    """Writes these patients' sheets and traits anew."""
    ids = [patient_id for patient_id, _ in sheets]
    session.execute(delete(PatientTrait).where(PatientTrait.patient_id.in_(ids)))
    rows = [(patient_id, sheet.as_json(), definitions.version, now) for patient_id, sheet in sheets]
    run_for_rows(session.connection(), _KEEP, _TYPES, rows)
    traits = [(trait, patient_id) for patient_id, sheet in sheets for trait in sorted(traits_of(definitions, sheet))]
    insert_rows(session.connection(), PatientTrait.__table__, ("trait", "patient_id"), traits)


_KEEP = (
    "INSERT INTO patient_sheet (patient_id, sheet, definitions, worked_out_at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (patient_id) DO UPDATE SET sheet = excluded.sheet, definitions = excluded.definitions, "
    "worked_out_at = excluded.worked_out_at"
)
_TYPES: list[Any] = [
    PatientSheet.__table__.c[name].type for name in ("patient_id", "sheet", "definitions", "worked_out_at")
]


def due(session: Session, definitions: Definitions, before: datetime, limit: int) -> list[Person]:
    """Whose sheet is missing, by other definitions, or older: those first that never had one."""
    is_old = PatientSheet.worked_out_at.is_(None) | (PatientSheet.worked_out_at <= before)
    query = (
        select(Person)
        .outerjoin(PatientSheet, PatientSheet.patient_id == Person.id)
        .where(Person.role == Role.PATIENT.value, Person.left_at.is_(None))
        .where(is_old | (PatientSheet.definitions != definitions.version))
        .order_by(PatientSheet.worked_out_at.is_not(None), PatientSheet.worked_out_at, Person.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def meets(patient_id: Column, needs: Needs) -> ColumnElement[bool]:
    """Whether the patient in that column has those traits: `Needs.are_met`, as SQL."""
    has = [_has(patient_id, sorted(group)) for group in needs.groups]
    return and_(true(), *has, *([~_has(patient_id, sorted(needs.without))] if needs.without else []))


def _has(patient_id: Column, traits: Sequence[str]) -> ColumnElement[bool]:
    trait = aliased(PatientTrait)
    return exists().where(trait.patient_id == patient_id, trait.trait.in_(traits))


Whose = Callable[[Any], ColumnElement[bool]]
"""The condition that a patient's id is of one of somebody's patients."""


def counts(session: Session, definitions: Definitions, whose: Whose) -> dict[str, int]:
    """How many of them are in each segment, by its key."""
    return {segment.key: session.scalar(_counted(segment.needs, whose)) or 0 for segment in definitions.segments}


def _counted(needs: Needs, whose: Whose) -> Any:
    return select(func.count()).select_from(PatientSheet).where(_among(needs, whose))


def members(session: Session, needs: Needs, whose: Whose, *, skip: int, limit: int) -> list[Member]:
    """Some of those in the segment, by name."""
    among = select(PatientSheet.patient_id).where(_among(needs, whose))
    ids = ids_by_name(session, Person.id.in_(among))[skip : skip + limit]
    query = select(PatientSheet).where(PatientSheet.patient_id.in_(ids))
    sheets = {each.patient_id: each for each in session.scalars(query)}
    told = [(person, sheets[person.id]) for person in people_in_order(session, ids)]
    return [Member(person, sheet_from(each.sheet), each.worked_out_at) for person, each in told]


def _among(needs: Needs, whose: Whose) -> ColumnElement[bool]:
    """Driven from the first group, by the index of traits: few patients have a trait that is worth a list."""
    first, *others = needs.groups
    led = select(PatientTrait.patient_id).where(PatientTrait.trait.in_(sorted(first)))
    rest = Needs(tuple(others), needs.without)
    return and_(PatientSheet.patient_id.in_(led), meets(PatientSheet.patient_id, rest), whose(PatientSheet.patient_id))
