"""A suggestion as a card of CDS Hooks 2.0: it tells a doctor in the record system, and leads to our page. Pure.

A card carries no `suggestions` of its own: whatever is clicked there, nothing is ordered and nothing approved.
"""

from companion.advice.deciding.decision_codes import Rejection
from companion.fhir.coding import Json
from companion.fhir.told import Suggested

SERVICE = "companion-suggestions"
LONGEST_SUMMARY = 140
"""Characters (CDS Hooks 2.0, card attributes)."""
REASONS = "urn:companion:rejection"

SERVICES: Json = {
    "services": [
        {
            "id": SERVICE,
            "hook": "patient-view",
            "title": "Dose suggestions that wait for a doctor",
            "description": "Tells that a suggestion of companion waits for this patient, and leads to the page where "
            "a doctor reads what stands behind it and decides. Nothing is ordered from a card.",
        }
    ]
}


def card(suggested: Suggested, uuid: str, public_url: str, review_url: str) -> Json:
    """What a doctor is told; urgent ones as critical."""
    protocol, _, _ = suggested.protocol.partition("@")
    return {
        "uuid": uuid,
        "summary": summary(suggested),
        "detail": _detail(suggested),
        "indicator": "critical" if suggested.is_urgent else "info",
        "source": {
            "label": "companion",
            "url": public_url,
            "topic": {"system": "urn:companion:protocol", "code": protocol, "display": suggested.rule},
        },
        "links": [{"label": "Read and decide in companion", "url": review_url, "type": "absolute"}],
        "overrideReasons": [_reason(each) for each in Rejection],
    }


def summary(suggested: Suggested) -> str:
    """One line; a long name of a medicine is cut, never the amounts."""
    unit = suggested.medicine.unit
    amounts = f": {suggested.from_amount:f} → {suggested.to_amount:f} {unit} is suggested"
    drug, room = suggested.medicine.drug, LONGEST_SUMMARY - len(amounts)
    return (drug if len(drug) <= room else f"{drug[: room - 1]}…") + amounts


def _detail(suggested: Suggested) -> str:
    """The reasons as a list in Markdown, and that only a doctor's decision on our page counts."""
    reasons = [f"* {_plain(str(reason))}" for reason in suggested.evidence.get("outcome", {}).get("reasons", ())]
    closing = f"By {suggested.protocol}, rule {suggested.rule}. It counts once a doctor approved it in companion."
    return "\n".join([*reasons, "", closing])


def _plain(text: str) -> str:
    """Without what Markdown would read as more than text."""
    return "".join(f"\\{sign}" if sign in r"\`*_[]<>#|" else sign for sign in text)


def _reason(code: Rejection) -> Json:
    return {"code": code.value, "system": REASONS, "display": code.value.replace("_", " ").capitalize()}
