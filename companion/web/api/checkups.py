"""Reports of check-ups by API: sent as they are, listed, and decided on value by value by a clinician."""

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from companion.care.facts import BOUNDS, FactKind
from companion.imported.resources import LARGEST
from companion.programme.checkups.checkup_models import CheckupValue
from companion.programme.checkups.confirming import find_value
from companion.web.access import Action, guarded
from companion.web.api import checkup_schemas as schemas
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant
from companion.web.context import integration, look, shows, subject
from companion.web.programme.checkups import Shown, decide_on, patient_of_value, shown_of, take


@endpoint("GET", "/patients/<patient_id>/checkups", gives=schemas.CheckupsOut)
@guarded(Action.SEE_CHECKUPS)
def checkups(patient_id: str) -> dict[str, Any]:
    with look() as db:
        return {"checkups": [_shown(each) for each in shown_of(db, subject())]}


@endpoint("POST", "/patients/<patient_id>/checkups", gives=schemas.CheckupOut, status=201, may_fail=(413, 422))
@guarded(Action.SEND_CHECKUP, integrations=True)
def add_checkup(patient_id: str) -> dict[str, Any]:
    """The body is the report itself: a FHIR R4 DiagnosticReport (or a Bundle with one), a table as CSV, or a PDF. The
    same report again changes nothing. A laboratory's token brings reports only; whoever brings one, its values wait for
    a clinician."""
    request.max_content_length = LARGEST
    program = integration()
    if program is not None:
        shows([subject()], by=program.public_id)
    came = take(request.get_data(), program.name if program else "")
    with look() as db:
        return next(_shown(each) for each in shown_of(db, subject()) if each.report.public_id == came.checkup_id)


@endpoint(
    "POST", "/checkup-values/<value_id>/decision", takes=schemas.DecisionIn, gives=schemas.ValueOut, may_fail=(400, 422)
)
@guarded(Action.CONFIRM_CHECKUP, patient_of=patient_of_value)
def decide_checkup_value(given: dict[str, Any], value_id: str) -> dict[str, Any]:
    """Right: it is noted as a fact, of its day, in the clinician's name. Else it is set aside."""
    decide_on(value_id, is_right=given["is_right"])
    with look() as db:
        return _value(_found(db, value_id))


def _found(db: Session, value_id: str) -> CheckupValue:
    value = find_value(db, value_id)
    assert value is not None, "it was decided on a moment ago"
    return value


def _shown(shown: Shown) -> dict[str, Any]:
    return {
        "id": shown.report.public_id,
        "name": shown.name,
        "format": shown.report.format,
        "sent_at": instant(shown.report.sent_at, subject().zone),
        "values": [_value(each) for each in shown.values],
        "left": [{"what": what, "why": why} for what, why in shown.left],
    }


def _value(value: CheckupValue) -> dict[str, Any]:
    return {
        "id": value.public_id,
        "kind": value.kind,
        "value": value.value,
        "unit": BOUNDS[FactKind(value.kind)][2],
        "told": value.told,
        "measured_on": value.measured_on.isoformat(),
        "state": value.state,
    }
