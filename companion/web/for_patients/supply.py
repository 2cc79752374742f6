"""The patient's packs: how many there are, and the list for the pharmacy."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.reminders.supply.refills import LISTED_DAYS, RefillLine, open_request, refill_list, request_refill
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.in_words import supply_words

blueprint = Blueprint("supply", __name__)


@blueprint.get("/supply")
@guarded(Action.SEE_SUPPLY)
def index() -> str:
    with look() as db:
        lines = refill_list(db, subject(), now())
        return render_template("supply/index.html", lines=lines, told=supply_words, asked=_asked(db), patient=subject())


@blueprint.get("/supply/list")
@guarded(Action.SEE_SUPPLY)
def refills() -> str:
    """The list to print, to share, or to send to the clinic. Only what is ticked is on it; at first what runs low."""
    with look() as db:
        every = refill_list(db, subject(), now())
        chosen = _chosen(every, request.args.getlist("medicine"))
        return render_template(
            "supply/list.html",
            every=every,
            chosen=chosen,
            text=supply_words.plain_list(chosen, subject().name),
            asked=_asked(db),
            told=supply_words,
            patient=subject(),
            now=now(),
            days=LISTED_DAYS,
        )


def _chosen(lines: list[RefillLine], named: list[str]) -> list[RefillLine]:
    if named:
        return [line for line in lines if line.regimen.public_id in named]
    return [line for line in lines if line.stock.is_low]


@blueprint.post("/supply/list/ask")
@guarded(Action.ASK_REFILL)
def ask() -> Response:
    """Sends the list to the clinic. While a request is open it stands, and another is not made."""
    named = request.form.getlist("medicine")
    with changes() as db:
        chosen = [line for line in refill_list(db, subject(), now()) if line.regimen.public_id in named]
        if not chosen:
            flash(_("Tick the medicines that you need first."))
        elif request_refill(db, subject(), chosen, now()):
            audit.note(db, actor=actor().public_id, action="refill.ask", now=now(), patient=subject().public_id)
            flash(_("The clinic has your list."))
        else:
            flash(_("The clinic has your list from before; it is still open."))
    return redirect(url_for("supply.refills", medicine=named))


def _asked(db: Session) -> datetime | None:
    """Since when the clinic has a list that it has not dealt with."""
    task = open_request(db, subject().id)
    return task.created_at if task else None
