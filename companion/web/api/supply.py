"""Packs and doses taken by API."""

import secrets
from datetime import date
from typing import Any

from flask import request

from companion.care import audit
from companion.reminders.adherence import ON_TIME, Figures
from companion.reminders.outcomes import figures_of_all, medicines_taken, packs_coverage
from companion.reminders.supply.fills import Coverage
from companion.reminders.supply.refills import RefillLine, line_of, open_request, refill_list, request_refill
from companion.reminders.supply.supply import NewEntry
from companion.web.access import Action, guarded
from companion.web.api import supply_schemas as schemas
from companion.web.api.problems import Problem
from companion.web.api.repeats import once
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant, quantity
from companion.web.context import actor, changes, look, now, subject
from companion.web.for_doctors.clinic import get_own_regimen
from companion.web.for_doctors.supply_notes import note

KEY_LENGTH = 60


@endpoint("GET", "/patients/<patient_id>/supply", gives=schemas.SupplyOut)
@guarded(Action.SEE_SUPPLY)
def supply(patient_id: str) -> dict[str, Any]:
    """How much there is of every medicine in force, until when it lasts, and what speaks against believing it."""
    with look() as db:
        asked = open_request(db, subject().id)
        return {
            "medicines": [_line(line) for line in refill_list(db, subject(), now())],
            "asked_at": instant(asked.created_at, subject().zone) if asked else None,
        }


@endpoint(
    "POST",
    "/patients/<patient_id>/supply/<regimen_id>/entries",
    takes=schemas.SupplyEntryIn,
    gives=schemas.MedicineSupplyOut,
    status=201,
    may_fail=(400, 422),
)
@guarded(Action.NOTE_SUPPLY)
def add_supply_entry(given: dict[str, Any], patient_id: str, regimen_id: str) -> dict[str, Any]:
    """One line of the ledger. `Idempotency-Key` is honoured."""
    return once(lambda: _add(given, regimen_id))


def _add(given: dict[str, Any], regimen_id: str) -> dict[str, Any]:
    # The ledger's own key, too: of two requests at once with one key, one counts.
    key = (request.headers.get("Idempotency-Key") or secrets.token_urlsafe(12))[:KEY_LENGTH]
    new = NewEntry(**{name: value for name, value in given.items() if name != "at"}, at=given["at"] or now(), key=key)
    with changes() as db:
        regimen = get_own_regimen(db, regimen_id)
        note(db, regimen, new)
        return _line(line_of(db, regimen, subject().zone, now()))


def _line(line: RefillLine) -> dict[str, Any]:
    found = line.stock
    return {
        "medicine": line.regimen.public_id,
        "drug": line.regimen.drug,
        "on_hand": quantity(found.amount, line.regimen.unit),
        "piece": line.piece,
        "pieces": None if found.amount is None else format(line.in_pieces(found.amount), "f"),
        "used_a_day": quantity(found.used_a_day, line.regimen.unit),
        "days_left": found.days_left,
        "run_out_on": _day(found.run_out_on),
        "run_out_by_use_on": _day(found.run_out_by_use_on),
        "reorder_on": _day(found.reorder_on),
        "is_low": found.is_low,
        "doubts": [doubt.value for doubt in found.doubts],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


@endpoint(
    "POST",
    "/patients/<patient_id>/refill-requests",
    takes=schemas.RefillRequestIn,
    gives=schemas.RefillRequestOut,
    status=201,
    may_fail=(422,),
)
@guarded(Action.ASK_REFILL)
def ask_refill(given: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """Asks the clinic for those medicines. While a request is open it stands, and no other is made."""
    with changes() as db:
        chosen = [line for line in refill_list(db, subject(), now()) if line.regimen.public_id in given["medicines"]]
        if len(chosen) != len(set(given["medicines"])):
            raise Problem(422, "unknown_medicine", "Name medicines that the patient takes now.")
        is_new = request_refill(db, subject(), chosen, now())
        if is_new:
            audit.note(db, actor=actor().public_id, action="refill.ask", now=now(), patient=subject().public_id)
        task = open_request(db, subject().id)
        assert task is not None, "it was just made, or stood before"
        return {"is_new": is_new, "asked_at": instant(task.created_at, subject().zone)}


@endpoint(
    "GET",
    "/patients/<patient_id>/adherence",
    query=schemas.AdherenceQuery,
    gives=schemas.AdherenceOut,
    may_fail=(422,),
)
@guarded(Action.SEE_ADHERENCE)
def adherence(query: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """How medicine was taken over the last days, by answers, and what the packs of the last year say."""
    days = query["days"]
    with look() as db:
        every = figures_of_all(db, subject(), now(), days)
        medicines = [
            {
                "medicine": each.regimen.public_id,
                "drug": each.regimen.drug,
                "figures": _figures(each.figures[0]),
                "fills": _fills(packs_coverage(db, each.regimen, subject().zone, now())),
            }
            for each in medicines_taken(db, subject(), now(), (days,))
        ]
    minutes = int(ON_TIME.total_seconds() / 60)
    return {"days": days, "on_time_minutes": minutes, "all": _figures(every), "medicines": medicines}


def _figures(found: Figures) -> dict[str, Any]:
    return {
        "taken": found.taken._asdict(),
        "on_time": found.on_time._asdict(),
        "answered": found.answered._asdict(),
        "full_days": found.full_days._asdict(),
        "current_streak": found.current_streak,
        "longest_streak": found.longest_streak,
        "unreached": found.unreached,
    }


def _fills(found: Coverage | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "pdc": float(found.pdc),
        "mpr": float(found.mpr),
        "covered": found.covered,
        "supplied": found.supplied,
        "days": found.of,
    }
