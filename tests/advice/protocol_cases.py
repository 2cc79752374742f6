"""Cases for the other protocols: one plain case each, and what is changed in it."""

from typing import Any

from tests.advice.builders import doses, fasting, glucose, hours_ago, plain, pressure

VERSION = "1.0.0-draft"


def regimen(
    name: str,
    drug: str,
    drug_class: str,
    amount: Any,
    unit: str = "mg",
    times: tuple[str, ...] = ("08:00",),
    **more: Any,
) -> dict[str, Any]:
    return {
        "id": name, "drug": drug, "drug_class": drug_class, "amount": amount, "unit": unit, "times": list(times),
        "changed_on": "2026-01-10", **more,
    }  # fmt: skip


def case(
    protocol: str, regimens: list[dict[str, Any]], readings: list[dict[str, Any]], **changes: Any
) -> dict[str, Any]:
    """A case of that protocol, every dose of its first medicine taken."""
    found = plain(regimens=regimens, readings=readings, doses=[])
    found["plan"].update(protocol=protocol, version=VERSION)
    found["doses"] = [{**dose, "regimen": regimens[0]["id"]} for dose in doses(14)]
    for path, value in changes.items():
        where, key = path.split("__")
        (found["regimens"][0] if where == "regimen" else found[where])[key] = value
    return found


def metformin(amount: Any = 500, times: tuple[str, ...] = ("08:00", "20:00"), **changes: Any) -> dict[str, Any]:
    """1000 mg a day, fasting about 160, goal 130."""
    readings = changes.pop("readings", fasting(160, 158, 162, 161, 159))
    return case(
        "metformin.step",
        [regimen("met", "metformin", "metformin", amount, times=times)],
        readings,
        **{"plan__max_daily": 2000, **changes},
    )


def sulfonylurea(*readings: dict[str, Any], amount: Any = 80, **changes: Any) -> dict[str, Any]:
    drug = regimen("glic", "gliclazide", "sulfonylurea", amount)
    return case("sulfonylurea.hypo_reduce", [drug], list(readings), **changes)


def older(*values: Any, amount: Any = 10, **changes: Any) -> dict[str, Any]:
    """Basal insulin of a woman of 72, one fasting value a morning."""
    drug = regimen("glargine", "insulin glargine", "basal_insulin", amount, "U", ("21:00",))
    return case("basal.older_adult_simplified", [drug], fasting(*values), **{"patient__age": 72, **changes})


def premix(
    breakfast: tuple[Any, ...], dinner: tuple[Any, ...], morning: Any = 20, evening: Any = 20, **changes: Any
) -> dict[str, Any]:
    """Two injections; values before breakfast at 07:00 and before dinner at 18:00 in New York."""
    regimens = [
        regimen("am", "premix 30", "premix_insulin_bid", morning, "U", ("07:30",)),
        regimen("pm", "premix 30", "premix_insulin_bid", evening, "U", ("18:30",)),
    ]
    readings = [glucose(3 + 24 * n, value, "fasting") for n, value in enumerate(breakfast)]
    readings += [glucose(16 + 24 * n, value, "before_meal") for n, value in enumerate(dinner)]
    return case("premix.bid", regimens, readings, **{"plan__max_daily": 100, **changes})


def home(systolic: int, diastolic: int, days: int = 6, start: int = 0, evening: int = 0) -> list[dict[str, Any]]:
    """So many days of two readings at 08:00 and two at 20:00 in New York, the last one yesterday evening, `start`
    days back; `evening` is added to the evening's systolic."""
    found = []
    for day in range(start, start + days):
        for minutes in (0, 2):
            found.append(pressure(14 - minutes / 60 + 24 * day, systolic + evening, diastolic))
            found.append(pressure(26 - minutes / 60 + 24 * day, systolic, diastolic))
    return found


AMLODIPINE = regimen("amlo", "amlodipine", "dhp_ccb", 5)
LISINOPRIL = regimen("lisi", "lisinopril", "acei", 10)
PRESSURE = {
    "patient__potassium": "4.4",
    "patient__potassium_on": "2026-02-20",
    "patient__egfr_on": "2026-02-20",
    "patient__diabetes_type": None,
    "plan__target": {"systolic": 135, "diastolic": 85},
    "plan__target_low": None,
    "plan__target_high": None,
    "plan__max_daily": None,
}


def bp(
    readings: list[dict[str, Any]], protocol: str = "bp.step_generic", *drugs: dict[str, Any], **changes: Any
) -> dict[str, Any]:
    """Goal 135/85; amlodipine 5 mg, and the plan's next step 10 mg."""
    step = {"drug": "amlodipine", "drug_class": "dhp_ccb", "amount": 10, "unit": "mg"}
    own = {"plan__steps": [step]} if protocol == "bp.step_generic" else {}
    return case(protocol, [dict(drug) for drug in drugs or (AMLODIPINE,)], readings, **{**PRESSURE, **own, **changes})


__all__ = [
    "AMLODIPINE",
    "LISINOPRIL",
    "bp",
    "case",
    "home",
    "hours_ago",
    "metformin",
    "older",
    "premix",
    "regimen",
    "sulfonylurea",
]
