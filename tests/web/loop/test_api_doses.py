"""Doses by API: when and how much, later, taking back, correcting, and the history."""

from typing import Any

import pytest

from companion.reminders.doses.models import Dose
from tests.web.loop.house import House
from tests.web.loop.test_api import Program, due, problem


@pytest.fixture
def dose_id(house: House) -> str:
    """The eight o'clock dose; it is ten past."""
    return due(house)


def post(house: House, dose_id: str, deed: str, body: dict[str, Any] | None = None) -> Any:
    return Program(house, house.anna).post(f"/doses/{dose_id}/{deed}", body or {})


def test_when_and_how_much_was_taken(house: House, dose_id: str) -> None:
    said = {"answer": "taken", "taken_at": "2026-03-05T08:05:00+01:00", "amount": "8.5"}

    shown = post(house, dose_id, "answer", said).get_json()

    assert shown["state"] == "taken"
    assert shown["taken_at"] == "2026-03-05T08:05:00+01:00"
    assert shown["amount_taken"] == {"value": "8.5", "unit": "U"}
    assert shown["is_late"] is False


@pytest.mark.parametrize(
    ("taken_at", "code"),
    [
        ("2026-03-05T08:11:00+01:00", "taken_in_the_future"),
        ("2026-03-04T19:59:00+01:00", "taken_too_early"),
    ],
)
def test_a_time_that_cannot_be_is_409_with_its_reason(house: House, dose_id: str, taken_at: str, code: str) -> None:
    response = post(house, dose_id, "answer", {"answer": "taken", "taken_at": taken_at})

    assert problem(response) == (409, code)


@pytest.mark.parametrize(
    "said",
    [
        {"answer": "taken", "amount": "0"},
        {"answer": "taken", "amount": "-1"},
        {"answer": "taken", "amount": 1},
        {"answer": "taken", "taken_at": "2026-03-05T08:05:00"},
        {"answer": "skip", "reason": "because"},
        {"answer": "skip", "remark": "x" * 201},
        {"answer": "later", "minutes": 11},
        {"answer": "eaten"},
    ],
)
def test_what_nobody_offers_is_422(house: House, dose_id: str, said: dict[str, Any]) -> None:
    response = post(house, dose_id, "answer", said)

    assert response.status_code == 422
    assert house.all(Dose, state="due") != []


def test_later_in_half_an_hour(house: House, dose_id: str) -> None:
    shown = post(house, dose_id, "answer", {"answer": "later", "minutes": 30}).get_json()

    assert shown["state"] == "snoozed"
    assert house.only(Dose, state="snoozed").snoozed_until == house.local("2026-03-05 08:40")


def test_an_answer_is_taken_back(house: House, dose_id: str) -> None:
    post(house, dose_id, "answer", {"answer": "taken"})

    shown = post(house, dose_id, "undo").get_json()

    assert (shown["state"], shown["answered_at"], shown["taken_at"]) == ("due", None, None)


def test_what_nobody_answered_cannot_be_taken_back(house: House, dose_id: str) -> None:
    response = post(house, dose_id, "undo")

    assert problem(response) == (409, "nothing_to_undo")


def test_a_correction_replaces_the_answer_and_the_history_keeps_both(house: House, dose_id: str) -> None:
    post(house, dose_id, "answer", {"answer": "taken"})
    house.clock.advance(hours=24)

    shown = post(house, dose_id, "correction", {"answer": "skip", "reason": "other", "remark": "it fell"}).get_json()
    history = Program(house, house.doctor).get(f"/doses/{dose_id}/history").get_json()["events"]

    assert (shown["state"], shown["reason"], shown["remark"], shown["is_late"]) == (
        "skipped",
        "other",
        "it fell",
        False,
    )
    assert [(line["event"], line["via"], line["reason"]) for line in history] == [
        ("due", "clock", None),
        ("taken", "api", None),
        ("skipped", "api", "other"),
    ]


def test_after_two_days_nothing_is_corrected(house: House, dose_id: str) -> None:
    post(house, dose_id, "answer", {"answer": "taken"})
    house.clock.advance(hours=48)

    response = post(house, dose_id, "correction", {"answer": "skip"})

    assert problem(response) == (409, "too_late_to_log")


@pytest.mark.parametrize("deed", ["correction", "undo"])
def test_nobody_changes_an_answer_for_the_patient(house: House, dose_id: str, deed: str) -> None:
    response = Program(house, house.doctor).post(f"/doses/{dose_id}/{deed}", {"answer": "taken"})

    assert problem(response) == (403, "not_yours_to_do")


@pytest.mark.parametrize("who", ["ben", "stranger", "other_doctor"])
def test_the_history_is_the_patients_and_her_doctors(house: House, dose_id: str, who: str) -> None:
    response = Program(house, getattr(house, who)).get(f"/doses/{dose_id}/history")

    assert response.status_code in (403, 404)
