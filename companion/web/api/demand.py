"""The demand of medicines by API."""

from typing import Any

from marshmallow import Schema, fields, validate

from companion.programme.demand.forecasting import Verdict
from companion.supplying.demand_facts import Demand
from companion.supplying.demand_kept import newest_demand
from companion.web.access import Action, guarded
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant
from companion.web.context import actor, look


class ForecastOut(Schema):
    """Refills of one week; 8 of 10 weeks should lie from `low` to `high`."""

    mean = fields.Float(required=True)
    low = fields.Float(required=True)
    high = fields.Float(required=True)


class BackTestOut(Schema):
    """Mean absolute errors over the weeks that were tried; `held`: in how many the interval did."""

    weeks = fields.Int(required=True)
    error = fields.Float(required=True)
    error_of_last = fields.Float(required=True)
    error_of_mean = fields.Float(required=True)
    held = fields.Int(required=True)
    verdict = fields.Str(required=True, validate=validate.OneOf(list(Verdict)))


class MedicineDemandOut(Schema):
    drug = fields.Str(required=True)
    unit = fields.Str(required=True)
    patients = fields.Int(required=True)
    coming = fields.List(fields.Nested(ForecastOut), required=True)
    mean_of_last_weeks = fields.Float(required=True)
    tried = fields.Nested(BackTestOut, required=True)


class DemandOut(Schema):
    """`hidden`: how many medicines are left out, for they are taken by fewer than five patients."""

    week_of = fields.Str(required=True, allow_none=True, metadata={"format": "date"})
    computed_at = fields.Str(required=True, allow_none=True, metadata={"format": "date-time"})
    hidden = fields.Int(required=True)
    medicines = fields.List(fields.Nested(MedicineDemandOut), required=True)


@endpoint("GET", "/demand", gives=DemandOut)
@guarded(Action.SEE_DEMAND)
def medicine_demand() -> dict[str, Any]:
    """The refills that each medicine will bring in the next weeks, as worked out once a week, and how well that would
    have done. `verdict` says whether it is better than a guess."""
    with look() as db:
        kept = newest_demand(db)
    if kept is None:
        return {"week_of": None, "computed_at": None, "hidden": 0, "medicines": []}
    return {
        "week_of": kept.week_of.isoformat(),
        "computed_at": instant(kept.computed_at, actor().zone),
        "hidden": kept.hidden,
        "medicines": [_medicine(each) for each in kept.medicines],
    }


def _medicine(each: Demand) -> dict[str, Any]:
    return {
        "drug": each.drug,
        "unit": each.unit,
        "patients": each.patients,
        "coming": [week._asdict() for week in each.coming],
        "mean_of_last_weeks": each.mean,
        "tried": each.tried._asdict() | {"verdict": each.tried.verdict.value},
    }
