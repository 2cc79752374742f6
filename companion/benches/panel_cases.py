"""Two patients of the panel without their readings: one whose basal insulin is titrated, one with steps of pressure."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from companion.advice.assessing.case import Case, Dose, Patient, Plan, PlanStep, PressureTarget, Regimen

NOW = datetime(2026, 3, 10, 23, tzinfo=UTC)
_PATIENT = Patient(
    age=Decimal(61),
    sex="female",
    weight_kg=Decimal(80),
    diabetes_type="type2",
    pregnant=False,
    egfr=Decimal(80),
    egfr_on=date(2026, 2, 1),
    potassium=Decimal("4.4"),
    potassium_on=date(2026, 2, 1),
)
_TAKEN = tuple(Dose("m", NOW - timedelta(days=day, hours=1), "taken") for day in range(14))


def _regimen(drug: str, drug_class: str, amount: int, unit: str) -> Regimen:
    return Regimen("m", drug, drug_class, Decimal(amount), unit, ("21:00",), date(2026, 1, 10))


def _plan(protocol: str, **own: object) -> Plan:
    signed = {"version": "1.0.0-draft", "signed_by": "Bench", "ends_on": date(2026, 4, 30)}
    none = dict.fromkeys(("target_low", "target_high", "max_daily"))
    return Plan(protocol, **none | signed | own)  # type: ignore[arg-type]  # named one by one above and below


TITRATION = Case(
    NOW,
    ZoneInfo("America/New_York"),
    _PATIENT,
    (_regimen("insulin glargine", "basal_insulin", 16, "U"),),
    _plan("basal.ada_2u3d", target_low=Decimal(80), target_high=Decimal(130), max_daily=Decimal(50)),
    doses=_TAKEN,
)
PRESSURE_PLAN = Case(
    NOW,
    ZoneInfo("America/New_York"),
    _PATIENT,
    (_regimen("amlodipine", "dhp_ccb", 5, "mg"),),
    _plan(
        "bp.step_generic",
        target=PressureTarget(Decimal(135), Decimal(85)),
        steps=(PlanStep("amlodipine", "dhp_ccb", Decimal(10), "mg"),),
    ),
    doses=_TAKEN,
)
