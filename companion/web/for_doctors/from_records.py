"""What record systems sent about a patient: what contradicts us, for a doctor to decide on, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.models import Suggestion
from companion.care.people import Person
from companion.care.record_clients import CdsCard, CdsFeedback
from companion.care.records import (
    MEDICINES,
    About,
    ConflictState,
    Outcome,
    RecordImport,
    RecordItem,
)
from companion.errors import BadInput
from companion.imported import conflicts
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.in_words import record_words
from companion.web.schemas import FormSchema

blueprint = Blueprint("from_records", __name__)
SHOWN = 20


class SettleSchema(FormSchema):
    state = fields.Enum(ConflictState, by_value=True, required=True)
    reason = fields.Str(load_default="", validate=validate.Length(max=300))


@dataclass(frozen=True)
class Said:
    """What a record system said became of a card."""

    feedback: CdsFeedback
    card: CdsCard
    suggestion: Suggestion


@blueprint.get("/clinic/patients/<patient_id>/records")
@guarded(Action.SEE_RECORDS)
def index(patient_id: str) -> str:
    return _page(Form(SettleSchema()))


@blueprint.post("/clinic/patients/<patient_id>/records/<conflict_id>")
@guarded(Action.IMPORT_RECORDS)
def settle(patient_id: str, conflict_id: str) -> Answer:
    """Takes theirs over, or keeps ours."""
    form = Form(SettleSchema())
    if not form.is_valid():
        return _page(form), 422
    try:
        _settle(conflict_id, form)
    except BadInput as bad:
        form.refuse(bad)
        return _page(form), 409
    flash(str(record_words.DECIDED[form.data["state"]]))
    return redirect(url_for("from_records.index", patient_id=patient_id))


def _settle(conflict_id: str, form: Form) -> None:
    state, reason = form.data["state"], form.data["reason"]
    if state is ConflictState.OPEN:
        abort(422)
    with changes() as db:
        conflict = conflicts.find_conflict(db, subject().id, conflict_id) or abort(404)
        conflicts.decide(db, conflict, state, by=actor(), reason=reason, now=now())


def _page(form: Form) -> str:
    with look() as db:
        found = conflicts.conflicts_of(db, subject().id)
        imports = _imports(db)
        return render_template(
            "clinic/records.html",
            patient=subject(),
            form=form,
            open=[each for each in found if each.state == ConflictState.OPEN.value],
            decided=[each for each in found if each.state != ConflictState.OPEN.value][:SHOWN],
            writes_here=conflicts.writes_here(found),
            medicines={about.value for about in MEDICINES},
            allergy=About.ALLERGY.value,
            names=_names(db, [each.decided_by for each in found] + [each.by_id for each in imports]),
            imports=imports,
            refused=_items(db, imports[:1], Outcome.REFUSED),
            allergies=_allergies(db),
            said=_said(db),
            words=record_words,
        )


def _imports(db: Session) -> list[RecordImport]:
    query = select(RecordImport).where(RecordImport.patient_id == subject().id).order_by(RecordImport.id.desc())
    return list(db.scalars(query.limit(SHOWN)))


def _items(db: Session, imports: Sequence[RecordImport], outcome: Outcome) -> list[RecordItem]:
    """What became so of the newest import."""
    query = select(RecordItem).where(
        RecordItem.import_id.in_([each.id for each in imports]), RecordItem.outcome == outcome.value
    )
    return list(db.scalars(query.order_by(RecordItem.id)))


def _allergies(db: Session) -> list[RecordItem]:
    query = select(RecordItem).where(
        RecordItem.patient_id == subject().id,
        RecordItem.resource_type == "AllergyIntolerance",
        RecordItem.outcome != Outcome.REFUSED.value,
    )
    return list(db.scalars(query.order_by(RecordItem.id)))


def _said(db: Session) -> list[Said]:
    query = (
        select(CdsFeedback, CdsCard, Suggestion)
        .join(CdsCard, CdsCard.id == CdsFeedback.card_id)
        .join(Suggestion, Suggestion.id == CdsCard.suggestion_id)
        .where(CdsFeedback.patient_id == subject().id)
        .order_by(CdsFeedback.id.desc())
        .limit(SHOWN)
    )
    return [Said(*row) for row in db.execute(query)]


def _names(db: Session, ids: Sequence[int | None]) -> dict[int, str]:
    people = db.scalars(select(Person).where(Person.id.in_({each for each in ids if each})))
    return {person.id: person.name for person in people}
