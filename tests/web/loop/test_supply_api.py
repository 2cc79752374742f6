"""Packs and doses taken by API: every figure with its denominator, nothing counted twice, and for nobody else."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from companion.care.tasks import Task
from companion.db import writing
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import NewEntry, note_entry
from companion.reminders.supply.supply_models import SupplyEntry
from tests.web.loop.house import House
from tests.web.loop.test_api import Program, path_of, problem

ENTRIES = "supply/rg_insulin/entries"


def test_the_supply_is_told_with_its_doubts(house: House) -> None:
    house.prescribe()

    body = Program(house, house.anna).get(path_of(house, "supply")).get_json()

    assert body["asked_at"] is None
    (line,) = body["medicines"]
    assert line["on_hand"] is None
    assert line["doubts"] == ["nothing_known"]


def test_a_line_is_written_and_answered_with_what_there_is_now(house: House) -> None:
    house.prescribe()
    body = {"kind": "received", "pieces": "300", "packs": 1, "pack_size": "300", "expires_on": "2027-01-31"}

    response = Program(house, house.anna).post(path_of(house, ENTRIES), body)

    assert response.status_code == 201
    told = response.get_json()
    assert told["on_hand"] == {"value": "300", "unit": "U"}
    assert (told["days_left"], told["run_out_on"]) == (19, "2026-03-23")


def test_the_same_key_writes_one_line(house: House) -> None:
    house.prescribe()
    program = Program(house, house.anna)

    for _time in range(2):
        program.post(path_of(house, ENTRIES), {"kind": "received", "pieces": "300"}, Idempotency_Key="one")

    assert len(house.all(SupplyEntry)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "stolen"},
        {"pieces": "-1"},
        {"pieces": 5},
        {"pieces": "0"},
        {"at": "2026-03-05T10:00:00+01:00"},
        {"at": "2026-03-04T10:00:00"},
        {"packs": 0},
        {"colour": "red"},
    ],
)
def test_a_line_that_cannot_be_is_refused(house: House, changed: dict[str, Any]) -> None:
    house.prescribe()

    response = Program(house, house.anna).post(path_of(house, ENTRIES), {"kind": "lost", "pieces": "3"} | changed)

    assert problem(response)[0] == 422
    assert house.all(SupplyEntry) == []


def test_a_medicine_that_is_not_hers_is_not_found(house: House) -> None:
    response = Program(house, house.anna).post(path_of(house, ENTRIES), {"kind": "lost", "pieces": "3"})

    assert problem(response) == (404, "not_found")


def test_one_refill_request_is_open_at_a_time(house: House) -> None:
    house.prescribe()
    program = Program(house, house.anna)

    told = [program.post(path_of(house, "refill-requests"), {"medicines": ["rg_insulin"]}).get_json() for _ in "12"]

    assert [each["is_new"] for each in told] == [True, False]
    assert told[0]["asked_at"] == told[1]["asked_at"]
    assert len(house.all(Task)) == 1


def test_a_request_for_an_unknown_medicine_is_refused(house: House) -> None:
    house.prescribe()

    response = Program(house, house.anna).post(
        path_of(house, "refill-requests"), {"medicines": ["rg_insulin", "rg_other"]}
    )

    assert problem(response) == (422, "unknown_medicine")
    assert house.all(Task) == []


def test_adherence_is_told_with_denominators(house: House) -> None:
    regimen = house.prescribe()
    house.log_doses(regimen, *[DoseState.TAKEN] * 4, DoseState.SKIPPED, DoseState.MISSED_UNREACHED)

    body = Program(house, house.doctor).get(path_of(house, "adherence?days=7")).get_json()

    assert (body["days"], body["on_time_minutes"]) == (7, 60)
    (medicine,) = body["medicines"]
    assert medicine["figures"] == body["all"]
    assert body["all"] == {
        "taken": {"n": 4, "of": 5},
        "on_time": {"n": 0, "of": 5},
        "answered": {"n": 5, "of": 5},
        "full_days": {"n": 4, "of": 5},
        "current_streak": 0,
        "longest_streak": 4,
        "unreached": 1,
    }
    assert medicine["fills"] is None


def test_pdc_and_mpr_are_told_of_packs(house: House) -> None:
    regimen = house.prescribe(days_ago=40)
    with writing(house.engine) as session:
        for days, key in ((30, "a"), (10, "b")):
            new = NewEntry(EntryKind.RECEIVED, Decimal(160), house.now - timedelta(days=days, hours=3), key)
            note_entry(session, regimen, new, by=house.anna, now=house.now)
    house.log_doses(regimen, DoseState.TAKEN)

    body = Program(house, house.anna).get(path_of(house, "adherence")).get_json()

    fills = body["medicines"][0]["fills"]
    assert (fills["covered"], fills["supplied"], fills["days"]) == (20, 20, 31)
    assert fills["pdc"] == pytest.approx(20 / 31)


@pytest.mark.parametrize("days", ["0", "15", "x"])
def test_a_period_that_is_not_offered_is_refused(house: House, days: str) -> None:
    response = Program(house, house.anna).get(path_of(house, f"adherence?days={days}"))

    assert problem(response)[0] == 422


@pytest.mark.parametrize("what", ["supply", "adherence"])
def test_strangers_find_nothing(house: House, what: str) -> None:
    assert problem(Program(house, house.other_doctor).get(path_of(house, what)))[0] == 404
    assert problem(Program(house, house.ben).get(path_of(house, what)))[0] == 403
