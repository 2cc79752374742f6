"""One suggestion: what the doctor sees, and that a decision counts only for what was on the screen."""

import re
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from companion import crash_points
from companion.advice.models import Review, Suggestion
from companion.care.facts import FactKind, note_fact
from companion.care.regimens import Regimen
from companion.crash_points import Point
from companion.db import writing
from companion.messages.models import Message, Purpose
from tests.web.conftest import Browser
from tests.web.loop.house import House

DIGEST = re.compile(r'name="digest" value="([0-9a-f]{64})"')


def waiting(house: House) -> Suggestion:
    """16 U, and 18 U proposed."""
    house.titration()
    house.fast(150, 148, 155)
    return house.only(Suggestion)


def path_of(suggestion: Suggestion) -> str:
    return f"/doctor/suggestions/{suggestion.public_id}"


def seen(browser: Browser, suggestion: Suggestion) -> dict[str, str]:
    """What the form on the page carries, once the doctor has opened the decision."""
    browser.send(f"{path_of(suggestion)}/claim", {}, seen_on=path_of(suggestion))
    found = DIGEST.search(browser.get(f"{path_of(suggestion)}?step=approve").get_data(as_text=True))
    assert found is not None
    return {"digest": found.group(1)}


def decide(browser: Browser, suggestion: Suggestion, **form: str) -> TestResponse:
    return browser.send(f"{path_of(suggestion)}/decide", form, seen_on=path_of(suggestion))


def prescribed_by_hand(session: Session, house: House) -> None:
    regimen = session.get_one(Regimen, house.only(Regimen).id)
    house.revise(session, regimen, "20", {"kind": "daily", "times": ["08:00"]}, house.now)


def test_the_page_shows_the_change_every_gate_and_where_the_rule_comes_from(house: House) -> None:
    suggestion = waiting(house)

    page = house.page(house.doctor, path_of(suggestion))

    assert "16 U" in page
    assert "18 U" in page
    assert all(f"G{number:02}" in page for number in range(1, 16))
    assert "basal.ada_2u3d@1.0.0" in page
    assert suggestion.registry_hash in page
    assert "151 mg/dL" in page
    assert "100 %" in page


def test_half_an_increase_is_offered_but_never_half_a_decrease(house: House) -> None:
    increase = waiting(house)
    page = house.page(house.doctor, path_of(increase))
    house.measure(45)
    decrease = house.only(Suggestion, state="pending")

    after_a_low = house.page(house.doctor, path_of(decrease))

    assert "A smaller step:" in page
    assert "17 U" in page
    assert "12 U" in after_a_low
    assert "8 U" in after_a_low
    assert "A smaller step:" not in after_a_low


def test_the_value_of_this_very_moment_is_in_the_picture(house: House) -> None:
    waiting(house)
    house.measure(45)

    page = house.page(house.doctor, path_of(house.only(Suggestion, state="pending")))

    assert '<td class="number">45</td>' in page


def test_nothing_is_focused_or_chosen_for_the_doctor(house: House) -> None:
    suggestion = waiting(house)

    page = house.page(house.doctor, path_of(suggestion))

    assert "autofocus" not in page
    assert "checked" not in page


def test_an_approval_is_kept_with_its_message_and_told_of_after_the_commit(house: House) -> None:
    suggestion = waiting(house)
    browser = house.browser(house.doctor)
    form = seen(browser, suggestion)
    states: list[str] = []

    def listen(point: Point) -> None:
        if point is Point.APPROVAL_AFTER_COMMIT:
            states.append(house.only(Suggestion).state)

    crash_points.listeners.append(listen)
    try:
        decide(browser, suggestion, decision="approved", **form)
    finally:
        crash_points.listeners.remove(listen)

    assert states == ["approved"]
    assert house.only(Review).clinician_id == house.doctor.id
    assert house.only(Message, purpose=Purpose.ADVICE.value).review_id == house.only(Review).id


def test_more_than_the_protocol_allows_needs_a_reason_and_stays_within_the_limits(house: House) -> None:
    suggestion = waiting(house)
    browser = house.browser(house.doctor)
    form = seen(browser, suggestion)

    without_reason = decide(browser, suggestion, decision="amended", amount="19", **form)
    too_much = decide(browser, suggestion, decision="amended", amount="41", reason="more", **form)
    fine = decide(browser, suggestion, decision="amended", amount="19", reason="eats more", **form)

    assert without_reason.status_code == too_much.status_code == 422
    assert fine.status_code == 302
    assert house.only(Review).amount == Decimal(19)


def test_a_rejection_carries_a_coded_reason(house: House) -> None:
    suggestion = waiting(house)
    browser = house.browser(house.doctor)
    form = seen(browser, suggestion)

    without = decide(browser, suggestion, decision="rejected", **form)
    with_code = decide(browser, suggestion, decision="rejected", code="risk_of_lows", reason="fell", **form)

    assert without.status_code == 422
    assert with_code.status_code == 302
    assert (house.only(Review).code, house.only(Review).reason) == ("risk_of_lows", "fell")
    assert house.all(Message, purpose=Purpose.ADVICE.value) == []


def test_a_new_value_between_look_and_tap_decides_nothing_and_shows_the_fresh_data(house: House) -> None:
    suggestion = waiting(house)
    browser = house.browser(house.doctor)
    form = seen(browser, suggestion)
    with writing(house.engine) as session:
        note_fact(
            session,
            patient=house.anna,
            kind=FactKind.WEIGHT_KG,
            value="79",
            measured_on=house.today,
            noted_by=house.doctor,
            now=house.now,
        )

    response = decide(browser, suggestion, decision="approved", **form)

    page = response.get_data(as_text=True)
    assert response.status_code == 412
    assert "The data changed while you were looking" in page
    assert DIGEST.findall(page)[0] != form["digest"]
    assert house.all(Review) == []


def test_what_the_data_no_longer_say_cannot_be_approved(house: House) -> None:
    suggestion = waiting(house)
    with writing(house.engine) as session:
        prescribed_by_hand(session, house)
    browser = house.browser(house.doctor)

    page = browser.get(path_of(suggestion)).get_data(as_text=True)

    assert "no longer supported by the data" in page
    assert 'value="approved"' not in page


def test_looking_again_takes_back_what_the_data_no_longer_say(house: House) -> None:
    suggestion = waiting(house)
    with writing(house.engine) as session:
        prescribed_by_hand(session, house)

    house.browser(house.doctor).send(f"{path_of(suggestion)}/look-again", seen_on=path_of(suggestion))

    assert house.only(Suggestion, id=suggestion.id).state == "superseded"


def test_the_second_doctor_reads_who_was_first(house: House) -> None:
    suggestion = waiting(house)
    browser = house.browser(house.doctor)
    form = seen(browser, suggestion)
    decide(browser, suggestion, decision="approved", **form)

    again = browser.client.post(
        f"{path_of(suggestion)}/decide", data={"decision": "rejected", "code": "patients_wish", **form}
    )
    late = decide(browser, suggestion, decision="rejected", code="patients_wish", **form)

    assert again.status_code in (400, 409)
    assert late.status_code == 409
    shown = late.get_data(as_text=True)
    assert "Dr. Roth approved at" in shown
    assert "16 → 18 U" in shown
    assert "not yet sent to the patient" in shown
    assert "To the queue" in shown


def test_after_a_quarter_of_an_hour_the_password_is_asked_for_again(house: House) -> None:
    suggestion = waiting(house)
    browser = house.browser(house.doctor)
    form = seen(browser, suggestion)
    step = f"{path_of(suggestion)}?step=approve"
    token = browser.get(step).get_data(as_text=True)
    house.clock.advance(minutes=4)
    browser.send(f"{path_of(suggestion)}/claim", {}, seen_on=path_of(suggestion))
    house.clock.advance(minutes=4)
    browser.send(f"{path_of(suggestion)}/claim", {}, seen_on=path_of(suggestion))
    house.clock.advance(minutes=4)
    browser.send(f"{path_of(suggestion)}/claim", {}, seen_on=path_of(suggestion))
    house.clock.advance(minutes=4)

    page = browser.get(step).get_data(as_text=True)
    response = decide(browser, suggestion, decision="approved", **form)

    assert 'value="approved"' in token
    assert 'value="approved"' not in page
    assert 'type="password"' in page
    assert response.status_code == 302
    assert "/confirm-password?next=/doctor/suggestions/" in response.location
    assert house.all(Review) == []


@pytest.mark.parametrize("path", ["", "/decide", "/look-again"])
def test_nobody_but_her_doctor_reaches_it(house: House, path: str) -> None:
    suggestion = waiting(house)

    answers = [
        house.browser(person).send(path_of(suggestion) + path, {}, seen_on="/account").status_code
        if path
        else house.browser(person).get(path_of(suggestion)).status_code
        for person in (house.other_doctor, house.anna, house.ben)
    ]

    assert answers == [404, 403, 403]


def test_a_suggestion_past_its_time_cannot_be_decided_on(house: House) -> None:
    suggestion = waiting(house)
    browser = house.browser(house.doctor)
    form = seen(browser, suggestion)
    house.clock.instant = suggestion.expires_at
    house.clock.advance(seconds=1)
    browser = house.browser(house.doctor)

    response = decide(browser, suggestion, decision="approved", **form)

    assert response.status_code == 409
    assert "expired" in response.get_data(as_text=True)
