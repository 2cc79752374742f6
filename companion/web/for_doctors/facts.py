"""The clinical facts of a patient: each with the day it was measured, where it is from, and what it was before."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.facts import BOUNDS, CHOICES, NAMED, FactKind, note_fact
from companion.care.lab_units import percent_of
from companion.care.records import sources_of
from companion.errors import BadInput
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.for_doctors.facts_known import history_of, newest_of, running_protocols
from companion.web.forms import Form
from companion.web.schemas import SINGLE_FACTS, FactsForm

blueprint = Blueprint("facts", __name__)

LISTED = 40
"""Lines of the history that are shown at first."""
MMOL_MOL = "mmol/mol"


@blueprint.route("/clinic/patients/<patient_id>/facts", methods=["GET", "POST"])
@guarded(Action.EDIT_FACTS)
def facts(patient_id: str) -> Answer:
    today = now().astimezone(ZoneInfo(subject().zone)).date()
    form = Form(FactsForm(), {f"{kind.value}_on": today for kind in FactKind})
    if form.is_valid():
        try:
            noted = _note_facts(form.data, today)
        except BadInput as bad:
            # A date that is refused is named "egfr.date"; its field here is egfr_on.
            form.refuse(BadInput(bad.what, where=bad.where.replace(".date", "_on"), advice=bad.advice))
        else:
            flash(_("%(n)s facts noted.", n=noted))
            return redirect(url_for("facts.facts", patient_id=patient_id))
    with look() as db:
        history = history_of(db, subject(), running_protocols(db, outside().stores.registry, subject()), today)
        sources = sources_of(db, subject().id)
    listed = len(history) if request.args.get("older") else LISTED
    page = render_template(
        "clinic/facts.html",
        form=form,
        patient=subject(),
        newest=newest_of(history),
        history=history[:listed],
        has_older=len(history) > listed,
        sources=sources,
        kinds=SINGLE_FACTS,
        choices=CHOICES,
        bounds=BOUNDS,
        words=words,
    )
    return page, form.status


def _note_facts(data: dict[str, Any], today: date) -> int:
    """Notes every fact that was filled in, all or none; gives how many."""
    filled = [kind for kind in SINGLE_FACTS if data[kind.value]]
    named = [kind for kind in FactKind if kind in NAMED and data[kind.value]]
    with changes() as db:
        for kind in filled:
            value, typed = _in_kept_unit(kind, data)
            _note_one(db, kind, value, data, today, typed=typed)
        for kind in named:
            _note_one(db, kind, data[f"{kind.value}_is"], data, today, name=data[kind.value])
    return len(filled) + len(named)


def _in_kept_unit(kind: FactKind, data: dict[str, Any]) -> tuple[str, str | None]:
    """The value in the unit in which it is kept; and what was typed, where that was in another."""
    value = str(data[kind.value])
    if kind is not FactKind.HBA1C or data["hba1c_unit"] != MMOL_MOL:
        return value, None
    try:
        number = Decimal(value.replace(",", "."))
        return format(percent_of(number), "f"), f"{number} {MMOL_MOL}"
    except InvalidOperation:
        raise BadInput(f"{value!r} is not a number", where=kind.value, advice=f"write it in {MMOL_MOL}") from None


def _note_one(
    db: Session,
    kind: FactKind,
    value: str,
    data: dict[str, Any],
    today: date,
    *,
    name: str = "",
    typed: str | None = None,
) -> None:
    note_fact(
        db,
        patient=subject(),
        kind=kind,
        value=value,
        measured_on=data[f"{kind.value}_on"] or today,
        noted_by=actor(),
        now=now(),
        name=name,
        source=data["source"],
        typed=typed,
    )
    audit.note(
        db, actor=actor().public_id, action="noted_fact", now=now(), patient=subject().public_id, kind=kind.value
    )
