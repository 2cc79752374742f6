"""Rows as the API shows them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Review, Suggestion
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care.people import Person
from companion.readings.amendments import Amended
from companion.readings.units import PRESSURE_UNIT
from companion.reminders.doses.models import Dose, DoseEvent
from companion.web.for_doctors.listed import Listed
from companion.web.for_doctors.standing import Standing
from companion.web.for_patients.today import amount_told
from companion.web.identifiers import dose_id, reading_id


def instant(at: datetime, zone: str) -> str:
    """RFC 3339 with the offset of that zone then."""
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="milliseconds" if at.microsecond else "seconds")


def quantity(value: Decimal | None, unit: str) -> dict[str, Any] | None:
    return None if value is None else {"value": value, "unit": unit}


def reading(entry: Amended, zone: str) -> dict[str, Any]:
    """With everything said about it afterwards laid over."""
    found = entry.reading
    return {
        "id": reading_id(found),
        "metric": found.metric,
        "taken_at": instant(found.taken_at, zone),
        "device_time": found.device_time,
        "clock_offset_s": found.clock_offset_s,
        "flags": found.flags.split(",") if found.flags else [],
        "value": quantity(found.value, found.unit),
        "diastolic": quantity(found.diastolic, PRESSURE_UNIT),
        "pulse": quantity(found.pulse, "/min"),
        "limit": found.limit.value if found.limit else None,
        "meal": found.meal.value if found.meal else None,
        "kind": found.kind.value,
        "device": found.device,
        "is_excluded": entry.is_excluded,
        "note": entry.note,
    }


def dose(found: Dose, zone: str, now: datetime) -> dict[str, Any]:
    """While a change has to be read first no amount is told, old or new."""
    return {
        "id": dose_id(found),
        "medicine": found.regimen.public_id,
        "drug": found.regimen.drug,
        "due_at": instant(found.due_at, zone),
        "window_ends_at": instant(found.window_ends_at, zone),
        "amount": quantity(amount_told(found, now), found.regimen.unit),
        "state": found.state,
        "answered_at": instant(found.answered_at, zone) if found.answered_at else None,
        "answered_via": found.answered_via,
        "is_late": found.is_late,
        "taken_at": instant(found.taken_at, zone) if found.taken_at else None,
        "amount_taken": quantity(found.amount_taken, found.regimen.unit),
        "reason": found.note,
        "remark": found.remark,
    }


def dose_event(found: DoseEvent, of: Dose, zone: str) -> dict[str, Any]:
    """One line of a dose's history."""
    return {
        "event": found.event,
        "at": instant(found.at, zone),
        "via": found.via,
        "taken_at": instant(found.taken_at, zone) if found.taken_at else None,
        "amount_taken": quantity(found.amount_taken, of.regimen.unit),
        "reason": found.note,
        "remark": found.remark,
    }


def suggestion(found: Suggestion, patient: Person | Listed, standing: Standing) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "patient": patient.public_id,
        "medicine": found.regimen.public_id,
        "drug": found.regimen.drug,
        "action": found.action,
        "from_amount": quantity(found.from_amount, found.unit),
        "to_amount": quantity(found.to_amount, found.unit),
        "is_urgent": found.is_urgent,
        "protocol": found.protocol,
        "rule": found.rule,
        "registry_hash": found.registry_hash,
        "signature": _signature(found.signature) if found.signature else None,
        "state": found.state,
        "created_at": instant(found.created_at, patient.zone),
        "expires_at": instant(found.expires_at, patient.zone),
        "claim": _claim(found, standing, patient.zone),
        "second_opinion": _second_opinion(found, standing, patient.zone),
        "put_off_until": _put_off(found, standing, patient.zone),
    }


def _signature(found: ProtocolSignature) -> dict[str, Any]:
    return {"id": found.public_id, "by": found.signer.name, "is_demo": found.is_demo}


def _claim(found: Suggestion, standing: Standing, zone: str) -> dict[str, Any] | None:
    if standing.holder is None or found.claimed_until is None:
        return None
    return {"by": standing.holder.name, "until": instant(found.claimed_until, zone)}


def _put_off(found: Suggestion, standing: Standing, zone: str) -> str | None:
    return instant(found.put_off_until, zone) if standing.put_off and found.put_off_until else None


def _second_opinion(found: Suggestion, standing: Standing, zone: str) -> dict[str, Any] | None:
    opinion, by = standing.opinion, standing.asked_by
    if opinion is None or by is None:
        return None
    return {
        "by": by.name,
        "at": instant(opinion.proposed_at, zone),
        "amount": quantity(opinion.amount, found.unit),
        "reason": opinion.reason,
        "risks": opinion.risks,
    }


def asked(found: SecondOpinion, by: Person, unit: str, zone: str) -> dict[str, Any]:
    """As a review that waits for its second signature."""
    return {
        "decision": Decision.AMENDED.value,
        "by": by.name,
        "decided_at": instant(found.proposed_at, zone),
        "amount": quantity(found.amount, unit),
        "code": None,
        "reason": found.reason,
        "second": None,
        "waits_for_second": True,
    }


def review(found: Review, by: Person, second: Person | None, unit: str, zone: str) -> dict[str, Any]:
    return {
        "decision": found.decision,
        "by": by.name,
        "decided_at": instant(found.decided_at, zone),
        "amount": quantity(found.amount, unit),
        "code": found.code,
        "reason": found.reason,
        "second": second.name if second else None,
        "waits_for_second": False,
    }
