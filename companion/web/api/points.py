"""Points for the chart that one explores: any span, never more than asked for."""

from typing import Any

from companion.readings.reading import Metric
from companion.web.access import Action, can, guarded
from companion.web.api import point_schemas
from companion.web.api.readings import SHOWN, span
from companion.web.api.routes import endpoint
from companion.web.charting.explored import Series, doses_within, explored
from companion.web.context import actor, look, now, outside, subject


@endpoint(
    "GET",
    "/patients/<patient_id>/readings/points",
    query=point_schemas.PointsQuery,
    gives=point_schemas.PointsOut,
    may_fail=(422,),
)
@guarded(Action.SEE_READINGS)
def points(query: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """Each value, or of each piece of time the lowest and the highest. Doses only for who may see how they went."""
    start, end = span(query["since"], query["until"], SHOWN)
    patient, at_most = subject(), query["points"]
    with look() as db:
        found = explored(db, outside().store, patient, Metric(query["metric"]), start, end, now())
        may_see_doses = can(db, actor(), Action.SEE_ADHERENCE, patient, now())
        doses = doses_within(db, patient, start, end, at_most) if may_see_doses else []
    return {
        "unit": found.unit,
        "limits": {"low": found.target.low, "high": found.target.high},
        "series": [_series(each) for each in found.series(at_most)],
        "doses": [{"at": at // 1000, "became": became} for at, became in doses],
    }


def _series(found: Series) -> dict[str, Any]:
    at = [ms // 1000 for ms in found.points.at_ms]
    whole = {"of": found.of, "n": found.n, "is_thinned": found.is_thinned}
    return whole | {"at": at, "low": found.points.low, "high": found.points.high}
