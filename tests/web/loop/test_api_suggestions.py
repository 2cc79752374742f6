"""A suggestion's life by the API: claimed, put off, signed by two; each refusal with the present state."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from werkzeug.test import TestResponse

from companion.advice.models import Review, Suggestion
from companion.care.consent import Scope
from companion.care.people import Person
from companion.db import writing
from companion.messages.models import Message, Purpose
from tests.web.loop.house import House
from tests.web.loop.test_api import Program, problem


@pytest.fixture
def suggestion(house: House) -> Suggestion:
    """16 → 18 U waits; Dr. Stern treats Anna, too."""
    house.titration()
    house.fast(150, 148, 155)
    with writing(house.engine) as session:
        house.link(session, house.anna, house.other_doctor, Scope.CARE)
    return house.only(Suggestion)


def etag(house: House, suggestion: Suggestion) -> str:
    return f'"{house.evidence(suggestion).digest}"'


def post(
    house: House, doctor: Person, suggestion: Suggestion, what: str, body: dict[str, Any] | None = None, **headers: str
) -> TestResponse:
    return Program(house, doctor).post(f"/suggestions/{suggestion.public_id}/{what}", body or {}, **headers)


def ask_for_a_second(house: House, suggestion: Suggestion) -> TestResponse:
    """Dr. Roth wants 20 U."""
    body = {"decision": "amended", "amount": {"value": "20", "unit": "U"}, "reason": "eats more"}
    return post(house, house.doctor, suggestion, "review", body, If_Match=etag(house, suggestion))


def test_a_claim_is_told_to_everybody_and_ends_by_itself(house: House, suggestion: Suggestion) -> None:
    claimed = post(house, house.doctor, suggestion, "claim").get_json()["claim"]

    seen = Program(house, house.other_doctor).get(f"/suggestions/{suggestion.public_id}").get_json()["claim"]
    house.clock.advance(minutes=5)
    later = Program(house, house.other_doctor).get(f"/suggestions/{suggestion.public_id}").get_json()["claim"]

    assert claimed == seen
    assert (seen["by"], later) == ("Dr. Roth", None)


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("claim", {}),
        ("review", {"decision": "approved"}),
        ("put-off", {"until": "2026-03-04T20:00:00+01:00", "code": "other"}),
    ],
)
def test_while_another_doctor_decides_it_is_409_with_the_present_state(
    house: House, suggestion: Suggestion, what: str, body: dict[str, Any]
) -> None:
    post(house, house.doctor, suggestion, "claim")

    answer = post(house, house.other_doctor, suggestion, what, body, If_Match=etag(house, suggestion))

    assert problem(answer) == (409, "held_by_another")
    assert answer.get_json()["present"]["claim"]["by"] == "Dr. Roth"
    assert house.all(Review) == []


def test_handed_back_it_is_free(house: House, suggestion: Suggestion) -> None:
    post(house, house.doctor, suggestion, "claim")

    back = post(house, house.doctor, suggestion, "hand-back")
    claimed = post(house, house.other_doctor, suggestion, "claim")

    assert back.get_json()["claim"] is None
    assert claimed.get_json()["claim"]["by"] == "Dr. Stern"


def test_put_off_it_is_not_in_the_list_until_then(house: House, suggestion: Suggestion) -> None:
    until = (house.now + timedelta(hours=4)).isoformat()

    answer = post(house, house.doctor, suggestion, "put-off", {"until": until, "code": "wait_for_labs"})
    away = Program(house, house.doctor).get("/suggestions").get_json()["suggestions"]
    house.clock.advance(hours=4)
    back = Program(house, house.doctor).get("/suggestions").get_json()["suggestions"]

    assert answer.get_json()["put_off_until"] == "2026-03-04T14:30:00+01:00"
    assert (len(away), len(back)) == (0, 1)
    assert back[0]["put_off_until"] is None


@pytest.mark.parametrize("hours", [0, 49])
def test_it_is_put_off_no_longer_than_there_is_time_for(house: House, suggestion: Suggestion, hours: int) -> None:
    until = (house.now + timedelta(hours=hours)).isoformat()

    answer = post(house, house.doctor, suggestion, "put-off", {"until": until, "code": "other"})

    assert answer.status_code == 422
    assert house.only(Suggestion).put_off_until is None


def test_an_amendment_that_takes_two_is_accepted_and_changes_nothing(house: House, suggestion: Suggestion) -> None:
    answer = ask_for_a_second(house, suggestion)

    body = answer.get_json()
    shown = Program(house, house.other_doctor).get(f"/suggestions/{suggestion.public_id}").get_json()
    assert (answer.status_code, body["waits_for_second"], body["by"]) == (202, True, "Dr. Roth")
    assert (shown["state"], shown["second_opinion"]["risks"]) == ("pending", ["insulin_share"])
    assert house.all(Review) == []
    assert house.all(Message, purpose=Purpose.ADVICE.value) == []


def test_another_clinician_signs_under_the_same_etag(house: House, suggestion: Suggestion) -> None:
    ask_for_a_second(house, suggestion)

    answer = post(
        house,
        house.other_doctor,
        suggestion,
        "second-opinion",
        {"answer": "sign"},
        If_Match=etag(house, suggestion),
    )

    review = answer.get_json()["review"]
    assert answer.status_code == 200
    assert (review["by"], review["second"], review["amount"]["value"]) == ("Dr. Roth", "Dr. Stern", "20")
    assert house.only(Review).amount == Decimal(20)


@pytest.mark.parametrize(
    ("headers", "told"), [({}, (428, "if_match_needed")), ({"If_Match": f'"{"0" * 64}"'}, (412, "data_changed"))]
)
def test_a_signature_names_what_was_seen(
    house: House, suggestion: Suggestion, headers: dict[str, str], told: tuple[int, str]
) -> None:
    ask_for_a_second(house, suggestion)

    answer = post(house, house.other_doctor, suggestion, "second-opinion", {"answer": "sign"}, **headers)

    assert problem(answer) == told
    assert house.all(Review) == []


def test_nobody_signs_twice(house: House, suggestion: Suggestion) -> None:
    ask_for_a_second(house, suggestion)

    answer = post(
        house, house.doctor, suggestion, "second-opinion", {"answer": "sign"}, If_Match=etag(house, suggestion)
    )

    assert answer.status_code == 422
    assert house.all(Review) == []


def test_what_was_replaced_says_why_and_by_which(house: House, suggestion: Suggestion) -> None:
    house.measure(50)
    new = house.only(Suggestion, state="pending")

    body = Program(house, house.doctor).get(f"/suggestions/{suggestion.public_id}").get_json()

    assert (body["state"], body["superseded_by"]) == ("superseded", new.public_id)
    assert body["ended"]["code"] == "other_proposal"
    assert {change["what"] for change in body["ended"]["changed"]} >= {"glucose"}


def test_a_rejection_keeps_its_code_apart_from_the_words(house: House, suggestion: Suggestion) -> None:
    body = {"decision": "rejected", "code": "risk_of_lows", "reason": "fell"}

    answer = post(house, house.doctor, suggestion, "review", body, If_Match=etag(house, suggestion))

    told = answer.get_json()
    assert (told["code"], told["reason"], house.only(Review).code) == ("risk_of_lows", "fell", "risk_of_lows")
