"""A sent change is taken back on the doctor's page, and read by the patient."""

import re
from typing import Any

import pytest

from companion.advice.models import Suggestion, Withdrawal
from companion.care.regimens import Regimen
from tests.approvals import approve_decrease, approve_increase, held, open_tasks, say
from tests.web.loop.house import House


def where(house: House) -> str:
    return f"/doctor/suggestions/{house.all(Suggestion)[0].public_id}/withdraw"


def take_back(house: House, **said: str) -> Any:
    return house.browser(house.doctor).send(where(house), {"reason_code": "mistake", "reason": "", **said})


def test_the_page_says_what_will_hold_before_anything_is_done(house: House) -> None:
    approve_increase(house)

    page = house.page(house.doctor, where(house))

    assert "16 → 18" in page
    assert "the patient has not opened it" in page
    assert "what was taken before goes on" in page
    assert house.all(Withdrawal) == []


def test_from_the_patients_page_a_doctor_takes_the_last_change_back(house: House) -> None:
    approve_increase(house)
    linked = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}/medicines")

    response = take_back(house)

    assert where(house) in linked
    assert response.location == f"/clinic/patients/{house.anna.public_id}"
    assert house.only(Withdrawal).clinician_id == house.doctor.id
    assert where(house) not in house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}/medicines")


@pytest.mark.parametrize("said", [{"reason_code": ""}, {"reason_code": "other"}, {"reason_code": "because"}])
def test_without_a_reason_nothing_is_taken_back(house: House, said: dict[str, str]) -> None:
    approve_increase(house)

    response = take_back(house, **said)

    assert response.status_code == 422
    assert house.all(Withdrawal) == []


def test_an_old_password_is_asked_for_first(house: House) -> None:
    approve_increase(house)
    browser = house.browser(house.doctor)
    house.clock.advance(minutes=16)

    response = browser.get(where(house))

    assert response.location.startswith("/confirm-password")


def test_a_second_click_finds_it_taken_back(house: House) -> None:
    approve_increase(house)
    take_back(house)

    response = take_back(house)

    assert response.status_code == 409
    assert "This cannot be taken back" in response.get_data(as_text=True)
    assert len(house.all(Withdrawal)) == 1


def test_a_doctor_of_somebody_else_takes_nothing_back(house: House) -> None:
    approve_increase(house)

    response = house.browser(house.other_doctor).get(where(house))

    assert response.status_code == 404


def test_the_patient_reads_what_holds_and_says_so(house: House) -> None:
    approve_increase(house)
    take_back(house)
    browser = house.browser(house.anna)
    page = browser.get("/today").get_data(as_text=True)

    until = page.split('name="until_ms" value="')[1].split('"')[0]
    browser.send("/today/taken-back/read", {"until_ms": until}, seen_on="/today")
    after = browser.get("/today").get_data(as_text=True)

    assert "Dr. Roth has taken the last change back." in page
    assert "Take 16 units, as you do." in page
    assert house.only(Withdrawal).acknowledged_at == house.now
    assert "A change was taken back" not in after


def test_what_was_taken_back_after_the_page_was_shown_is_not_acknowledged_by_it(house: House) -> None:
    approve_increase(house)
    browser = house.browser(house.anna)
    take_back(house)

    browser.send("/today/taken-back/read", {"until_ms": "1"}, seen_on="/today")

    assert house.only(Withdrawal).acknowledged_at is None


def test_of_a_decrease_taken_back_the_page_names_no_amount_and_says_whom_to_call(house: House) -> None:
    approve_decrease(house)
    say(house, "14")
    take_back(house)

    page = house.page(house.anna, "/today").split("<main")[1]

    assert "Check first: Glargine" in page
    assert "Before your next dose call the clinic" in page
    assert "14" not in re.sub(r"<[^>]*>", " ", page.split("Glargine")[1].split("</section>")[0])
    assert "16 units" not in page
    assert held(house) == 14


def test_the_doctors_page_says_that_a_medicine_is_in_doubt_and_the_task_leads_to_it(house: House) -> None:
    approve_decrease(house)
    take_back(house)

    page = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}")
    queue = house.page(house.doctor, "/doctor/tasks")

    assert "prescribe what shall be taken" in page
    assert "Call: a change was taken back" in queue
    assert open_tasks(house) == ["call_about_withdrawal"]
    assert f"/changes/{house.only(Regimen).public_id}" in queue


@pytest.mark.parametrize(
    ("said", "status"),
    [({"code": "mistake"}, 201), ({"code": "other"}, 422), ({"code": "because"}, 422), ({}, 422)],
)
def test_by_api_a_doctor_takes_a_change_back_once_and_with_a_reason(
    house: House, said: dict[str, str], status: int
) -> None:
    approve_increase(house)
    browser = house.browser(house.doctor)
    token = browser.get("/api/v1/me").get_json()["csrf_token"]
    path = f"/api/v1/suggestions/{house.all(Suggestion)[0].public_id}/withdrawal"

    first = browser.client.post(path, json=said, headers={"X-CSRFToken": token})
    again = browser.client.post(path, json=said, headers={"X-CSRFToken": token})

    assert first.status_code == status
    assert again.status_code == (409 if status == 201 else status)
    assert len(house.all(Withdrawal)) == (1 if status == 201 else 0)
