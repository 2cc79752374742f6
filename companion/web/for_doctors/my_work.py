"""A doctor's own work: how they hear of what waits, when they are away, and for whom they stand in."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit, doctor_hearing
from companion.care.contact_models import Topic
from companion.care.contacts import contacts_of
from companion.care.covers import Absence, absences_of, come_back, covered_by, go_away
from companion.care.doctor_hearing import DoctorHearing, hearing_of
from companion.care.message_consent import consents_of
from companion.care.names import by_name
from companion.care.people import Person, Role, get_person
from companion.care.standing_in import whole_days
from companion.doctors_told import reschedule_digest
from companion.errors import BadInput
from companion.messages.fates import way_of
from companion.messages.routing import Offered, usable
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.forms import Form
from companion.web.in_words import message_words
from companion.web.schemas import FormSchema

blueprint = Blueprint("my_work", __name__, url_prefix="/doctor/my-work")


class HearingSchema(FormSchema):
    digest_hour = fields.Int(required=True)
    every_at_once = fields.Bool(load_default=False)


class AwaySchema(FormSchema):
    """Whole days of the doctor's own calendar, the last one included; `cover` is a public id."""

    since = fields.Date(required=True)
    until = fields.Date(required=True)
    cover = fields.Str(required=True)


@dataclass(frozen=True)
class Away:
    """A time in which the doctor is away, and who stands in."""

    absence: Absence
    cover: Person


@blueprint.route("", methods=["GET", "POST"])
@guarded(Action.EDIT_OWN_WORK)
def index() -> Answer:
    with look() as db:
        hearing = hearing_of(db, [actor().id])[actor().id]
        offered = _ways_for(db, actor())
        away, covered = _away(db, actor()), covered_by(db, actor().id, now())
    form = Form(HearingSchema(), _chosen(hearing))
    if form.is_valid():
        try:
            _choose(form)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Noted."))
            return redirect(url_for("my_work.index"))
    page = render_template(
        "doctor/work.html", form=form, offered=offered, away=away, covered=covered, words=message_words
    )
    return page, form.status


def _chosen(hearing: DoctorHearing) -> dict[str, object]:
    return {"digest_hour": hearing.digest_hour, "every_at_once": "yes" if hearing.every_at_once else ""}


def _choose(form: Form) -> None:
    with changes() as db:
        me = db.get_one(Person, actor().id)
        doctor_hearing.choose(db, me, **form.data)
        reschedule_digest(db, me, now())
        audit.note(db, actor=me.public_id, action="chose_hearing", now=now(), person=me.public_id)


def _ways_for(db: Session, person: Person) -> Offered:
    """By which of their addresses they hear of what waits; or why by none."""
    ways = [way_of(point) for point in contacts_of(db, [person.id])[person.id]]
    agreed = {(kind, topic) for _person, kind, topic in consents_of(db, [person.id])}
    return usable(ways, Topic.DECISIONS, agreed, outside().ways.kinds)


def _away(db: Session, doctor: Person) -> Sequence[Away]:
    return [Away(absence, db.get_one(Person, absence.cover_id)) for absence in absences_of(db, doctor.id, now())]


@blueprint.route("/away", methods=["GET", "POST"])
@guarded(Action.EDIT_OWN_WORK)
@needs_fresh_password
def away() -> Answer:
    """Opens one's patients to a colleague for that time: the password first."""
    form = Form(AwaySchema())
    if form.is_valid():
        try:
            _go_away(form)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Noted."))
            return redirect(url_for("my_work.index"))
    with look() as db:
        colleagues = [(colleague.public_id, colleague.name) for colleague in _colleagues(db)]
    return render_template("doctor/away.html", form=form, colleagues=colleagues), form.status


def _colleagues(db: Session) -> list[Person]:
    here = Person.role == Role.CLINICIAN.value, Person.left_at.is_(None), Person.id != actor().id
    return by_name(db.scalars(select(Person).where(*here)))


def _go_away(form: Form) -> None:
    given = form.data
    starts_at, ends_at = whole_days(given["since"], given["until"], ZoneInfo(actor().zone))
    with changes() as db:
        me, cover = db.get_one(Person, actor().id), get_person(db, given["cover"])
        absence = go_away(db, me, cover, max(starts_at, now()), ends_at, now())
        told = {"cover": cover.public_id, "since": absence.starts_at.isoformat(), "until": absence.ends_at.isoformat()}
        audit.note(db, actor=me.public_id, action="named_cover", now=now(), person=me.public_id, **told)


@blueprint.post("/away/<int:absence_id>/end")
@guarded(Action.EDIT_OWN_WORK)
def end(absence_id: int) -> Response:
    """Back again, or not away after all."""
    with changes() as db:
        absence = db.get(Absence, absence_id, with_for_update=True)
        if absence is None or absence.clinician_id != actor().id or absence.ends_at <= now():
            abort(404)
        come_back(absence, now())
        me, cover = actor().public_id, db.get_one(Person, absence.cover_id).public_id
        audit.note(db, actor=me, action="ended_cover", now=now(), person=me, cover=cover)
    flash(_("Noted."))
    return redirect(url_for("my_work.index"))
