"""A link that answers one time of day: it asks first, works once, opens nothing else, and names no medicine."""

import re
from datetime import timedelta
from typing import Any

import pytest

from companion.advice.models import Suggestion
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.db import writing
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose, DoseEvent, OneTapLink
from companion.reminders.doses.one_tap import one_tap_link
from companion.web.door.limits import MOST, Door
from tests.web.conftest import Browser
from tests.web.loop.house import House


def due_doses(house: House, *drugs: str) -> list[Dose]:
    """Medicines of 08:00 that Anna was reminded of; it is ten past."""
    house.clock.instant = house.local("2026-03-05 07:00")
    for drug in drugs or ("Glargine",):
        house.prescribe(public_id=f"rg_{drug}", drug=drug)
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:10")
    house.beat()
    return house.all(Dose, state=DoseState.DUE.value)


def link_to(house: House, dose: Dose) -> str:
    with writing(house.engine) as session:
        return one_tap_link(session, dose.patient_id, dose.due_at, house.now)


def opened(house: House, path: str) -> Browser:
    """A browser in which nobody is signed in, and the link was opened."""
    browser = Browser(house.app)
    browser.get(path)
    return browser


def tap(browser: Browser, answer: str, **more: str) -> str:
    """Presses the button; the page that follows."""
    response = browser.send("/tap/answer", {"answer": answer, **more}, seen_on="/tap")
    assert response.status_code == 302
    return browser.get("/tap").get_data(as_text=True)


def states(house: House, doses: list[Dose]) -> list[str]:
    return [house.only(Dose, id=dose.id).state for dose in doses]


def test_the_secret_leaves_the_address_at_once_and_the_page_asks(house: House) -> None:
    (dose,) = due_doses(house)
    browser = Browser(house.app)

    response = browser.get(link_to(house, dose))
    page = browser.get("/tap").get_data(as_text=True)

    assert (response.status_code, response.location) == (302, "/tap")
    assert "Your 08:00 medicine" in page
    assert "I took it" in page


def test_a_stranger_at_her_address_who_guesses_closes_no_link(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MOST, Door.LINK, 3)
    (dose,) = due_doses(house)
    guesses = [Browser(house.app).get(f"/tap/wrong{n}").status_code for n in range(5)]

    response = Browser(house.app).get(link_to(house, dose))

    assert guesses == [410, 410, 410, 429, 429]
    assert (response.status_code, response.location) == (302, "/tap")


def test_a_used_link_opened_again_and_again_is_no_guess(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MOST, Door.LINK, 3)
    (dose,) = due_doses(house)
    path = link_to(house, dose)
    tap(opened(house, path), "taken")

    again = [Browser(house.app).get(path).status_code for _ in range(5)]

    assert again == [410] * 5


def test_a_button_answers(house: House) -> None:
    doses = due_doses(house, "Glargine", "Metformin")
    browser = opened(house, link_to(house, doses[0]))

    page = tap(browser, "taken")

    assert states(house, doses) == ["taken", "taken"]
    assert house.only(Dose, id=doses[0].id).answered_via == "link"
    assert "Noted: 08:00 taken." in page


@pytest.mark.parametrize(
    ("form", "state"),
    [({"answer": "later", "minutes": "30"}, "snoozed"), ({"answer": "skip", "reason": "unwell"}, "skipped")],
)
def test_a_button_puts_off_or_leaves_out(house: House, form: dict[str, str], state: str) -> None:
    doses = due_doses(house)

    tap(opened(house, link_to(house, doses[0])), **form)

    assert states(house, doses) == [state]


def test_looking_changes_nothing_however_often(house: House) -> None:
    doses = due_doses(house)
    path = link_to(house, doses[0])

    for _ in range(3):
        opened(house, path).get("/tap")

    assert states(house, doses) == ["due"]
    assert house.all(OneTapLink)[-1].used_at is None
    assert [event.event for event in house.all(DoseEvent)] == ["due"]


def test_no_medicine_and_no_name_is_on_the_page(house: House) -> None:
    doses = due_doses(house, "Glargine", "Metformin")
    browser = opened(house, link_to(house, doses[0]))

    pages = browser.get("/tap").get_data(as_text=True) + tap(browser, "taken")

    assert not re.search(r"Glargine|Metformin|Anna|Berg|16 U|16 unit", pages)


def test_only_the_hash_of_the_secret_is_kept(house: House) -> None:
    (dose,) = due_doses(house)

    token = link_to(house, dose).removeprefix("/tap/")

    assert len(token) >= 43
    assert token not in str(vars(house.all(OneTapLink)[-1]))


def test_a_used_link_says_what_to_do(house: House) -> None:
    (dose,) = due_doses(house)
    path = link_to(house, dose)
    tap(opened(house, path), "taken")

    again = Browser(house.app).get(path)

    assert again.status_code == 410
    assert "sign in" in again.get_data(as_text=True)
    assert "do not take it again" in again.get_data(as_text=True)


def test_a_link_open_in_two_browsers_answers_once_and_tells_the_other_what_stands(house: House) -> None:
    doses = due_doses(house)
    path = link_to(house, doses[0])
    first, second = opened(house, path), opened(house, path)

    tap(first, "taken")
    page = tap(second, "skip")

    assert states(house, doses) == ["taken"]
    assert "Noted: 08:00 taken." in page


def test_what_was_answered_by_text_before_is_told(house: House) -> None:
    doses = due_doses(house)
    browser = opened(house, link_to(house, doses[0]))
    house.text("1")

    page = browser.get("/tap").get_data(as_text=True)

    assert "Noted: 08:00 taken." in page
    assert "I took it" not in page


def over_by_time(house: House, dose: Dose) -> None:
    house.clock.instant = dose.due_at + timedelta(hours=48, seconds=1)


def over_by_leaving(house: House, dose: Dose) -> None:
    with writing(house.engine) as session:
        session.get_one(Person, house.anna.id).left_at = house.now


@pytest.mark.parametrize("end", [over_by_time, over_by_leaving])
def test_a_link_that_is_over_opens_nothing(house: House, end: Any) -> None:
    doses = due_doses(house)
    path = link_to(house, doses[0])
    end(house, doses[0])

    response = Browser(house.app).get(path)

    assert response.status_code == 410


@pytest.mark.parametrize("path", ["/tap/x", "/tap/" + "A" * 43, "/tap"])
def test_who_has_no_link_may_answer_nothing(house: House, path: str) -> None:
    doses = due_doses(house)
    browser = Browser(house.app)

    looked = browser.get(path)
    answered = browser.send("/tap/answer", {"answer": "taken"}, seen_on="/sign-in")

    assert (looked.status_code, answered.status_code) == (410, 410)
    assert states(house, doses) == ["due"]


def test_a_browser_may_answer_for_a_quarter_of_an_hour(house: House) -> None:
    doses = due_doses(house)
    browser = opened(house, link_to(house, doses[0]))
    house.clock.advance(minutes=15)

    response = browser.send("/tap/answer", {"answer": "taken"}, seen_on="/sign-in")

    assert response.status_code == 410
    assert states(house, doses) == ["due"]


def test_the_link_answers_its_own_time_whatever_the_form_names(house: House) -> None:
    doses = due_doses(house)
    tomorrow = house.all(Dose, state=DoseState.PLANNED.value)[0]
    browser = opened(house, link_to(house, doses[0]))

    tap(browser, "taken", dose=f"rg_Glargine.{tomorrow.local_on}.{tomorrow.slot}")

    assert states(house, [doses[0], tomorrow]) == ["taken", "planned"]


@pytest.mark.parametrize("path", ["/today", "/medicines", "/readings", "/account"])
def test_it_signs_nobody_in(house: House, path: str) -> None:
    (dose,) = due_doses(house)
    browser = opened(house, link_to(house, dose))

    response = browser.get(path)

    assert response.status_code == 302
    assert response.location.startswith("/sign-in")


def test_a_forged_form_without_the_token_of_the_page_is_refused(house: House) -> None:
    doses = due_doses(house)
    browser = opened(house, link_to(house, doses[0]))

    response = browser.client.post("/tap/answer", data={"answer": "taken"})

    assert response.status_code == 400
    assert states(house, doses) == ["due"]


def test_a_mistake_is_taken_back(house: House) -> None:
    doses = due_doses(house)
    browser = opened(house, link_to(house, doses[0]))
    tap(browser, "taken")

    browser.send("/tap/undo", seen_on="/tap")

    assert states(house, doses) == ["due"]
    assert "Taken back" in browser.get("/tap").get_data(as_text=True)


def test_what_somebody_answered_otherwise_is_not_taken_back_by_the_link(house: House) -> None:
    doses = due_doses(house)
    browser = opened(house, link_to(house, doses[0]))
    house.text("1")

    browser.send("/tap/undo", seen_on="/sign-in")

    assert states(house, doses) == ["taken"]


def test_it_speaks_the_patients_language(house: House) -> None:
    (dose,) = due_doses(house)
    with writing(house.engine) as session:
        session.get_one(Person, house.anna.id).language = "zh"

    page = opened(house, link_to(house, dose)).get("/tap").get_data(as_text=True)

    assert "您08:00的药" in page
    assert "I took it" not in page


def test_a_changed_dose_has_to_be_read_first(house: House) -> None:
    doses = due_doses(house)
    house.note_facts()
    house.sign_plan(house.only(Regimen))
    house.measure(66, hours_ago=1)
    suggestion = house.only(Suggestion)
    house.decide(suggestion, house.act(suggestion))
    browser = opened(house, link_to(house, doses[0]))

    page = browser.get("/tap").get_data(as_text=True)
    response = browser.send("/tap/answer", {"answer": "taken"}, seen_on="/tap")

    assert "Your dose has changed" in page
    assert "I took it" not in page
    assert response.status_code == 410
    assert states(house, doses) == ["due"]


def test_links_that_are_over_for_long_are_forgotten(house: House) -> None:
    (dose,) = due_doses(house)
    link_to(house, dose)
    house.clock.instant = dose.due_at + timedelta(days=10)

    link_to(house, dose)

    assert len(house.all(OneTapLink)) == 1
