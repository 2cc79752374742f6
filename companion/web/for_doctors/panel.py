"""The doctor's overview of all their patients: who gets worse, who is silent, whose devices are."""

from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request

from companion.care.covers import stands_in_for
from companion.web import words
from companion.web.access import Action, guarded_list, listed_for
from companion.web.context import actor, look, now, shows
from companion.web.for_doctors.listed import listed_of
from companion.web.for_doctors.panel_lines import lines_of
from companion.web.for_doctors.panel_order import SILENT_DAYS, USUAL_DAYS, By, Chosen, Show, how_many, ordered
from companion.web.in_words import panel_words
from companion.web.in_words.device_words import BATTERY_LOW, DEVICE_SILENT_AFTER, HUB_SILENT_AFTER

blueprint = Blueprint("panel", __name__)

A_PAGE = 50


@blueprint.get("/doctor/panel")
@guarded_list(Action.SEE_PATIENT)
def index() -> str:
    """`show`, `by`, `days` and `page` are in the address: a view can be kept as a bookmark."""
    days, page = _days(), request.args.get("page", 1, type=int)
    chosen = Chosen(_one_of(Show, "show"), _one_of(By, "by"), now() - timedelta(days=days), _today())
    with look() as db:
        whose = listed_for(db, actor(), Action.SEE_PATIENT, now())
        lines, as_of = lines_of(db, whose, stands_in_for(db, actor().id, now()), now())
        found = ordered(lines, chosen)
        shown = found[(page - 1) * A_PAGE : page * A_PAGE] if page > 0 else []
        if not shown and page != 1:
            abort(404)
        people = listed_of(db, [line.patient.id for line in shown])
        shows(people.values())
        return render_template(
            "doctor/panel.html",
            lines=shown,
            people=people,
            counts=how_many(lines, chosen),
            chosen=chosen,
            days=days,
            page=page,
            has_more=len(found) > page * A_PAGE,
            of=len(found),
            as_of=as_of,
            now=now(),
            silent_days=SILENT_DAYS,
            limits={"device": DEVICE_SILENT_AFTER.days, "hub": HUB_SILENT_AFTER.days, "battery": BATTERY_LOW},
            days_since=_days_since,
            told=panel_words,
            words=words,
        )


Choice = TypeVar("Choice", Show, By)


def _one_of(choices: type[Choice], name: str) -> Choice:
    """The choice in the address; the first one where there is none."""
    wanted = request.args.get(name, next(iter(choices)).value)
    return choices(wanted) if wanted in set(choices) else abort(404)


def _days() -> int:
    days = request.args.get("days", USUAL_DAYS, type=int)
    return days if days in SILENT_DAYS else abort(404)


def _today() -> date:
    return now().astimezone(ZoneInfo(actor().zone)).date()


def _days_since(instant: datetime) -> int:
    """Full days."""
    return (now() - instant).days
