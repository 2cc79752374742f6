"""Anna sees what was sent to her and about her; Ben sees what was sent to him; nobody sees what it said."""

from datetime import timedelta

import pytest

from companion.messages.models import DeliveryState, MessageState, Purpose
from tests.messages.mail_room import put
from tests.web.loop.house import House


def test_a_patient_sees_what_went_to_whom_why_and_what_became_of_it(house: House) -> None:
    put(
        house.engine,
        house.anna,
        house.now,
        DeliveryState.REJECTED,
        DeliveryState.DELIVERED,
        state=MessageState.DELIVERED.value,
        params={"due_ms": 0, "local": "08:00"},
    )
    put(
        house.engine,
        house.anna,
        house.now,
        DeliveryState.ACCEPTED,
        recipient=house.ben,
        purpose=Purpose.MISSED_DOSE.value,
        state=MessageState.HANDED_OVER.value,
        channel="email",
    )

    about, to = house.page(house.anna, "/sent").split('<section class="card">')[1:3]

    assert "A dose was not confirmed" in about
    assert "to Ben Berg" in about
    assert "e-mail" in about
    assert "handed over" in about
    assert "Reminder to take medicine (08:00)" in to
    assert "to you" in to
    assert "Attempts: 2" in to
    assert "text message:\n        not taken" in to
    assert "arrived" in to


def test_a_caregiver_sees_what_was_sent_to_themselves_only(house: House) -> None:
    missed = Purpose.MISSED_DOSE.value
    put(house.engine, house.anna, house.now)
    put(house.engine, house.anna, house.now, recipient=house.ben, purpose=missed)
    put(house.engine, house.anna, house.now, recipient=house.cora, purpose=Purpose.DAILY_DIGEST.value)

    page = house.page(house.ben, "/sent")

    assert "A dose was not confirmed" in page
    assert "about Anna Berg" in page
    assert "Reminder to take medicine" not in page
    assert "How the day went" not in page


def test_a_doctor_sees_what_went_to_a_patient_and_about_them(house: House) -> None:
    put(house.engine, house.anna, house.now)
    put(house.engine, house.anna, house.now, recipient=house.ben, purpose=Purpose.MISSED_DOSE.value)
    address = f"/clinic/patients/{house.anna.public_id}/sent"

    page = house.page(house.doctor, address)
    strangers = house.browser(house.other_doctor).get(address)

    assert "to Anna Berg" in page
    assert "to Ben Berg" in page
    assert "to you" not in page
    assert strangers.status_code == 404


def test_what_a_message_says_is_on_no_page(house: House) -> None:
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    (said,) = house.beat()

    page = house.page(house.anna, "/sent")

    assert "Reminder to take medicine" in page
    assert said.text not in page
    assert said.to not in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (MessageState.OPEN, "not sent yet"),
        (MessageState.FAILED, "could not be delivered"),
        (MessageState.EXPIRED, "its time was over"),
        (MessageState.CANCELLED, "no longer needed"),
        (MessageState.SEEN_TO, "the clinic saw to it"),
    ],
)
def test_every_end_of_a_message_has_its_words(house: House, state: MessageState, words: str) -> None:
    put(house.engine, house.anna, house.now, state=state.value)

    assert words in house.page(house.anna, "/sent")


def test_an_open_message_that_may_have_got_out_says_so(house: House) -> None:
    put(house.engine, house.anna, house.now, DeliveryState.AMBIGUOUS)

    assert "not known whether it got out" in house.page(house.anna, "/sent")


def test_they_stand_by_day_with_how_many_and_the_newest_day_is_open(house: House) -> None:
    for days_ago in (1, 0, 0):
        put(house.engine, house.anna, house.now - timedelta(days=days_ago))

    page = house.page(house.anna, "/sent")
    today, yesterday = page.split('<details class="day-sent"')[1:]

    assert today.startswith(" open>")
    assert yesterday.startswith(">")
    assert ": 2 messages" in today
    assert ": 1 message<" in yesterday


def test_a_day_that_goes_on_on_another_page_is_not_counted_as_whole(house: House) -> None:
    for _number in range(51):
        put(house.engine, house.anna, house.now)

    page = house.page(house.anna, "/sent")

    assert ": 50 on this page<" in page


def test_fifty_stand_on_a_page_and_a_link_leads_to_the_older_ones(house: House) -> None:
    for number in range(51):
        put(house.engine, house.anna, house.now, params={"local": f"no_{number:02}"})
    browser = house.browser(house.anna)

    first = browser.get("/sent").get_data(as_text=True)
    address = first.split('href="/sent?cursor=')[1].split('"')[0]
    second = browser.get(f"/sent?cursor={address}").get_data(as_text=True)

    assert first.count("no_") == 50
    assert ("no_50" in first, "no_00" in first) == (True, False)
    assert second.count("no_") == 1
    assert "no_00" in second
    assert "Older" not in second


@pytest.mark.parametrize("cursor", ["x", "e30", "WyJhIl0", "Wy0xXQ", "W10", "%00"])
def test_a_cursor_that_is_none_leads_nowhere(house: House, cursor: str) -> None:
    answer = house.browser(house.anna).get(f"/sent?cursor={cursor}")

    assert answer.status_code == 404


def test_a_program_reads_the_same_page_by_page(house: House) -> None:
    put(house.engine, house.anna, house.now, DeliveryState.UNDELIVERED, state=MessageState.FAILED.value)
    put(house.engine, house.anna, house.now, recipient=house.ben, purpose=Purpose.MISSED_DOSE.value)
    browser, address = house.browser(house.doctor), f"/api/v1/people/{house.anna.public_id}/messages"

    first = browser.get(f"{address}?limit=1").get_json()
    second = browser.get(f"{address}?limit=1&cursor={first['next']}").get_json()

    (told,) = first["messages"]
    assert (told["purpose"], told["state"], told["attempts"]) == ("missed_dose", "open", [])
    assert told["to"] == {"id": house.ben.public_id, "name": "Ben Berg"}
    assert told["about"]["id"] == house.anna.public_id
    (failed,) = second["messages"]
    assert [(each["channel"], each["state"]) for each in failed["attempts"]] == [("twilio_sms", "undelivered")]
    assert second["next"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "cursor=x"])
def test_a_program_that_asks_wrongly_is_told_so(house: House, query: str) -> None:
    answer = house.browser(house.anna).get(f"/api/v1/people/{house.anna.public_id}/messages?{query}")

    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


def test_a_caregiver_reads_their_own_by_program_and_nobody_elses(house: House) -> None:
    put(house.engine, house.anna, house.now, recipient=house.ben, purpose=Purpose.DAILY_DIGEST.value)
    browser = house.browser(house.ben)

    own = browser.get(f"/api/v1/people/{house.ben.public_id}/messages")
    others = [browser.get(f"/api/v1/people/{each.public_id}/messages") for each in (house.anna, house.cora)]

    assert [each["purpose"] for each in own.get_json()["messages"]] == ["daily_digest"]
    assert [answer.status_code for answer in others] == [404, 404]
