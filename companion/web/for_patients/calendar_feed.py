"""A patient's calendar feed: made, shown once and taken back on a page of the patient's; read by a calendar."""

from datetime import datetime, time, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from companion.care import audit
from companion.care.people import Person
from companion.reminders.calendar_text import calendar_of
from companion.reminders.feeds import CalendarFeed, end_feed, find_feed, make_feed, running_feed
from companion.reminders.schedules.coming import coming_times
from companion.web.access import Action, guarded, public
from companion.web.context import actor, changes, look, now, outside, shows, subject
from companion.web.door.auth import Answer
from companion.web.door.limits import Door, count_here
from companion.web.forms import Form
from companion.web.schemas import FormSchema

blueprint = Blueprint("calendar_feed", __name__)

DAYS = 60


class FeedSchema(FormSchema):
    with_names = fields.Bool(load_default=False)


@blueprint.get("/my-data/calendar")
@guarded(Action.USE_CALENDAR)
def index() -> str:
    with look() as db:
        feed = running_feed(db, subject().id)
    return render_template("patient/calendar.html", feed=feed, link=None, form=Form(FeedSchema()))


@blueprint.post("/my-data/calendar")
@guarded(Action.USE_CALENDAR)
def make() -> Answer:
    """The address, on this answer and never again."""
    form = Form(FeedSchema())
    if not form.is_valid():
        abort(400)
    with changes() as db:
        token = make_feed(db, subject().id, with_names=form.data["with_names"], now=now())
        feed = running_feed(db, subject().id)
        audit.note(db, actor=actor().public_id, action="made_calendar", now=now(), patient=subject().public_id)
    link = outside().settings.public_url + url_for("calendar_feed.read", token=token)
    return render_template("patient/calendar.html", feed=feed, link=link, form=form), 201


@blueprint.post("/my-data/calendar/end")
@guarded(Action.USE_CALENDAR)
def end() -> AnyResponse:
    with changes() as db:
        if end_feed(db, subject().id, now()):
            audit.note(db, actor=actor().public_id, action="ended_calendar", now=now(), patient=subject().public_id)
    flash(_("The calendar gets nothing any more."))
    return redirect(url_for("calendar_feed.index"))


@blueprint.get("/calendar/<token>.ics")
@public
def read(token: str) -> AnyResponse:
    """The coming times; 404 for an address that is wrong or was taken back, and 429 for who tries many of them."""
    with look() as db:
        found = find_feed(db, token)
        if found is None:
            _refuse()
        shows([found[1]], by="calendar feed")
        response = make_response(_content(db, *found))
    response.content_type = "text/calendar; charset=utf-8"
    response.add_etag()
    return response.make_conditional(request)


def _content(db: Session, feed: CalendarFeed, patient: Person) -> bytes:
    times = coming_times(db, patient, now(), _until(ZoneInfo(patient.zone)))
    return calendar_of(
        times,
        patient=patient.public_id,
        language=patient.language,
        with_names=feed.with_names,
        made_at=feed.made_at,
    )


def _until(zone: ZoneInfo) -> datetime:
    """The end of a local day: the same file all day long, but for what is over or changed."""
    last = now().astimezone(zone).date() + timedelta(days=DAYS + 1)
    return datetime.combine(last, time.min, zone)


def _refuse() -> NoReturn:
    count_here(Door.CALENDAR)
    abort(404)
