"""Readings by API: read in pages, and typed in."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from companion import flows
from companion.arrivals import Typed
from companion.clock import to_ms
from companion.devices.ingest import TypedReading
from companion.readings.amendments import Amended, amended
from companion.readings.reading import Metric
from companion.readings.units import PRESSURE_UNIT, GlucoseUnit
from companion.web.access import Action, guarded
from companion.web.api import schemas, shown
from companion.web.api.paging import Place, page_of
from companion.web.api.problems import Problem
from companion.web.api.repeats import once
from companion.web.api.routes import endpoint
from companion.web.context import actor, look, now, outside, subject
from companion.web.for_patients.reading_forms import check_glucose

SHOWN = timedelta(days=14)
LONGEST = timedelta(days=366)


@endpoint(
    "GET",
    "/patients/<patient_id>/readings",
    query=schemas.ReadingsQuery,
    gives=schemas.ReadingPage,
    may_fail=(422,),
)
@guarded(Action.SEE_READINGS)
def readings(query: dict[str, Any], patient_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The newest first; two weeks, unless `from` and `to` say otherwise."""
    start, end = span(query["since"], query["until"], SHOWN)
    patient = subject()
    with look() as db:
        there = amended(db, patient.public_id, outside().store.between(patient.public_id, query["metric"], start, end))
    found, cursor = page_of(there, _place, cursor=query["cursor"], limit=query["limit"])
    body = {"readings": [shown.reading(entry, patient.zone) for entry in found], "next": cursor}
    return body, 200, {}


def span(since: datetime | None, until: datetime | None, usual: timedelta) -> tuple[datetime, datetime]:
    """The span asked for: half-open, at most a year."""
    end = until or now() + timedelta(milliseconds=1)
    start = since or end - usual
    if not timedelta(0) < end - start <= LONGEST:
        raise Problem(422, "bad_span", "`from` lies before `to`, at most 366 days.")
    return start, end


def _place(entry: Amended) -> Place:
    return [to_ms(entry.reading.taken_at), entry.reading.device, entry.reading.sequence]


@endpoint(
    "POST",
    "/patients/<patient_id>/readings",
    takes=schemas.ReadingIn,
    gives=schemas.TakenInOut,
    status=201,
    may_fail=(400, 422),
)
@guarded(Action.ADD_READINGS)
def add_reading(given: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """One typed value. `Idempotency-Key` is honoured."""
    arrival = Typed(subject().id, _entry(given), actor())
    return once(lambda: flows.take_in(outside().stores, arrival, now())._asdict())


def _entry(given: dict[str, Any]) -> TypedReading:
    value, metric = given["value"], given["metric"]
    if metric is Metric.GLUCOSE and value["unit"] in list(GlucoseUnit):
        check_glucose(value["value"], GlucoseUnit(value["unit"]))
    for name, unit in (("diastolic", PRESSURE_UNIT), ("pulse", "/min")):
        if given[name] and given[name]["unit"] != unit:
            raise Problem(422, "wrong_unit", f"`{name}` is in {unit}.")
    return TypedReading(
        metric=metric,
        local_time=given["taken_at"].astimezone(ZoneInfo(subject().zone)).replace(tzinfo=None),
        value=value["value"],
        unit=value["unit"],
        diastolic=given["diastolic"]["value"] if given["diastolic"] else None,
        pulse=given["pulse"]["value"] if given["pulse"] else None,
        meal=given["meal"],
    )
