"""What was sent: to a patient and about them, or to a caregiver, for themselves and the patient's doctors. When, to
whom, why, and what became of it; never what it said."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from companion.messages.history import Sent, sent_to_or_about
from companion.web.access import Action, guarded
from companion.web.api.paging import cursor_at, number_behind
from companion.web.api.problems import Problem
from companion.web.context import actor, look, subject
from companion.web.in_words import message_words

blueprint = Blueprint("sent_to_me", __name__)

LISTED = 50


class Day(NamedTuple):
    """What was sent on one day. Not `is_whole`: another page may have more of it."""

    on: date
    sent: tuple[Sent, ...]
    is_whole: bool = True


@blueprint.get("/sent")
@guarded(Action.SEE_SENT)
def index() -> str:
    return _page()


@blueprint.get("/clinic/patients/<patient_id>/sent")
@guarded(Action.SEE_SENT)
def of_patient(patient_id: str) -> str:
    return _page()


def _page() -> str:
    with look() as db:
        try:
            found, older = page_of_sent(db, subject().id, request.args.get("cursor"), LISTED)
        except Problem:  # no cursor of ours
            abort(404)
        days = by_day(found, ZoneInfo(actor().zone), has_newer="cursor" in request.args, has_older=older is not None)
        return render_template("sent/index.html", person=subject(), days=days, older=older, words=message_words)


def by_day(found: Sequence[Sent], zone: ZoneInfo, *, has_newer: bool, has_older: bool) -> list[Day]:
    """By the reader's own days, the newest first as they come. The ends of a page may hold only a part of a day."""
    whole = groupby(found, lambda sent: sent.message.created_at.astimezone(zone).date())
    days = [Day(on, tuple(together)) for on, together in whole]
    cut = {0: has_newer, len(days) - 1: has_older}
    if len(days) == 1:
        cut = {0: has_newer or has_older}
    return [day._replace(is_whole=not cut.get(place, False)) for place, day in enumerate(days)]


def page_of_sent(db: Session, person_id: int, cursor: str | None, limit: int) -> tuple[list[Sent], str | None]:
    """What was sent to the person or about them, the newest first, and the cursor of the page after. Raises Problem."""
    found = sent_to_or_about(db, person_id, before=number_behind(cursor), limit=limit + 1)
    shown = found[:limit]
    return shown, cursor_at([shown[-1].message.id]) if len(found) > limit else None
