"""Work lists by API, for a doctor or the record system that acts for one: who is on each, by which figure and limit."""

from typing import Any

from marshmallow import fields, validate

from companion.programme.segments.definitions import Segment
from companion.programme.segments.keeping import Member, counts, members
from companion.programme.segments.placing import Because, reasons
from companion.programme.segments.trend import Trend
from companion.web.access import Action, guarded_list, listed_for
from companion.web.api.problems import Problem
from companion.web.api.routes import endpoint
from companion.web.api.schemas import Strict
from companion.web.api.shown import instant
from companion.web.context import actor, look, now, shows
from companion.web.programme.segments import A_PAGE, present


class WorkListOut(Strict):
    """`title` and `task` by language; `count`: of the patients that one may see."""

    id = fields.Str(required=True)
    title = fields.Dict(required=True)
    task = fields.Dict(required=True)
    count = fields.Int(required=True)


class WorkListsOut(Strict):
    lists = fields.List(fields.Nested(WorkListOut), required=True)


class ListedPageQuery(Strict):
    page = fields.Int(load_default=1, validate=validate.Range(1, 10_000))


class BecauseOut(Strict):
    """The figure that is at least, or below, the limit; and where the limit is from."""

    axis = fields.Str(required=True)
    level = fields.Str(required=True)
    figure = fields.Str(required=True)
    value = fields.Float(required=True)
    is_at_least = fields.Bool(required=True)
    limit = fields.Float(required=True)
    source = fields.Str(required=True)


class TrendOut(Strict):
    """Change over eight weeks, with its 95 % interval."""

    measure = fields.Str(required=True)
    change = fields.Float(required=True)
    low = fields.Float(required=True)
    high = fields.Float(required=True)
    points = fields.Int(required=True)


class ListedOut(Strict):
    patient = fields.Str(required=True)
    name = fields.Str(required=True)
    as_of = fields.Str(required=True, metadata={"format": "date-time"})
    levels = fields.Dict(required=True)
    because = fields.List(fields.Nested(BecauseOut), required=True)
    trends = fields.List(fields.Nested(TrendOut), required=True)


class WorkListMembersOut(Strict):
    members = fields.List(fields.Nested(ListedOut), required=True)
    has_more = fields.Bool(required=True)


@endpoint("GET", "/work-lists", gives=WorkListsOut)
@guarded_list(Action.SEE_WORK_LISTS, records=True)
def work_lists() -> dict[str, Any]:
    """Every list, and how many of one's patients are on it."""
    known = present()
    with look() as db:
        counted = counts(db, known, listed_for(db, actor(), Action.SEE_WORK_LISTS, now()))
    shows(())
    return {"lists": [_list(segment, counted[segment.key]) for segment in known.segments]}


@endpoint("GET", "/work-lists/<key>", query=ListedPageQuery, gives=WorkListMembersOut, may_fail=(404, 422))
@guarded_list(Action.SEE_WORK_LISTS, records=True)
def work_list(query: dict[str, Any], key: str) -> dict[str, Any]:
    """Fifty a page, by name. There is no score: each tells what brought them here."""
    segment = present().segment(key)
    if segment is None:
        raise Problem(404, "not_found", "there is no such list")
    with look() as db:
        whose = listed_for(db, actor(), Action.SEE_WORK_LISTS, now())
        found = members(db, segment.needs, whose, skip=(query["page"] - 1) * A_PAGE, limit=A_PAGE + 1)
        shows(member.patient for member in found[:A_PAGE])
        listed = [_member(segment.key, member) for member in found[:A_PAGE]]
    return {"members": listed, "has_more": len(found) > A_PAGE}


def _list(segment: Segment, count: int) -> dict[str, Any]:
    return {"id": segment.key, "title": dict(segment.title), "task": dict(segment.task), "count": count}


def _member(key: str, member: Member) -> dict[str, Any]:
    why = reasons(present(), key, member.sheet)
    because = [_because(axis, placed.level, each) for axis, placed in why.axes.items() for each in placed.because]
    return {
        "patient": member.patient.public_id,
        "name": member.patient.name,
        "as_of": instant(member.worked_out_at, member.patient.zone),
        "levels": {axis: placed.level for axis, placed in why.axes.items()},
        "because": because,
        "trends": [trend_shown(each) for each in why.trends],
    }


def _because(axis: str, level: str, because: Because) -> dict[str, Any]:
    limit = because.limit
    known = {"axis": axis, "level": level, "figure": limit.figure.value, "value": because.value}
    return known | {"is_at_least": limit.is_at_least, "limit": limit.number, "source": limit.source}


def trend_shown(trend: Trend) -> dict[str, Any]:
    low, high = trend.interval
    return {"measure": trend.measure, "change": trend.change, "low": low, "high": high, "points": trend.points}
