"""A chart that one moves about in. It is drawn by a script; the table by days beside it says the same without."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from flask_babel import lazy_gettext as _l

from companion.readings.reading import Metric
from companion.web.access import Action, guarded
from companion.web.charting.explored import explored
from companion.web.charting.values import unit_text
from companion.web.context import look, now, outside, subject
from companion.web.words import Words

blueprint = Blueprint("explore", __name__)

SHOWN_DAYS, LONGEST_DAYS = 14, 366
METRICS: Words = {Metric.GLUCOSE: _l("Glucose"), Metric.BLOOD_PRESSURE: _l("Blood pressure")}
SERIES: Words = {
    "sensor": _l("sensor"),
    "finger_stick": _l("finger-stick"),
    "systolic": _l("upper value (systolic)"),
    "diastolic": _l("lower value (diastolic)"),
}


@blueprint.get("/readings/explore")
@guarded(Action.SEE_READINGS)
def index() -> str:
    """From one day to another, both included; two weeks if none is named."""
    patient, zone = subject(), ZoneInfo(subject().zone)
    metric = _metric()
    today = now().astimezone(zone).date()
    last_on = _day("to", today)
    first_on = _day("from", last_on - timedelta(days=SHOWN_DAYS - 1))
    if not timedelta(0) <= last_on - first_on < timedelta(days=LONGEST_DAYS):
        abort(404)
    start, end = (datetime.combine(on, time(), zone) for on in (first_on, last_on + timedelta(days=1)))
    with look() as db:
        found = explored(db, outside().store, patient, metric, start, end, now())
    return render_template(
        "patient/explore.html",
        patient=patient,
        metric=metric,
        metrics=METRICS,
        names=SERIES,
        first_on=first_on,
        last_on=last_on,
        today=today,
        start=start,
        end=end,
        unit=unit_text(found.unit),
        target=found.target,
        days=found.days(zone),
        digits=1 if found.unit == "mmol/L" else 0,
    )


def _metric() -> Metric:
    asked = request.args.get("metric", Metric.GLUCOSE.value)
    if asked not in METRICS:
        abort(404)
    return Metric(asked)


def _day(name: str, usual: date) -> date:
    asked = request.args.get(name, "")
    try:
        found = date.fromisoformat(asked) if asked else usual
    except ValueError:
        abort(404)
    if found.year < 2000 or found.year > 2200:
        abort(404)
    return found
