"""Points through the doors: what earns them, what they buy, and a clinic that wants none of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from companion.db import writing
from companion.programme.guides.models import GuideVersion
from companion.programme.guides.publishing import withdraw
from companion.programme.points.ledger import earn
from companion.programme.points.points_models import Coupon, PointTransfer
from companion.programme.points.quizzes import Quiz, digest_of
from companion.programme.points.rules import Event
from companion.programme.points.shipped import load_quizzes, load_rules
from companion.recognised import recognise_days
from companion.reminders.doses.dose_state import DoseState
from companion.web import create_app
from tests.programme.guide_shelf import sign_quiz
from tests.web.loop.house import House
from tests.web.page_words import words_of


def give(house: House, points: int) -> None:
    """By quizzes that nobody asks."""
    with writing(house.engine) as session:
        for number in range(points // 20):
            earn(session, load_rules(), house.anna.id, Event.QUIZ_PASSED, f"given {number}", house.now)


def rights(quiz: Quiz) -> dict[str, int]:
    return {f"q{place}": question.right for place, question in enumerate(quiz.questions)}


def test_a_quiz_answered_rightly_earns_once_and_a_wrong_answer_says_why(house: House) -> None:
    quiz = next(iter(load_quizzes().values()))
    sign_quiz(house, quiz)
    browser, path = house.browser(house.anna), f"/points/quizzes/{quiz.key}"

    wrong = browser.send(path, rights(quiz) | {"q0": 1}).get_data(as_text=True)
    first = browser.send(path, rights(quiz)).get_data(as_text=True)
    again = browser.send(path, rights(quiz)).get_data(as_text=True)

    assert quiz.questions[0].why.en in wrong
    assert "Not all answers are right yet." in words_of(wrong)
    assert "You get 20 points." in words_of(first)
    assert "You get" not in words_of(again)
    assert [transfer.points for transfer in house.all(PointTransfer)] == [20]


def test_a_quiz_that_nobody_signed_with_its_guide_is_not_there(house: House) -> None:
    quiz, other = list(load_quizzes().values())[:2]
    version = sign_quiz(house, quiz)
    browser = house.browser(house.anna)
    signed = browser.get("/points/quizzes").get_data(as_text=True)

    with writing(house.engine) as session:
        withdraw(session.get_one(GuideVersion, version.id), by=house.doctor, now=house.now)

    assert (quiz.key in signed, other.key in signed) == (True, False)
    assert browser.get(f"/points/quizzes/{other.key}").status_code == 404
    assert browser.get(f"/points/quizzes/{quiz.key}").status_code == 404


def test_other_words_of_a_quiz_are_another_quiz() -> None:
    quiz = next(iter(load_quizzes().values()))

    assert digest_of([quiz]) != digest_of([quiz._replace(source="another")])
    assert digest_of([]) is None


def test_reading_a_guide_earns_once_and_its_quiz_leads_back_to_it(house: House) -> None:
    quiz = next(iter(load_quizzes().values()))
    guide = sign_quiz(house, quiz).guide.public_id
    browser = house.browser(house.anna)

    for _ in range(2):
        browser.send(f"/guides/{guide}/read", seen_on=f"/guides/{guide}")

    assert [(transfer.reason, transfer.points) for transfer in house.all(PointTransfer)] == [("guide_read", 5)]
    assert f'href="/guides/{guide}"' in house.page(house.anna, f"/points/quizzes/{quiz.key}")


def test_a_coupon_is_bought_shown_and_used_at_the_clinic_once(house: House) -> None:
    give(house, 160)
    patient, desk = house.browser(house.anna), house.browser(house.admin)

    for _ in range(2):  # the same page, sent twice
        patient.send("/points/coupons", {"reward": "diary", "key": "page-1"}, seen_on="/points")
    coupon = house.only(Coupon)
    page = house.page(house.anna, "/points")
    used = desk.send("/clinic/points/coupons", {"code": coupon.code.lower(), "key": "a"}, seen_on="/clinic/points")
    twice = desk.send("/clinic/points/coupons", {"code": coupon.code, "key": "b"}, seen_on="/clinic/points")

    assert coupon.code in page
    assert (used.status_code, twice.status_code) == (302, 422)
    assert "This coupon was used before.; Each is good for one time." in words_of(twice.get_data(as_text=True))
    assert coupon.code not in house.page(house.anna, "/points")


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"reward": "course", "key": "k"}, "You do not have enough points for it yet."),
        ({"reward": "gold", "key": "k"}, "There is no such reward."),
        ({"key": "k"}, "This is needed."),
    ],
)
def test_what_cannot_be_bought_is_refused_with_its_reason(house: House, form: dict[str, str], told: str) -> None:
    answer = house.browser(house.anna).send("/points/coupons", form, seen_on="/points")

    assert answer.status_code == 422
    assert told in words_of(answer.get_data(as_text=True))
    assert house.all(Coupon) == []


def test_by_api_the_same_key_is_the_same_coupon_and_a_stranger_finds_nothing(house: House) -> None:
    give(house, 160)
    address = f"/api/v1/patients/{house.anna.public_id}"
    hers, strangers = house.browser(house.anna), house.browser(house.doctor)
    token = {"X-CSRFToken": token_of(hers)}

    bought = [hers.client.post(f"{address}/coupons", json={"reward": "diary", "key": "k"}, headers=token) for _ in "ab"]
    other = hers.client.post(f"{address}/coupons", json={"reward": "course", "key": "k"}, headers=token)
    shown: Any = hers.get(f"{address}/recognition").get_json()

    assert [answer.status_code for answer in bought] == [201, 201]
    assert bought[0].get_json()["code"] == bought[1].get_json()["code"]
    assert (other.status_code, other.get_json()["errors"][0]["pointer"]) == (422, "/key")
    assert (shown["balance"], shown["earned"], shown["tier"]["key"], len(shown["coupons"])) == (10, 160, "begun", 1)
    assert strangers.get(f"{address}/recognition").status_code in (403, 404)


def test_a_quiz_by_api_tells_what_is_right_with_the_answer_only_and_earns_once(house: House) -> None:
    quiz = next(iter(load_quizzes().values()))
    sign_quiz(house, quiz)
    hers, path = house.browser(house.anna), f"/api/v1/patients/{house.anna.public_id}/quizzes"
    token, right = {"X-CSRFToken": token_of(hers)}, [question.right for question in quiz.questions]

    (asked,) = hers.client.get(path).json["quizzes"]
    sent = [[None, *right[1:]], right, right, right[1:], [99] * len(right)]
    got = [hers.client.post(f"{path}/{quiz.key}/answers", json={"answers": each}, headers=token) for each in sent]
    unknown = hers.client.post(f"{path}/none/answers", json={"answers": right}, headers=token)

    assert (asked["key"], asked["points"], len(asked["questions"])) == (quiz.key, 20, len(right))
    assert quiz.questions[0].why.en not in str(asked)
    assert [each.status_code for each in got] == [200, 200, 200, 422, 200]
    assert [got[n].json["points"] for n in (0, 1, 2, 4)] == [0, 20, 0, 0]
    assert got[0].json["answers"][0] == {"is_right": False, "why": quiz.questions[0].why.en}
    assert got[3].json["errors"][0]["pointer"] == "/answers"
    assert unknown.status_code == 404


def token_of(browser: Any) -> str:
    page = browser.get("/points").get_data(as_text=True)
    return str(page.split('name="csrf_token" value="')[1].split('"')[0])


def test_a_day_earns_by_answers_and_by_values_and_not_by_how_much_was_taken(house: House) -> None:
    regimen = house.prescribe()
    house.log_doses(regimen, DoseState.SKIPPED, DoseState.MISSED, DoseState.TAKEN, DoseState.TAKEN)
    house.measure(120, hours_ago=48)
    house.clock.advance(hours=12)  # yesterday is over everywhere

    looked = house.services.recognise()
    again = house.services.recognise()

    assert (looked, again) == (7, 0)
    today = house.today
    days = [(today - timedelta(days=ago)).isoformat() for ago in (4, 2, 1)]
    answered = [f"answered:{house.anna.id}:{day}" for day in days]
    found = {transfer.unique_key: transfer.points for transfer in house.all(PointTransfer)}
    assert {key: points for key, points in found.items() if key.startswith("answered")} == dict.fromkeys(answered, 2)
    assert [key for key in found if key.startswith("measured")] == [f"measured:{house.anna.id}:{days[1]}"]


def test_a_day_that_is_looked_at_again_gives_nothing_twice(house: House) -> None:
    house.log_doses(house.prescribe(), DoseState.TAKEN, DoseState.TAKEN)
    house.clock.advance(hours=12)
    recognise_days(house.engine, house.stores.readings, load_rules(), house.now)
    before = len(house.all(PointTransfer))
    with house.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM points_day")  # as if it had been cut off

    recognise_days(house.engine, house.stores.readings, load_rules(), house.now)

    assert len(house.all(PointTransfer)) == before > 0


def test_switched_off_there_is_no_page_and_nothing_is_given(house: House) -> None:
    house.log_doses(house.prescribe(), DoseState.TAKEN, DoseState.TAKEN)
    house.clock.advance(hours=12)
    house.services = replace(house.services, settings=replace(house.settings, points=False))
    house.app = create_app(house.services)
    paths = ("/points", "/points/quizzes", "/points/quizzes/measuring-pressure")

    found = [house.browser(house.anna).get(path).status_code for path in paths]
    office = house.browser(house.admin).get("/clinic/points").status_code
    by_api = house.browser(house.anna).get(f"/api/v1/patients/{house.anna.public_id}/recognition").status_code
    given = house.services.recognise()

    assert (found, office, by_api, given) == ([404, 404, 404], 404, 404, 0)
    assert house.all(PointTransfer) == []
    assert "/points" not in house.page(house.anna, "/account")


def test_the_office_shows_accounts_that_add_up(house: House) -> None:
    give(house, 160)

    page = words_of(house.page(house.admin, "/clinic/points"))

    assert "given out -160" in page
    assert "together 0" in page
