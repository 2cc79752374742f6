"""The care plan by API: read by the patient and their doctors; the patient does a step of their own."""

from typing import Any

from companion.programme.care_plans import reading
from companion.programme.care_plans.reading import Line
from companion.programme.care_plans.writing import local_day
from companion.web.access import Action, guarded
from companion.web.api import care_plan_schemas as schemas
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant
from companion.web.context import look, now, subject
from companion.web.programme.care_plan import do_own_step, patient_of_line


@endpoint("GET", "/patients/<patient_id>/care-plan", gives=schemas.CarePlanOut)
@guarded(Action.SEE_CARE_PLAN)
def care_plan(patient_id: str) -> dict[str, Any]:
    """What is agreed on: who does what, until when, and when it is gone through again."""
    return _plan()


@endpoint(
    "POST", "/care-plan-lines/<line_id>/done", takes=schemas.DoneIn, gives=schemas.CarePlanOut, may_fail=(400, 422)
)
@guarded(Action.DO_PLAN_STEP, patient_of=patient_of_line)
def do_plan_step(given: dict[str, Any], line_id: str) -> dict[str, Any]:
    """A step of the patient's own is done. The same again changes nothing."""
    do_own_step(line_id, given["words"])
    return _plan()


def _plan() -> dict[str, Any]:
    with look() as db:
        plan = reading.plan_of(db, subject(), local_day(subject(), now()))
        review = plan.review
        return {
            "goals": [_line(each) for each in plan.goals],
            "steps": [_line(each) for each in plan.steps],
            "closed": [_line(each) for each in plan.closed],
            "reviewed_at": instant(review.reviewed_at, subject().zone) if review else None,
            "next_review_on": review.next_on.isoformat() if review else None,
        }


def _line(line: Line) -> dict[str, Any]:
    row = line.row
    return {
        "id": row.public_id,
        "kind": row.kind,
        "words": line.words,
        "owner": {"id": line.owner_id, "name": line.owner},
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "state": row.state,
        "is_late": line.is_late,
        "closed_at": instant(row.closed_at, subject().zone) if row.closed_at else None,
        "end_words": line.end_words,
    }
