"""How the patient feels, by API: said, acted upon at once, listed, ended."""

from typing import Any

from companion.care.report_kinds import What, holds_until
from companion.care.reported import Reported, reports_of
from companion.urgency import reporting
from companion.web.access import Action, guarded
from companion.web.api import report_schemas as schemas
from companion.web.api.repeats import once
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant
from companion.web.context import actor, look, now, outside, subject
from companion.web.for_patients.act_now import todo_of
from companion.web.for_patients.feeling import assess_now, patient_of_report

VIA = "api"


@endpoint("GET", "/patients/<patient_id>/reports", gives=schemas.ReportsOut)
@guarded(Action.SEE_REPORTS)
def reports(patient_id: str) -> dict[str, Any]:
    """What the patient told of how they feel, as far as it still counts for the protocols' gates."""
    with look() as db:
        return {"reports": [_shown(report) for report in reports_of(db, subject().id, now())]}


@endpoint(
    "POST",
    "/patients/<patient_id>/reports",
    takes=schemas.ReportIn,
    gives=schemas.ReportedOut,
    status=201,
    may_fail=(400, 422),
)
@guarded(Action.REPORT_FEELING)
def add_report(given: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """Kept, and what it means is looked at before this answers. `Idempotency-Key` is honoured."""
    return once(lambda: _add(given["what"]))


def _add(whats: list[What]) -> dict[str, Any]:
    reporting.tell(outside().engine, subject(), whats, by=actor(), via=VIA, now=now())
    assess_now(subject())
    with look() as db:
        return {
            "reports": [_shown(report) for report in reports_of(db, subject().id, now())],
            "act_now": [
                {
                    "event": each.episode.event,
                    "last_at": instant(each.episode.last_at, subject().zone),
                    "words": each.words,
                    "signed_by": each.signer or None,
                }
                for each in todo_of(db, subject(), now())
            ],
        }


@endpoint("POST", "/reports/<report_id>/end", takes=schemas.EndIn, gives=schemas.ReportOut, may_fail=(400, 422))
@guarded(Action.REPORT_FEELING, patient_of=patient_of_report)
def end_report(given: dict[str, Any], report_id: str) -> dict[str, Any]:
    """It counts no more. What was ended stays ended as it was."""
    ended = reporting.end(outside().engine, report_id, given["how"], by=actor(), now=now())
    assess_now(subject())
    return _shown(ended)


def _shown(report: Reported) -> dict[str, Any]:
    return {
        "id": report.public_id,
        "what": report.what,
        "told_at": instant(report.told_at, subject().zone),
        "counts_until": instant(holds_until(What(report.what), report.told_at), subject().zone),
        "ended_as": report.ended_as,
    }
