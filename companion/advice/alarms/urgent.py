"""Values that cannot wait for a plan: what in the last 24 hours calls for a person now. Pure.

Glucose in mg/dL, pressure in mmHg. The thresholds are protocols.yaml's urgent_thresholds: hypo_l1-l3 hypoglycaemia
levels (stored); hyper and hyper_severe (memory: a signer must have accepted them); bp_emergency and bp_severe AHA
2025 and our choice of the lower diastolic (stored, product); bp_low (memory).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from companion.advice.assessing.case import GlucoseReading, PressureReading
from companion.advice.assessing.glucose_values import event_value, is_rejected

R = TypeVar("R", GlucoseReading, PressureReading)

LOOKS_BACK = timedelta(hours=24)

LOW = 70
SERIOUSLY_LOW = 54
HIGH, HIGH_APART = 250, timedelta(hours=2)
SEVERELY_HIGH = 300
EMERGENCY_SYSTOLIC, EMERGENCY_DIASTOLIC = 180, 120
SEVERE_SYSTOLIC, SEVERE_DIASTOLIC, SEVERE_APART = 180, 110, timedelta(minutes=5)
FAINT_SYSTOLIC, LOW_SYSTOLIC = 100, 90


@dataclass(frozen=True)
class Urgent:
    """A threshold that was met, and the last reading that met it (None: it was told, not measured).

    `needs_signer`: its number is from memory, so it counts only where a doctor signed a plan.
    """

    id: str
    last_at: datetime | None
    evidence: Literal["stored", "product", "memory"]

    @property
    def needs_signer(self) -> bool:
        return self.evidence == "memory"

    @property
    def is_urgent(self) -> bool:
        """A first-level low is told to the patient and caregiver, and is not urgent by itself."""
        return self.id != "hypo_l1"


def events(
    glucose: Sequence[GlucoseReading],
    pressures: Sequence[PressureReading],
    at: datetime,
    *,
    flags: frozenset[str] = frozenset(),
    collected: Mapping[str, bool | None] | None = None,
) -> tuple[Urgent, ...]:
    """Every threshold met at `at`. `collected`: unwell, symptoms, dizzy, fall; what is absent or None is false."""
    told = {name for name, is_so in (collected or {}).items() if is_so}
    start = at - LOOKS_BACK
    values = [r for r in glucose if start < r.at <= at and not r.is_control and not is_rejected(r)]
    cuff = [r for r in pressures if start < r.at <= at]
    return tuple(_glucose_events(values, flags, told) + _pressure_events(cuff, told))


def _glucose_events(readings: list[GlucoseReading], flags: frozenset[str], told: set[str]) -> list[Urgent]:
    low = _times(readings, lambda r: event_value(r) < LOW)
    seriously_low = _times(readings, lambda r: event_value(r) < SERIOUSLY_LOW)
    high = _times(readings, lambda r: event_value(r) >= HIGH)
    severely_high = _times(readings, lambda r: event_value(r) >= SEVERELY_HIGH)
    found = []
    if low:
        found.append(Urgent("hypo_l1", low[-1], "stored"))
    if seriously_low:
        found.append(Urgent("hypo_l2", seriously_low[-1], "stored"))
    if "hypo_l3" in flags:
        found.append(Urgent("hypo_l3", None, "stored"))
    if high and high[-1] - high[0] >= HIGH_APART:
        found.append(Urgent("hyper", high[-1], "memory"))
    if len(severely_high) >= 2 or (severely_high and "unwell" in told):
        found.append(Urgent("hyper_severe", severely_high[-1], "memory"))
    return found


def _pressure_events(readings: list[PressureReading], told: set[str]) -> list[Urgent]:
    emergency = _times(readings, lambda r: r.systolic > EMERGENCY_SYSTOLIC or r.diastolic > EMERGENCY_DIASTOLIC)
    severe = _times(readings, lambda r: r.systolic >= SEVERE_SYSTOLIC or r.diastolic >= SEVERE_DIASTOLIC)
    faint_below = FAINT_SYSTOLIC if told & {"dizzy", "fall"} else LOW_SYSTOLIC
    low = _times(readings, lambda r: r.systolic < faint_below)
    found = []
    if emergency and "symptoms" in told:
        found.append(Urgent("bp_emergency", emergency[-1], "stored"))
    if severe and severe[-1] - severe[0] >= SEVERE_APART:
        found.append(Urgent("bp_severe", severe[-1], "product"))
    if low:
        found.append(Urgent("bp_low", low[-1], "memory"))
    return found


def _times(readings: list[R], is_met: Callable[[R], bool]) -> list[datetime]:
    return sorted(reading.at for reading in readings if is_met(reading))
