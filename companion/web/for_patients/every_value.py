"""Every value of a patient, two weeks a page: the struck-through ones, too. Each leads to a page of its own."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from companion.clock import MILLISECOND
from companion.readings.amendments import Amended, amended
from companion.readings.glucose_values import FINGER_STICK
from companion.readings.reading import Metric, Reading
from companion.web.access import Action, guarded
from companion.web.charting import values
from companion.web.charting.one_unit import in_unit
from companion.web.charting.unit_of import unit_of
from companion.web.context import look, now, outside, subject
from companion.web.identifiers import reading_id

blueprint = Blueprint("every_value", __name__)

DAYS = 14
"""How many are on one page."""
LISTED = 200
"""At most: whoever measures more often than that finds the others in the charts, and in the file of their own data."""


@blueprint.get("/readings/all")
@guarded(Action.SEE_READINGS)
def index() -> str:
    """The two weeks up to a day, today if none is named; the newest first."""
    last_on = _last_day()
    with look() as db:
        entries = _entries(db, last_on)
    return render_template(
        "patient/every_value.html",
        patient=subject(),
        entries=[(reading_id(entry.reading), entry) for entry in entries[:LISTED]],
        is_cut=len(entries) > LISTED,
        first_on=last_on - timedelta(days=DAYS - 1),
        last_on=last_on,
        older=last_on - timedelta(days=DAYS),
        newer=last_on + timedelta(days=DAYS) if last_on < _today() else None,
        values=values,
    )


def _today() -> date:
    return now().astimezone(ZoneInfo(subject().zone)).date()


def _last_day() -> date:
    asked = request.args.get("to", "")
    try:
        return min(date.fromisoformat(asked), _today()) if asked else _today()
    except ValueError:
        abort(404)


def _entries(db: Session, last_on: date) -> list[Amended]:
    """Everything that is no sensor's stream, the excluded included, newest first."""
    zone = ZoneInfo(subject().zone)
    try:
        start, end = (_midnight(last_on + timedelta(days=days), zone) for days in (1 - DAYS, 1))
    except OverflowError:
        abort(404)
    found = _readings(start, min(end, now() + MILLISECOND))
    entries = sorted(amended(db, subject().public_id, found), key=lambda entry: entry.reading.taken_at, reverse=True)
    unit = unit_of(db, outside().store, subject(), now())
    return [entry._replace(reading=in_unit(entry.reading, unit)) for entry in entries]


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), tzinfo=zone)


def _readings(start: datetime, end: datetime) -> Sequence[Reading]:
    patient, store = subject().public_id, outside().store
    return [
        *store.between(patient, Metric.GLUCOSE, start, end, kinds=FINGER_STICK),
        *store.between(patient, Metric.BLOOD_PRESSURE, start, end),
        *store.between(patient, Metric.KETONE, start, end),
    ]
