"""The clinic's view of a patient's packs: what there is, the ledger, and when more is asked for."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.reminders.supply.refills import RefillLine, line_of, open_request, refill_list
from companion.reminders.supply.stock import LEAD_DAYS, SAFETY_DAYS
from companion.reminders.supply.supply import set_up
from companion.reminders.supply.supply_state import entries_of
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.for_doctors.clinic import get_own_regimen
from companion.web.for_doctors.supply_forms import SupplySchema
from companion.web.forms import Form
from companion.web.in_words import supply_words

blueprint = Blueprint("clinic_supply", __name__)


@blueprint.get("/clinic/patients/<patient_id>/supply")
@guarded(Action.SEE_PATIENT)
def index(patient_id: str) -> str:
    with look() as db:
        return render_template(
            "clinic/supply.html",
            patient=subject(),
            medicines=[(line, entries_of(db, line.regimen)[::-1]) for line in refill_list(db, subject(), now())],
            asked=open_request(db, subject().id),
            told=supply_words,
            words=words,
        )


@blueprint.route("/clinic/patients/<patient_id>/supply/<regimen_id>", methods=["GET", "POST"])
@guarded(Action.EDIT_SUPPLY)
def change(patient_id: str, regimen_id: str) -> Response | tuple[str, int]:
    """Sets how the packs are counted and how early more is asked for."""
    with look() as db:
        line = line_of(db, get_own_regimen(db, regimen_id), subject().zone, now())
    form = Form(SupplySchema(), _as_kept(line))
    if form.is_valid():
        _change(regimen_id, form.data)
        flash(_("Kept."))
        return redirect(url_for("clinic_supply.index", patient_id=patient_id))
    page = render_template(
        "clinic/supply_settings.html", form=form, patient=subject(), line=line, told=supply_words, words=words
    )
    return page, form.status


def _as_kept(line: RefillLine) -> dict[str, Any]:
    supply = line.supply
    if supply is None:
        return {"piece": line.piece, "per_piece": 1, "lead_days": LEAD_DAYS, "safety_days": SAFETY_DAYS}
    return {name: getattr(supply, name) for name in ("piece", "per_piece", "lead_days", "safety_days")}


def _change(regimen_id: str, data: dict[str, Any]) -> None:
    with changes() as db:
        regimen = get_own_regimen(db, regimen_id)
        set_up(db, regimen, **data)
        due_work.put_off(db, WorkKind.REFILL, regimen.id, now())
        audit.note(
            db,
            actor=actor().public_id,
            action="supply.settings",
            now=now(),
            patient=subject().public_id,
            regimen=regimen.public_id,
        )
