"""The day without a network: what a device may keep, and answers that arrive once, whatever happens in between."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from companion.advice.models import Suggestion
from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.crash_points import Point, listeners
from companion.db import reading, writing
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose, DoseEvent
from companion.web.identifiers import dose_id
from tests.web.conftest import Browser
from tests.web.loop.house import House


@pytest.fixture
def at_eight(house: House) -> House:
    """Anna's dose of eight o'clock is due."""
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()
    return house


def due(house: House) -> Dose:
    return house.only(Dose, local_on=house.today)


def name_of(house: House) -> str:
    """How the dose of eight o'clock is called in forms."""
    with reading(house.engine) as session:
        return dose_id(session.scalars(select(Dose).order_by(Dose.due_at)).first() or pytest.fail("no dose"))


def given(house: House, key: str = "11111111-aaaa", answer: str = "taken", **more: Any) -> dict[str, Any]:
    return {"key": key, "doses": [name_of(house)], "answer": answer, "seconds_ago": 600} | more


def send(browser: Browser, *answers: dict[str, Any]) -> Any:
    token = browser.get("/today/record").get_json()["csrf_token"]
    return browser.client.post("/today/answers", json={"answers": list(answers)}, headers={"X-CSRFToken": token})


def events(house: House) -> list[tuple[str, str]]:
    return [(event.event, event.via) for event in house.all(DoseEvent) if event.via not in ("clock", "plan")]


# What is kept


def test_the_record_has_the_days_doses_without_amount_or_name(at_eight: House) -> None:
    kept = at_eight.browser(at_eight.anna).get("/today/record").get_json()

    (card,) = kept["cards"]
    assert (card["title"], card["names"], card["doses"]) == ("Your 08:00 medicine", [], [name_of(at_eight)])
    assert (kept["whose"], kept["language"]) == (at_eight.anna.public_id, at_eight.anna.language)
    assert kept["over_at"] - kept["made_at"] == 24 * 3600 * 1000
    assert "amount" not in str(kept)


def test_names_are_in_it_only_where_the_patient_chose_that(at_eight: House) -> None:
    with writing(at_eight.engine) as session:
        session.get_one(Person, at_eight.anna.id).names_medicines = True

    kept = at_eight.browser(at_eight.anna).get("/today/record").get_json()

    assert kept["cards"][0]["names"] == ["Glargine"]


def test_a_changed_dose_can_only_be_read_about(at_eight: House) -> None:
    at_eight.note_facts()
    at_eight.sign_plan(at_eight.only(Regimen))
    at_eight.measure(62, hours_ago=1)
    suggestion = at_eight.only(Suggestion)
    at_eight.decide(suggestion, at_eight.act(suggestion))

    (card, *_others) = at_eight.browser(at_eight.anna).get("/today/record").get_json()["cards"]

    assert (card["has_changed"], card["doses"]) == (True, [])


def test_the_page_without_a_network_is_about_nobody(at_eight: House) -> None:
    page = at_eight.page(at_eight.anna, "/offline")

    assert "Anna" not in page
    assert "No network just now" in page
    assert "现在没有网络" in page
    assert 'name="csrf_token"' not in page


# Answers


def test_an_answer_counts_from_when_it_was_given(at_eight: House) -> None:
    at_eight.clock.advance(minutes=30)

    assert send(at_eight.browser(at_eight.anna), given(at_eight)).status_code == 200

    dose = due(at_eight)
    assert (dose.state, dose.taken_at) == (DoseState.TAKEN, at_eight.now - timedelta(minutes=10))
    assert events(at_eight) == [("taken", "offline")]


def test_what_was_noted_is_said_on_the_next_page(at_eight: House) -> None:
    browser = at_eight.browser(at_eight.anna)
    at_eight.clock.advance(minutes=30)
    send(browser, given(at_eight))

    page = browser.get("/today").get_data(as_text=True)

    assert "Noted: 08:00 taken." in page


def test_sent_again_after_it_was_taken_back_it_stays_taken_back(at_eight: House) -> None:
    browser = at_eight.browser(at_eight.anna)
    answer = given(at_eight, seconds_ago=0)
    send(browser, answer)
    browser.send("/today/undo", {"dose": [name_of(at_eight)]}, seen_on="/today")

    again = send(browser, answer)

    assert again.status_code == 200
    assert due(at_eight).state == DoseState.DUE


def test_an_answer_given_elsewhere_meanwhile_stands(at_eight: House) -> None:
    at_eight.text("3")
    browser = at_eight.browser(at_eight.anna)

    send(browser, given(at_eight, seconds_ago=0))

    assert due(at_eight).state == DoseState.SKIPPED
    assert "answered already" in browser.get("/today").get_data(as_text=True)


def test_after_its_window_it_is_late_and_not_missed(at_eight: House) -> None:
    at_eight.clock.advance(hours=3)
    at_eight.beat()
    assert due(at_eight).state == DoseState.MISSED

    send(at_eight.browser(at_eight.anna), given(at_eight, seconds_ago=2.9 * 3600))

    dose = due(at_eight)
    assert (dose.state, dose.is_late) == (DoseState.TAKEN, True)


def test_later_counts_only_while_there_is_time(at_eight: House) -> None:
    browser = at_eight.browser(at_eight.anna)

    send(browser, given(at_eight, "22222222-a", "later", minutes=10, seconds_ago=0))
    assert due(at_eight).state == DoseState.SNOOZED
    at_eight.clock.advance(minutes=12)
    at_eight.beat()
    send(browser, given(at_eight, "33333333-a", "later", minutes=10, seconds_ago=660))

    assert due(at_eight).state == DoseState.DUE
    assert "that time is over" in browser.get("/today").get_data(as_text=True)


def test_an_answer_of_more_than_a_day_ago_is_not_noted(at_eight: House) -> None:
    at_eight.clock.advance(hours=26)
    browser = at_eight.browser(at_eight.anna)

    send(browser, given(at_eight, seconds_ago=25 * 3600))

    assert events(at_eight) == []
    assert "more than a day ago" in browser.get("/today").get_data(as_text=True)


def test_a_clock_that_was_set_back_makes_it_now_and_never_the_future(at_eight: House) -> None:
    send(at_eight.browser(at_eight.anna), given(at_eight, seconds_ago=-5000))

    assert due(at_eight).taken_at == at_eight.now


def test_a_strangers_dose_is_not_answered_and_not_told_apart_from_none(at_eight: House) -> None:
    with writing(at_eight.engine) as session:
        carl = at_eight.add(session, Role.PATIENT, "Carl Holm", None)
    at_eight.give_login(carl, "carl")
    stranger = at_eight.browser(carl)

    answer = send(stranger, given(at_eight))

    assert answer.status_code == 200
    assert due(at_eight).state == DoseState.DUE
    assert "could not be noted" in stranger.get("/today").get_data(as_text=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "x"},
        {"answer": "on_time"},
        {"minutes": 7},
        {"seconds_ago": "soon"},
        {"doses": []},
        {"reason": "because"},
        {"remark": "x" * 201},
        {"unknown": 1},
    ],
    ids=str,
)
def test_nonsense_is_refused_and_changes_nothing(at_eight: House, wrong: dict[str, Any]) -> None:
    answer = send(at_eight.browser(at_eight.anna), given(at_eight) | wrong)

    assert answer.status_code == 400
    assert events(at_eight) == []


def test_without_the_pages_token_nothing_is_taken_in(at_eight: House) -> None:
    browser = at_eight.browser(at_eight.anna)

    answer = browser.client.post("/today/answers", json={"answers": [given(at_eight)]})

    assert answer.status_code == 400
    assert events(at_eight) == []


@pytest.fixture
def dies_once() -> Iterator[Point]:
    """The process dies while the answer is kept, and runs again afterwards."""
    point = Point.ANSWER_AFTER_NEXT_LOOK

    def die(reached: Point) -> None:
        if reached is point:
            listeners.clear()
            raise KeyboardInterrupt

    listeners.append(die)
    yield point
    listeners.clear()


def test_an_answer_that_died_half_way_is_taken_in_the_next_time(at_eight: House, dies_once: Point) -> None:
    browser, answer = at_eight.browser(at_eight.anna), given(at_eight, seconds_ago=0)

    with pytest.raises(KeyboardInterrupt):
        send(browser, answer)
    assert due(at_eight).state == DoseState.DUE
    send(browser, answer)

    assert dies_once is Point.ANSWER_AFTER_NEXT_LOOK
    assert (due(at_eight).state, events(at_eight)) == (DoseState.TAKEN, [("taken", "offline")])


# The app


def test_the_worker_names_the_page_and_files_it_keeps_and_changes_with_them(at_eight: House) -> None:
    script = Browser(at_eight.app).get("/sw.js").get_data(as_text=True)

    head = script.splitlines()[0]
    assert all(name in head for name in ("/offline", "companion.css?v=", "offline_shell.js?v=", '"version"'))


def test_the_manifest_has_what_an_app_needs(at_eight: House) -> None:
    said = Browser(at_eight.app).get("/manifest.webmanifest").get_json()

    assert {icon["sizes"] for icon in said["icons"]} == {"any", "192x192", "512x512"}
    assert {icon["purpose"] for icon in said["icons"]} == {"any", "maskable"}
    for icon in said["icons"]:
        assert Browser(at_eight.app).get(icon["src"]).status_code == 200
