"""Schedules by API: what a rule would mean before it is prescribed, and intakes as needed."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from companion.care.people import LANGUAGES
from companion.reminders.doses import as_needed
from companion.reminders.doses.as_needed import TooMuch
from companion.reminders.schedules.plain_words import describe
from companion.reminders.schedules.prescribing import check, check_link, next_times
from companion.reminders.schedules.rule import Schedule
from companion.web.access import Action, guarded
from companion.web.api import schedule_schemas as schemas
from companion.web.api.doses import VIA
from companion.web.api.problems import Problem
from companion.web.api.repeats import once
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant, quantity
from companion.web.context import actor, changes, look, now, subject
from companion.web.for_doctors.clinic import get_own_regimen


@endpoint(
    "POST",
    "/patients/<patient_id>/rules:preview",
    takes=schemas.RuleIn,
    gives=schemas.RulePreviewOut,
    may_fail=(422,),
)
@guarded(Action.EDIT_REGIMEN)
def preview_rule(given: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """The rule in plain words and its next three times; an impossible one is 422 with its field. Nothing is written."""
    checked = check(given["rule"], given["amount"])
    with look() as db:
        other = check_link(db, checked.rule, subject().id, None, now())
    zone = subject().zone
    start_on = given["start_on"] or now().astimezone(ZoneInfo(zone)).date()
    times = next_times(Schedule(ZoneInfo(zone), start_on, given["end_on"], checked.rule), now())
    name = other.drug if other else None
    return {
        "words": {
            language: describe(language, checked.rule, checked.amount, given["unit"], given["food"], other=name)
            for language in LANGUAGES
        },
        "next_times": [instant(at, zone) for at in times],
    }


@endpoint(
    "POST",
    "/patients/<patient_id>/medicines/<regimen_id>/intakes",
    takes=schemas.IntakeIn,
    gives=schemas.IntakeOut,
    status=201,
    may_fail=(400, 409, 422),
)
@guarded(Action.ANSWER_DOSE)
def add_intake(given: dict[str, Any], patient_id: str, regimen_id: str) -> dict[str, Any]:
    """What was taken as needed. Against a limit: 409 with the limit as its code and when the next one is allowed,
    unless it was taken `anyway`. `Idempotency-Key` is honoured."""
    return once(lambda: _add(regimen_id, **given))


def _add(regimen_id: str, taken_at: datetime | None, amount: Any, anyway: bool) -> dict[str, Any]:
    with changes() as db:
        regimen = get_own_regimen(db, regimen_id)
        result = as_needed.record(
            db,
            regimen,
            by=actor(),
            via=VIA,
            now=now(),
            taken_at=taken_at,
            amount=amount,
            anyway=anyway,
            key=request.headers.get("Idempotency-Key"),
        )
    zone = subject().zone
    if isinstance(result, TooMuch):
        again_at = None if result.again_at is None else instant(result.again_at, zone)
        raise Problem(409, result.against.value, "A limit speaks against it; nothing was noted.", allowed_from=again_at)
    intake = result.intake
    return {
        "id": intake.public_id,
        "medicine": regimen.public_id,
        "taken_at": instant(intake.taken_at, zone),
        "amount": quantity(intake.amount, regimen.unit),
        "against": intake.against,
    }
