"""What an assessment looks at (`Case`) and what it answers (`Outcome`).

`companion assess` builds a Case from JSON (`case_json.py`), the service builds one from its rows (`flows`).
Nothing here decides anything: `assessment.assess(case: Case, registry: Registry) -> Outcome` does, with the
`Registry` of `registry.load()`. Every instant is aware; every number is an exact Decimal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from companion.clock import format_instant

FLAGS = frozenset(
    {
        "breastfeeding", "trying_to_conceive", "severe_hypo_ever_90d", "hypo_unawareness", "acute_illness",
        "vomiting", "steroid_course", "peri_procedure", "hospital_stay_14d", "ramadan_fast",
        "urgent_event_open", "device_unvalidated", "cuffless", "units_ambiguous", "clock_skew",
        "manual_entry_majority", "two_protocols_disagree", "drug_list_unconfirmed_90d",
        "doctor_paused_automation", "patient_withdrew_consent", "hypo_l3", "dialysis", "postural_hypotension",
        "af_unconfirmed", "stroke_acs_90d", "orthostatic_symptoms",
    }
)  # fmt: skip
"""Conditions no other field of a case carries. `hypo_l3`: needed help in the last 7 days."""

Meal = Literal["fasting", "before_meal", "after_meal", "bedtime"]
Cause = Literal["missed_meal", "exercise", "extra_dose"]
DeviceLimit = Literal["HI", "LO"]
DoseState = Literal["taken", "missed", "skipped"]
Frailty = Literal["fit", "complex", "poor"]
Action = Literal["increase", "decrease", "none"]
Plain = str | int | float | bool | None


@dataclass(frozen=True)
class Patient:
    """Who is assessed. None: not known. `egfr` in mL/min/1.73 m², `potassium` in mmol/L, dates local."""

    age: Decimal | None = None
    sex: str | None = None
    weight_kg: Decimal | None = None
    diabetes_type: str | None = None
    pregnant: bool | None = None
    egfr: Decimal | None = None
    egfr_on: date | None = None
    potassium: Decimal | None = None
    potassium_on: date | None = None
    frailty: Frailty | None = None
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class AmountSince:
    """The amount in force from this local day on."""

    on: date
    amount: Decimal


@dataclass(frozen=True)
class Regimen:
    """A medicine as it is taken now. `times` are local wall times, `changed_on` the day `amount` took effect.

    `history` ascends and ends with the present amount. `has_unconfirmed_change` is true while the patient has
    not confirmed an approved change; only the service knows that.
    """

    id: str
    drug: str
    drug_class: str
    amount: Decimal
    unit: str
    times: tuple[str, ...]
    changed_on: date | None
    history: tuple[AmountSince, ...] = ()
    has_open_suggestion: bool = False
    has_unconfirmed_change: bool = False


@dataclass(frozen=True)
class PressureTarget:
    """The home blood-pressure goal, mmHg."""

    systolic: Decimal
    diastolic: Decimal


@dataclass(frozen=True)
class PlanStep:
    """One step of a blood-pressure plan, still to come."""

    drug: str
    drug_class: str
    amount: Decimal
    unit: str


@dataclass(frozen=True)
class Plan:
    """What a doctor signed for this patient. Targets in mg/dL, `ends_on` the last valid local day.

    `is_protocol_signed`: a named clinician stands for this text of the protocol; only the service knows that.
    """

    protocol: str
    version: str | None
    target_low: Decimal | None
    target_high: Decimal | None
    max_daily: Decimal | None
    signed_by: str | None
    ends_on: date | None
    signed_at: datetime | None = None
    targets_profile: str | None = None
    target: PressureTarget | None = None
    hbpm_experience_days: int = 0
    steps: tuple[PlanStep, ...] = ()
    is_protocol_signed: bool = True


@dataclass(frozen=True)
class GlucoseReading:
    """One finger-stick value in mg/dL, not rounded. `mg_dl` is None exactly when `device_limit` is set."""

    at: datetime
    mg_dl: Decimal | None
    meal: Meal | None = None
    cause: Cause | None = None
    device_limit: DeviceLimit | None = None
    is_control: bool = False


@dataclass(frozen=True)
class PressureReading:
    """One cuff value in mmHg, pulse per minute."""

    at: datetime
    systolic: Decimal
    diastolic: Decimal
    pulse: Decimal | None = None


@dataclass(frozen=True)
class Dose:
    """One intake that was due. The service gives a missed-unreached dose as missed."""

    regimen: str
    due_at: datetime
    state: DoseState


@dataclass(frozen=True)
class DosesTaken:
    """adherence_14d as the service counted it: so many of those due, by the named method."""

    taken: int
    due: int
    method: str


@dataclass(frozen=True)
class Case:
    """Everything one assessment may look at.

    `collected` holds what only the service asks people (unwell, dizzy, fall, symptoms, …): an absent name is
    false, None is unknown. `doses_taken` None: nobody counted, so `doses` are.
    """

    assessed_at: datetime
    zone: ZoneInfo
    patient: Patient
    regimens: tuple[Regimen, ...]
    plan: Plan
    glucose: tuple[GlucoseReading, ...] = ()
    pressures: tuple[PressureReading, ...] = ()
    doses: tuple[Dose, ...] = ()
    doses_taken: DosesTaken | None = None
    collected: Mapping[str, bool | None] = field(default_factory=dict)

    @property
    def local_day(self) -> date:
        """The patient's calendar day of the assessment."""
        return self.assessed_at.astimezone(self.zone).date()


@dataclass(frozen=True)
class GateResult:
    """One gate's answer: `value` is what was found, `limit` what it was held against."""

    id: str
    passed: bool
    value: Plain
    limit: Plain


@dataclass(frozen=True)
class Reason:
    """Why the outcome is what it is. `code` and `params` let a page say it in another language."""

    code: str
    params: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Line:
    """A computed value the review page shows. `n`: how many values (or doses) it was computed from."""

    name: str
    value: Plain
    threshold: Plain = None
    n: int | None = None
    unit: str = ""


@dataclass(frozen=True)
class Outcome:
    """The answer of one assessment. `lines`, `urgent` and `registry_digest` are for the record and page."""

    outcome: Literal["proposal", "hold", "urgent"]
    protocol: str
    rule: str | None
    action: Action
    from_amount: Decimal | None
    to_amount: Decimal | None
    unit: str | None
    regimen: str | None
    gates: tuple[GateResult, ...]
    reasons: tuple[Reason, ...]
    asks: tuple[str, ...]
    expires_at: datetime | None
    lines: tuple[Line, ...] = ()
    urgent: tuple[str, ...] = ()
    registry_digest: str = ""

    def as_dict(self, *, amounts_as_text: bool = False) -> dict[str, object]:
        """The keys of `companion assess --json`. Amounts are JSON numbers like the one that came in (16, or 16.0), or
        decimal strings when asked."""
        has_point = self.from_amount is not None and "." in str(self.from_amount)
        written = _as_text if amounts_as_text else float if has_point else _as_number
        return {
            "outcome": self.outcome,
            "protocol": self.protocol,
            "rule": self.rule,
            "action": self.action,
            "regimen": self.regimen,
            "from": None if self.from_amount is None else written(self.from_amount),
            "to": None if self.to_amount is None else written(self.to_amount),
            "unit": self.unit,
            "gates": [
                {"id": gate.id, "passed": gate.passed, "value": gate.value, "limit": gate.limit} for gate in self.gates
            ],
            "reasons": [reason.text for reason in self.reasons],
            "asks": list(self.asks),
            "expires_at": format_instant(self.expires_at) if self.expires_at else None,
        }


def _as_text(amount: Decimal) -> str:
    return f"{amount:f}"


def _as_number(amount: Decimal) -> int | float:
    return int(amount) if amount == int(amount) else float(amount)
