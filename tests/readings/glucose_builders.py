"""Glucose for the tests of figures: made by hand, or of the five people whose figures R iglu worked out."""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from companion.clock import to_ms
from companion.readings.glucose_metrics import Glucose
from companion.readings.glucose_trace import Trace

IGLU = Path(__file__).parents[3] / "shared" / "vectors" / "iglu"
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def glucose_at(taken_at: Sequence[datetime], mg_dl: Sequence[float]) -> Glucose:
    return Glucose([to_ms(at) for at in taken_at], mg_dl)


def every(minutes: int, mg_dl: Sequence[float], start: datetime = MIDNIGHT) -> Glucose:
    """One value after the other, evenly."""
    return glucose_at([start + timedelta(minutes=minutes * place) for place in range(len(mg_dl))], list(mg_dl))


def trace_of(*values: float | None, step_min: int = 5) -> Trace:
    return Trace(step_min, list(values))


def vectors() -> Path:
    """The folder, or the test is skipped."""
    if not IGLU.exists():
        pytest.skip("../shared is not beside this checkout")
    return IGLU


def five_people() -> dict[str, Glucose]:
    rows = five_peoples_rows()
    people: dict[str, Glucose] = {}
    for subject in sorted({row["id"] for row in rows}):
        own = sorted((datetime.fromisoformat(row["time"]), float(row["gl"])) for row in rows if row["id"] == subject)
        people[subject] = glucose_at([at.replace(tzinfo=UTC) for at, _ in own], [value for _, value in own])
    return people


def five_peoples_rows() -> list[dict[str, str]]:
    with (vectors() / "example_data_5_subject.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def reference() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((vectors() / "iglu_reference_values.json").read_text())
    return told
