"""Cases for tests: the plain one (16 U, fasting about 151, goal 130: +2 U) and what is changed in it."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from companion.advice.assessing.assessment import assess
from companion.advice.assessing.case import Case, Outcome
from companion.advice.assessing.case_json import read
from companion.advice.grammar import registry

NOW = datetime(2026, 3, 10, 14, tzinfo=UTC)
PLAIN = Path(__file__).parent / "cases" / "plain.json"
GATE_IDS = [f"G{n:02}" for n in range(1, 16)]


def plain(**changes: Any) -> dict[str, Any]:
    """The plain case with the values at some paths replaced: `plain(**{"regimens[0].unit": "mg"})`."""
    found: dict[str, Any] = json.loads(PLAIN.read_text(encoding="utf-8"))
    for path, value in changes.items():
        *way, last = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", path)]
        place: Any = found
        for step in way:
            place = place[step]
        place[last] = value
    return found


def hours_ago(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


def glucose(hours: float, mg_dl: Any, meal: str | None = None, **more: Any) -> dict[str, Any]:
    """A reading so many hours before NOW."""
    return {"metric": "glucose", "at": hours_ago(hours), "mg_dl": mg_dl, "meal": meal, **more}


def pressure(hours: float, systolic: int, diastolic: int) -> dict[str, Any]:
    return {
        "metric": "blood_pressure",
        "at": hours_ago(hours),
        "systolic": systolic,
        "diastolic": diastolic,
        "pulse": 70,
    }


def fasting(*values: Any) -> list[dict[str, Any]]:
    """One fasting value a morning, the last three hours before NOW."""
    return [glucose(3 + 24 * (len(values) - 1 - n), value, "fasting") for n, value in enumerate(values)]


def doses(taken: int, missed: int = 0, skipped: int = 0) -> list[dict[str, Any]]:
    """One dose an hour, all within the last 14 days."""
    states = ["taken"] * taken + ["missed"] * missed + ["skipped"] * skipped
    return [{"regimen": "glargine", "due_at": hours_ago(1 + n), "state": state} for n, state in enumerate(states)]


def case_of(raw: dict[str, Any]) -> Case:
    return read(json.dumps(raw)).case


def outcome_of(raw: dict[str, Any]) -> Outcome:
    return assess(case_of(raw), registry.load())


def assessed(**changes: Any) -> dict[str, Any]:
    """The answer of the plain case with these changes."""
    return outcome_of(plain(**changes)).as_dict()


def gate(found: dict[str, Any], gate_id: str) -> dict[str, Any]:
    return next(gate for gate in found["gates"] if gate["id"] == gate_id)


def closed(found: dict[str, Any]) -> list[str]:
    return [gate["id"] for gate in found["gates"] if not gate["passed"]]
