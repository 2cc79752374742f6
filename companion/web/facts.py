"""The clinical facts of a patient, each with the day it was measured."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.facts import BOUNDS, CHOICES, Fact, FactKind, note_fact
from companion.care.records import sources_of
from companion.errors import BadInput
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.auth import Answer
from companion.web.context import actor, changes, look, now, subject
from companion.web.forms import Form
from companion.web.schemas import SINGLE_FACTS, FactsForm

blueprint = Blueprint("facts", __name__)


@blueprint.route("/clinic/patients/<patient_id>/facts", methods=["GET", "POST"])
@guarded(Action.EDIT_FACTS)
def facts(patient_id: str) -> Answer:
    today = now().astimezone(ZoneInfo(subject().zone)).date()
    form = Form(FactsForm(), {f"{kind.value}_on": today for kind in FactKind})
    if form.is_valid():
        try:
            noted = _note_facts(form, today)
        except BadInput as bad:
            # A date that is refused is named "egfr.date"; its field here is egfr_on.
            form.refuse(BadInput(bad.what, where=bad.where.replace(".date", "_on"), advice=bad.advice))
        else:
            flash(_("%(n)s facts noted.", n=noted))
            return redirect(url_for("facts.facts", patient_id=patient_id))
    with look() as db:
        history, sources = _history(db), sources_of(db, subject().id)
    return (
        render_template(
            "clinic/facts.html",
            form=form,
            patient=subject(),
            history=history,
            sources=sources,
            kinds=SINGLE_FACTS,
            choices=CHOICES,
            bounds=BOUNDS,
            words=words,
        ),
        form.status,
    )


def _note_facts(form: Form, today: date) -> int:
    """Notes every fact that was filled in, all or none; gives how many."""
    filled = [kind for kind in SINGLE_FACTS if form.data[kind.value]]
    with changes() as db:
        for kind in filled:
            _note_one(db, kind, form.data[kind.value], form.data[f"{kind.value}_on"] or today)
        condition = form.data["condition"]
        if condition:
            is_now, since = form.data["condition_is"], form.data["condition_on"] or today
            _note_one(db, FactKind.CONDITION, is_now, since, name=condition)
    return len(filled) + bool(condition)


def _note_one(db: Session, kind: FactKind, value: str, measured_on: date, name: str = "") -> None:
    note_fact(
        db,
        patient=subject(),
        kind=kind,
        value=value,
        measured_on=measured_on,
        noted_by=actor(),
        now=now(),
        name=name,
    )
    audit.note(
        db, actor=actor().public_id, action="noted_fact", now=now(), patient=subject().public_id, kind=kind.value
    )


def _history(db: Session) -> list[Fact]:
    """Every fact noted, the newest day first."""
    query = select(Fact).where(Fact.patient_id == subject().id).order_by(Fact.measured_on.desc(), Fact.id.desc())
    return list(db.scalars(query))
