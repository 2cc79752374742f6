"""Ending somebody's care, step by step: why and since when; what stops and what stays; done. And undoing it."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.consent import CareLink, Scope
from companion.care.endings import CareEnding, Ending, last_ending, may_reopen
from companion.care.people import Person, Role
from companion.ending.ending import caregivers, kept_until
from companion.ending.reopening import reopen as take_up
from companion.ending.stopping import what_runs
from companion.errors import BadInput
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.door.closing import end_for_good
from companion.web.for_clinic.people import find_anybody, find_person
from companion.web.forms import Form
from companion.web.in_words import people_words
from companion.web.schemas import EndingSchema
from companion.web.words import choices

blueprint = Blueprint("ending", __name__, url_prefix="/people")


@blueprint.route("/<person_id>/end", methods=["GET", "POST"])
@guarded(Action.SEE_PEOPLE)
@needs_fresh_password
def end(person_id: str) -> Answer:
    """First the question, then what it means, then the act."""
    with look() as db:
        whom = find_person(db, person_id)
    form = Form(EndingSchema(), {"happened_on": _today(whom)})
    if form.is_valid():
        if form.data["step"] == "check":
            return _what_it_means(whom, form)
        try:
            _end(whom, form)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for(".ended", person_id=person_id))
    is_patient = whom.role == Role.PATIENT
    reasons = choices(people_words.REASONS if is_patient else people_words.REASONS_OF_OTHERS)
    return render_template("ending/ask.html", form=form, person=whom, reasons=reasons), form.status


@blueprint.get("/<person_id>/ended")
@guarded(Action.SEE_PEOPLE)
def ended(person_id: str) -> Answer:
    """What was done, and what is left for people to do."""
    with look() as db:
        whom = find_anybody(db, person_id)
        ending = last_ending(db, whom.id)
        if ending is None or whom.left_at is None:
            return redirect(url_for("people.person", person_id=person_id))
        doctors = _doctors(db, ending)
    return render_template("ending/ended.html", person=whom, ending=ending, doctors=doctors, words=people_words)


@blueprint.route("/<person_id>/reopen", methods=["GET", "POST"])
@guarded(Action.SEE_PEOPLE)
@needs_fresh_password
def reopen(person_id: str) -> Answer:
    """It was a mistake."""
    with look() as db:
        whom = find_anybody(db, person_id)
        is_possible = whom.left_at is not None and may_reopen(last_ending(db, whom.id), now())
    if request.method == "GET" or not is_possible:
        return render_template("ending/reopen.html", person=whom, is_possible=is_possible), 200 if is_possible else 409
    with changes() as db:
        take_up(db, db.get_one(Person, whom.id), by=actor().public_id, now=now())
    flash(_("They are with us again."))
    return redirect(url_for("people.person", person_id=person_id))


def _what_it_means(whom: Person, form: Form) -> Answer:
    """What stops, what stays and until when, who is told: before anything is done."""
    reason, day = form.data["reason"], form.data["happened_on"]
    with look() as db:
        stops = what_runs(db, whom.id, now()).counts if whom.role == Role.PATIENT else {}
        family = len(caregivers(db, whom.id, now()))
    return render_template(
        "ending/check.html",
        person=whom,
        reason=reason,
        day=day,
        stops={name: count for name, count in stops.items() if count},
        told=family if reason is not Ending.DIED else 0,
        kept_until=kept_until(day, outside().settings.keep_approvals_years),
        words=people_words,
    )


def _end(whom: Person, form: Form) -> None:
    with changes() as db:
        end_for_good(
            db,
            db.get_one(Person, whom.id),
            form.data["reason"],
            form.data["happened_on"],
            by=actor().public_id,
            now=now(),
            keep_years=outside().settings.keep_approvals_years,
        )


def _doctors(db: Session, ending: CareEnding) -> list[str]:
    """Who treated them until then, by name."""
    links = CareLink.id.in_([int(link_id) for link_id in ending.stopped["links"]]), CareLink.scope == Scope.CARE.value
    treated = select(Person.name).join(CareLink, CareLink.member_id == Person.id)
    return sorted(set(db.scalars(treated.where(*links, Person.id != ending.person_id))))


def _today(whom: Person) -> date:
    return now().astimezone(ZoneInfo(whom.zone)).date()
