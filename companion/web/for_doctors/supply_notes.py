"""Noting packs: a form for what came, one for a count, and one for what went."""

import secrets
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.regimens import Regimen
from companion.errors import BadInput
from companion.reminders.supply.refills import line_of
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import NewEntry, note_entry, set_up
from companion.reminders.supply.supply_state import entries_of, supply_of
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.door.auth import Answer
from companion.web.for_doctors.clinic import get_own_regimen
from companion.web.for_doctors.supply_forms import CountedSchema, EntrySchema, GoneSchema, ReceivedSchema
from companion.web.forms import Form
from companion.web.in_words import supply_words
from companion.web.language import marked

blueprint = Blueprint("supply_notes", __name__)

NOT_A_PIECE = frozenset({"mg"})
"""Units that nobody counts: of these, packs hold tablets."""
SHOWN_ENTRIES = 20

SCHEMAS: dict[str, type[EntrySchema]] = {"received": ReceivedSchema, "counted": CountedSchema, "gone": GoneSchema}
GONE = (EntryKind.LOST, EntryKind.WASTED, EntryKind.RETURNED)


@blueprint.route("/supply/medicines/<regimen_id>", methods=["GET", "POST"])
@guarded(Action.NOTE_SUPPLY)
def medicine(regimen_id: str) -> Answer:
    """How much of one medicine there is, its last entries, and the forms."""
    what = request.form.get("what", "counted")
    form = Form((SCHEMAS.get(what) or abort(400))(), {"key": secrets.token_urlsafe(12), "packs": 1})
    if form.is_valid():
        try:
            _note(regimen_id, what, form.data)
        except BadInput as bad:
            form.refuse(BadInput(bad.what, where={"pieces": what}.get(bad.where, bad.where), advice=bad.advice))
        else:
            flash(_("Noted. Thank you."))
            return redirect(url_for("supply.index"))
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
        supply = supply_of(db, regimen)
        page = render_template(
            "supply/medicine.html",
            form=form,
            line=line_of(db, regimen, subject().zone, now()),
            asks_strength=supply is None and regimen.unit in NOT_A_PIECE,
            entries=entries_of(db, regimen)[: -SHOWN_ENTRIES - 1 : -1],
            gone=words.named([kind.value for kind in GONE], supply_words.KINDS),
            told=supply_words,
            patient=subject(),
            words=words,
        )
    return page, form.status


def _note(regimen_id: str, what: str, data: dict[str, Any]) -> None:
    with changes() as db:
        regimen = get_own_regimen(db, regimen_id)
        if supply_of(db, regimen) is None and regimen.unit in NOT_A_PIECE:
            if data["per_piece"] is None:
                raise BadInput(marked("This is needed."), where="per_piece")
            set_up(db, regimen, piece="tablet", per_piece=data["per_piece"])
        new = _entry(what, data)
        note(db, regimen, new)


def note(db: Session, regimen: Regimen, new: NewEntry) -> None:
    """The line, and its entry in the trail; nothing when a line with its key is there already."""
    if note_entry(db, regimen, new, by=actor(), now=now()):
        audit.note(
            db,
            actor=actor().public_id,
            action=f"supply.{new.kind}",
            now=now(),
            patient=subject().public_id,
            regimen=regimen.public_id,
        )


def _entry(what: str, data: dict[str, Any]) -> NewEntry:
    if what == "received":
        return NewEntry(
            EntryKind.RECEIVED,
            data["packs"] * data["pack_size"],
            _instant(data["on"]),
            data["key"],
            packs=data["packs"],
            pack_size=data["pack_size"],
            expires_on=data["expires_on"],
        )
    if what == "counted":
        return NewEntry(EntryKind.COUNTED, data["counted"], now(), data["key"])
    if data["why"] not in GONE:
        abort(400)
    return NewEntry(data["why"], data["gone"], now(), data["key"], reason=data["reason"])


def _instant(day: date | None) -> datetime:
    """Now, or for another day its beginning: what came that day could be taken that day."""
    zone = ZoneInfo(subject().zone)
    if day is None or day == now().astimezone(zone).date():
        return now()
    return datetime.combine(day, time.min, zone).astimezone(now().tzinfo)
