"""An amount of a medicine, and when it is taken, in R4's words."""

from decimal import Decimal

from companion.fhir.coding import UCUM, Json
from companion.fhir.told import Medicine

UCUM_OF = {"U": "[iU]", "mg": "mg", "ml": "mL", "tablet": "{tablet}", "puff": "{puff}", "drop": "[drp]"}
"""Units of medicines by UCUM; what it has no unit for stands in its braces."""


def amount(value: Decimal, unit: str) -> Json:
    """The quantity of one intake, with its own digits."""
    return {"value": value, "unit": unit, "system": UCUM, "code": UCUM_OF.get(unit, f"{{{unit}}}")}


def dosage(medicine: Medicine, value: Decimal) -> Json:
    """One Dosage: how much, and at what local times of each day, where the rule is so simple."""
    at = ", ".join(medicine.times) or medicine.said or "as prescribed"
    told: Json = {
        "text": f"{value:f} {medicine.unit}, {at}",
        "doseAndRate": [{"doseQuantity": amount(value, medicine.unit)}],
    }
    if medicine.times:
        times = [f"{time}:00" for time in medicine.times]
        told["timing"] = {"repeat": {"frequency": len(times), "period": 1, "periodUnit": "d", "timeOfDay": times}}
    return told
