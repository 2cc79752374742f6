"""A pharmacist's lists by API: patients who let them see how medicines are taken and how long packs last."""

from datetime import date
from typing import Any

from marshmallow import fields, validate

from companion.programme.segments.keeping import Member
from companion.programme.segments.taking import LESS, MISSED, Taking
from companion.reminders.supply.refills import RefillLine
from companion.web.access import Action, guarded_list
from companion.web.api.routes import endpoint
from companion.web.api.schemas import Strict
from companion.web.api.shown import instant
from companion.web.api.work_lists import TrendOut, trend_shown
from companion.web.context import look
from companion.web.programme.taking_lists import found_for

DAY = {"format": "date"}


class TakingBecauseOut(Strict):
    """The figure that is at least, or below, the limit; and where the limit is from."""

    figure = fields.Str(required=True)
    value = fields.Float(required=True)
    is_at_least = fields.Bool(required=True)
    limit = fields.Float(required=True)
    source = fields.Str(required=True)


class TakingMemberOut(Strict):
    patient = fields.Str(required=True)
    name = fields.Str(required=True)
    as_of = fields.Str(required=True, metadata={"format": "date-time"})
    because = fields.List(fields.Nested(TakingBecauseOut), required=True)
    trends = fields.List(fields.Nested(TrendOut), required=True)


class TakingListOut(Strict):
    """At most a hundred, by name."""

    id = fields.Str(required=True, validate=validate.OneOf([MISSED, LESS]))
    members = fields.List(fields.Nested(TakingMemberOut), required=True)


class LowPackOut(Strict):
    """`run_out_on` null: not known. No amount that is taken."""

    patient = fields.Str(required=True)
    name = fields.Str(required=True)
    medicine = fields.Str(required=True)
    drug = fields.Str(required=True)
    days_left = fields.Int(required=True, allow_none=True)
    run_out_on = fields.Str(required=True, allow_none=True, metadata=DAY)


class TakingListsOut(Strict):
    """`patients`: how many let the pharmacist see."""

    patients = fields.Int(required=True)
    lists = fields.List(fields.Nested(TakingListOut), required=True)
    low_packs = fields.List(fields.Nested(LowPackOut), required=True)


@endpoint("GET", "/taking-lists", gives=TakingListsOut)
@guarded_list(Action.SEE_TAKING)
def taking_lists() -> dict[str, Any]:
    """Who takes fewer doses than planned, and whose packs run low; without a patient's consent nothing."""
    with look() as db:
        found = found_for(db)
        return {
            "patients": found.patients,
            "lists": [{"id": key, "members": [_member(*each) for each in some]} for key, some in found.taking],
            "low_packs": [
                {"patient": patient.public_id, "name": patient.name} | _packs(line)
                for patient, lines in found.low
                for line in lines
            ],
        }


def _member(member: Member, why: Taking) -> dict[str, Any]:
    return {
        "patient": member.patient.public_id,
        "name": member.patient.name,
        "as_of": instant(member.worked_out_at, member.patient.zone),
        "because": [
            {
                "figure": each.limit.figure.value,
                "value": each.value,
                "is_at_least": each.limit.is_at_least,
                "limit": each.limit.number,
                "source": each.limit.source,
            }
            for each in why.because
        ],
        "trends": [trend_shown(each) for each in why.trends],
    }


def _packs(line: RefillLine) -> dict[str, Any]:
    told = {"medicine": line.regimen.public_id, "drug": line.regimen.drug, "days_left": line.stock.days_left}
    return told | {"run_out_on": _day(line.stock.run_out_on)}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
