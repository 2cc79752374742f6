"""Answering by a link in a reminder, without signing in: the link opens a page that asks, and a button answers.

What looks at links before their reader does changes nothing. The secret leaves the address at once; for a quarter of
an hour this browser may answer that one time of day, and nothing else. No medicine is named: whoever holds the phone
sees it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask_babel import force_locale
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import Regimen, awaiting_confirmation, must_check_first
from companion.clock import from_ms, to_ms
from companion.reminders.doses import one_tap
from companion.reminders.doses.answers import answer_dose, view_of
from companion.reminders.doses.changes import find_waiting
from companion.reminders.doses.dose_life import last_call_at
from companion.reminders.doses.dose_state import ANSWERED, MISSED, OPEN, DoseState, Refused, Undo
from companion.reminders.doses.models import Dose, OneTapLink
from companion.web import words
from companion.web.access import public
from companion.web.context import changes, look, now, shows
from companion.web.door.auth import Answer
from companion.web.door.limits import Door, count_here
from companion.web.for_patients.answering import LATER_MINUTES, CardSchema, event_of
from companion.web.for_patients.today import Change, change_shown
from companion.web.forms import Form
from companion.web.in_words import dose_words

blueprint = Blueprint("one_tap", __name__)

OPEN_FOR = timedelta(minutes=15)
"""How long a browser that came with the link may answer."""
BY = "one-tap link"
VIA = "link"
"""How a dose was answered, in its history."""
KEPT_AS = "tap"
"""What the browser keeps, signed, of the link: its row, and until when."""


@dataclass(frozen=True)
class Tap:
    """The link this browser came with, whose it is, and what it is about."""

    link: OneTapLink
    patient: Person
    doses: list[Dose]

    @property
    def waiting(self) -> list[Dose]:
        """What can still be answered."""
        return [dose for dose in self.doses if dose.state in OPEN | MISSED]

    @property
    def settled(self) -> list[Dose]:
        """What was answered, by whatever way, or put off."""
        return [dose for dose in self.doses if dose.state in ANSWERED or dose.state == DoseState.SNOOZED]

    @property
    def answered_by_it(self) -> list[Dose]:
        """What was answered by this link, and still stands."""
        return [dose for dose in self.settled if dose.answered_via == VIA and dose.answered_at == self.link.used_at]

    @property
    def changed(self) -> Regimen | None:
        """The medicine of which a change waits for the patient, where it alone is asked about: nobody could mistake it
        for another one that is not named."""
        regimens = {dose.regimen_id: dose.regimen for dose in self.waiting}
        only = next(iter(regimens.values())) if len(regimens) == 1 else None
        return only if only is not None and awaiting_confirmation(only) is not None else None

    @property
    def has_changed(self) -> bool:
        """Whether a change has to be read first."""
        return any(must_check_first(dose.regimen) for dose in self.waiting)


class TapSchema(CardSchema):
    """The button; the doses are the link's."""

    dose = fields.List(fields.Str(), load_default=list)
    answer = fields.Str(required=True, validate=validate.OneOf(["taken", "later", "skip"]))


@blueprint.get("/tap/<token>")
@public
def enter(token: str) -> Answer:
    """Keeps what the link opens in this browser, and takes the secret out of the address."""
    with look() as db:
        link = one_tap.find_link(db, token)
        is_open = link is not None and link.used_at is None and one_tap.patient_of(db, link, now()) is not None
    if link is None:
        count_here(Door.LINK)  # a guess; a link that was ours, used or too old, is none
    if link is None or not is_open:
        return over()
    session[KEPT_AS] = [link.id, to_ms(now() + OPEN_FOR)]
    return redirect(url_for("one_tap.ask"))


@blueprint.get("/tap")
@public
def ask() -> Answer:
    """The question; once the link is used, what was noted."""
    with look() as db:
        tap = find_tap(db)
        if tap is None:
            return over()
        shows([tap.patient], by=BY)
        with force_locale(tap.patient.language):
            return render_template(
                "one_tap/ask.html",
                tap=tap,
                change=_change(db, tap),
                words=words,
                due=tap.doses[0],
                noted=sorted({dose_words.noted(dose, tap.patient.zone) for dose in tap.settled}),
                may_wait=all(now() < last_call_at(view_of(db, dose)) for dose in tap.waiting),
                skip_reasons=dose_words.SKIP_REASONS,
                later_minutes=LATER_MINUTES,
            )


def _change(db: Session, tap: Tap) -> Change | None:
    """The change that can be read and said back here."""
    waiting = find_waiting(db, tap.patient, tap.changed, now()) if tap.changed else None
    return change_shown(db, waiting) if waiting else None


@blueprint.post("/tap/answer")
@public
def answer() -> Answer:
    """Answers what waits, and uses the link up if anything was noted."""
    form = Form(TapSchema())
    if not form.is_valid():
        abort(400)
    with changes() as db:
        tap = find_tap(db, hold=True)
        if tap is None or (tap.has_changed and form.data["answer"] != "skip"):
            return over()
        if tap.link.used_at is None:
            _answer_all(db, tap, form.data)
    return redirect(url_for("one_tap.ask"))


def _answer_all(db: Session, tap: Tap, said: dict[str, Any]) -> None:
    for dose in tap.waiting:
        event = event_of(said, dose)
        result = answer_dose(db, dose.id, event, actor_id=tap.patient.id, via=VIA, now=now())
        if not isinstance(result, Refused):
            tap.link.used_at = now()
            continue
        with force_locale(tap.patient.language):
            flash(dose_words.why_not(result.reason))


@blueprint.post("/tap/undo")
@public
def undo() -> Answer:
    """The tap was a mistake. The reminder that follows brings another link."""
    with changes() as db:
        tap = find_tap(db, hold=True)
        if tap is None:
            return over()
        for dose in tap.answered_by_it:
            answer_dose(db, dose.id, Undo(), actor_id=tap.patient.id, via=VIA, now=now())
    return redirect(url_for("one_tap.ask"))


def find_tap(db: Session, *, hold: bool = False) -> Tap | None:
    """What this browser may answer; None when it came with no link, or that is over. `hold`: nobody else uses the
    link until the end of the transaction."""
    link_id, until_ms = session.get(KEPT_AS, (0, 0))
    link = db.get(OneTapLink, link_id, with_for_update=hold)
    patient = one_tap.patient_of(db, link, now()) if link and now() < from_ms(until_ms) else None
    if link is None or patient is None:
        return None
    at_that_time = Dose.patient_id == patient.id, Dose.due_at == link.due_at, Dose.state != DoseState.CANCELLED.value
    doses = list(db.scalars(select(Dose).where(*at_that_time).order_by(Dose.id)))
    return Tap(link, patient, doses) if doses else None


def over() -> Answer:
    return render_template("one_tap/over.html"), 410
