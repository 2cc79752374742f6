"""R4's status as a condition on suggestions: what FHIR's words mean in our columns, at one instant."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from companion.advice.models import Suggestion
from companion.fhir.medication_request import PROPOSAL_STATUS
from companion.fhir.task import STATUS


def waits(now: datetime) -> ColumnElement[bool]:
    """It can be decided on."""
    return and_(Suggestion.state == "pending", Suggestion.expires_at >= now)


def of_proposal(status: str, now: datetime) -> ColumnElement[bool]:
    return waits(now) if status == "draft" else _ended(PROPOSAL_STATUS, status, now)


def of_task(status: str, now: datetime) -> ColumnElement[bool]:
    """As `companion.fhir.task.status_of` says it: somebody who has it open outranks a put-off."""
    is_open, is_put_off = _runs(Suggestion.claimed_until, now), _runs(Suggestion.put_off_until, now)
    waiting = {
        "in-progress": is_open,
        "on-hold": and_(~is_open, is_put_off),
        "requested": and_(~is_open, ~is_put_off),
    }
    return and_(waits(now), waiting[status]) if status in waiting else _ended(STATUS, status, now)


def _runs(until: InstrumentedAttribute[datetime | None], now: datetime) -> ColumnElement[bool]:
    return and_(until.is_not(None), until > now)


def _ended(names: Mapping[str, str], status: str, now: datetime) -> ColumnElement[bool]:
    """The states that are so called; with the expired one what is over and not written down as such yet."""
    states = [ours for ours, theirs in names.items() if theirs == status]
    lapsed = and_(Suggestion.state == "pending", Suggestion.expires_at < now) if "expired" in states else false()
    return or_(Suggestion.state.in_(states), lapsed)
