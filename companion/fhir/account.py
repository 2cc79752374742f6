"""What became of an import, entry by entry, as FHIR R4 tells it: a Bundle of type `batch-response`. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from companion.fhir.coding import Json

STATUS = {
    "taken": ("201 Created", "information", "informational"),
    "known": ("200 OK", "information", "duplicate"),
    "conflict": ("409 Conflict", "warning", "conflict"),
    "refused": ("422 Unprocessable Entity", "error", "processing"),
}
"""Ours → HTTP's status, and R4's severity and type of issue."""


class Line(NamedTuple):
    """One entry: what became of it, what it said, and why."""

    outcome: str
    said: str
    reason: str


def account_bundle(import_id: str, lines: Sequence[Line]) -> Json:
    """In the order of the entries that were sent."""
    shell: Json = {"resourceType": "Bundle", "type": "batch-response", "identifier": {"value": import_id}}
    return shell | ({"entry": [_entry(line) for line in lines]} if lines else {})


def _entry(line: Line) -> Json:
    status, severity, kind = STATUS[line.outcome]
    told = ": ".join(filter(None, [line.outcome, line.said, line.reason]))
    issue = {"severity": severity, "code": kind, "diagnostics": told}
    return {"response": {"status": status, "outcome": {"resourceType": "OperationOutcome", "issue": [issue]}}}
