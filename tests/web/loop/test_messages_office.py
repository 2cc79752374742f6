"""The clinic sees how messages fare, and deals by hand with what did not arrive."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from companion.care.audit import AuditEntry, broken_entries
from companion.care.consent import Scope, end_link, find_link
from companion.care.contact_models import ContactPoint, ContactState, Kind
from companion.care.people import Person
from companion.care.tasks import Task
from companion.db import reading, writing
from companion.messages.attempts import ask_clinic_to_call
from companion.messages.models import Delivery, DeliveryState, Message, MessageState, Purpose
from tests.keys import from_before
from tests.messages.mail_room import put
from tests.web.loop.house import House

FAILED = MessageState.FAILED.value


def add_point(house: House, person: Person, state: ContactState, **changed: Any) -> None:
    values = {"kind": Kind.VOICE.value, "position": 9, "fault_code": "30005"} | changed
    address = from_before(ContactPoint.address, values.pop("address", "+491700000789"))
    with writing(house.engine) as session:
        session.add(
            ContactPoint(
                public_id=f"cp_{person.id}_{state}",
                person_id=person.id,
                address=address,
                state=state.value,
                state_at=house.now,
                created_at=house.now,
                **values,
            )
        )


def message_of(house: House, message: Message) -> Message:
    return house.only(Message, id=message.id)


def send(house: House, person: Person, message: Message, act: str, **form: str) -> int:
    answer = house.browser(person).send(f"/messages/{message.id}/{act}", form, seen_on="/messages")
    return answer.status_code


def acts(house: House) -> list[tuple[str, str | None, dict[str, Any]]]:
    with reading(house.engine) as session:
        assert list(broken_entries(session)) == []
        found = session.scalars(select(AuditEntry).where(AuditEntry.action.like("message.%")).order_by(AuditEntry.id))
        return [(entry.action, entry.patient, entry.details) for entry in found]


def test_rates_are_shown_by_channel_for_the_period_that_is_chosen(house: House) -> None:
    put(house.engine, house.anna, house.now, DeliveryState.DELIVERED, state=MessageState.DELIVERED.value)
    put(house.engine, house.anna, house.now, DeliveryState.UNDELIVERED, state=FAILED)
    house.clock.advance(days=2)
    browser = house.browser(house.doctor)

    today = browser.get("/messages").get_data(as_text=True)
    week = browser.get("/messages?days=7").get_data(as_text=True)

    assert "Nothing was sent in this time." in today
    table = re.sub(r"<[^>]*>|\s+", " ", week.split("<table>")[1].split("</table>")[0])
    assert re.findall(r"(\w+) +(\d+) +(\d+)? ", table.replace("did not arrive", "lost")) == [
        ("arrived", "1", "50"),
        ("known", "0", "0"),
        ("lost", "1", "50"),
        ("taken", "0", "0"),
        ("out", "0", "0"),
        ("All", "2", ""),
    ]
    assert browser.get("/messages?days=8").status_code == 404


def test_a_doctor_sees_only_what_is_about_their_patients(house: House) -> None:
    put(house.engine, house.anna, house.now, DeliveryState.REJECTED, state=FAILED)
    put(house.engine, house.anna, house.now)
    add_point(house, house.anna, ContactState.BAD)
    add_point(house, house.ben, ContactState.OPTED_OUT)

    own, others = house.page(house.doctor, "/messages"), house.page(house.other_doctor, "/messages")

    assert f'<a href="/clinic/patients/{house.anna.public_id}">Anna Berg</a>' in own
    assert f'<a href="/clinic/patients/{house.anna.public_id}/reach">' in own
    assert "caregiver of Anna Berg" in own
    assert "nobody took it up when it was due" in own
    assert "…789" in own
    assert "nobody has this number" in own
    assert "the person said stop" in own
    assert "+491700000789" not in own
    for word in ("Anna", "Ben", "…789", "Try again"):
        assert word not in others


def test_a_caregiver_is_shown_while_a_patient_is_open_to_them(house: House) -> None:
    add_point(house, house.ben, ContactState.BAD)
    with writing(house.engine) as session:
        for scope in (Scope.MISSED_DOSES, Scope.READINGS):
            link = find_link(session, house.anna.id, house.ben.id, scope, house.now)
            assert link is not None
            end_link(link, house.now)

    assert "Ben" not in house.page(house.doctor, "/messages")


def test_an_administrator_sees_everybodys_under_their_ids(house: House) -> None:
    put(house.engine, house.anna, house.now, DeliveryState.REJECTED, state=FAILED)
    add_point(house, house.ben, ContactState.SUSPECT)

    page = house.page(house.admin, "/messages")

    assert f'<a href="/people/{house.anna.public_id}">' in page
    assert f'<a href="/people/{house.ben.public_id}">' in page
    assert f'<a href="/people/{house.ben.public_id}/reach">' in page
    assert "Anna" not in page
    assert "Ben" not in page


@pytest.mark.parametrize("who", ["doctor", "admin"])
def test_a_failed_message_is_tried_again_while_its_window_is_open(house: House, who: str) -> None:
    message = put(house.engine, house.anna, house.now, DeliveryState.REJECTED, state=FAILED)

    status = send(house, getattr(house, who), message, "try-again")

    assert status == 302
    assert message_of(house, message).state == MessageState.OPEN
    expected = {"message": message.id, "tried": "opened"}
    assert acts(house) == [("message.try_again", house.anna.public_id, expected)]


def test_what_may_have_got_out_is_looked_up_now(house: House) -> None:
    message = put(house.engine, house.anna, house.now, DeliveryState.AMBIGUOUS)
    browser = house.browser(house.doctor)

    browser.send(f"/messages/{message.id}/try-again", seen_on="/messages")

    assert "It may have got out. The provider is asked now" in browser.get("/messages").get_data(as_text=True)
    assert house.only(Delivery).look_up_at == house.now
    assert acts(house)[0][2]["tried"] == "looked_up"


def test_nothing_is_offered_or_sent_after_the_window(house: House) -> None:
    message = put(house.engine, house.anna, house.now, DeliveryState.REJECTED, state=FAILED)
    house.clock.advance(hours=1)
    browser = house.browser(house.doctor)

    page = browser.get("/messages").get_data(as_text=True)
    browser.send(f"/messages/{message.id}/try-again", seen_on="/messages")

    assert "Try again" not in page
    assert "Its time is over: nothing is sent any more." in browser.get("/messages").get_data(as_text=True)
    assert message_of(house, message).state == MessageState.FAILED
    assert acts(house) == []


@pytest.mark.parametrize("who", ["doctor", "admin"])
def test_a_message_is_seen_to_once_with_its_task_and_a_trace(house: House, who: str) -> None:
    urgent = Purpose.URGENT_READING.value
    message = put(house.engine, house.anna, house.now, DeliveryState.REJECTED, state=FAILED, purpose=urgent)
    with writing(house.engine) as session:
        ask_clinic_to_call(session, session.get_one(Message, message.id), "30003", house.now)

    statuses = [send(house, getattr(house, who), message, "seen-to", how="called") for _ in range(2)]

    assert statuses == [302, 302]
    assert message_of(house, message).state == MessageState.SEEN_TO
    assert house.only(Task).done_by == getattr(house, who).id
    assert acts(house) == [("message.seen_to", house.anna.public_id, {"message": message.id, "how": "called"})]
    assert "A value that cannot wait" not in house.page(house.doctor, "/messages")


@pytest.mark.parametrize("how", ["", "slept on it"])
def test_what_was_done_is_one_of_the_choices(house: House, how: str) -> None:
    message = put(house.engine, house.anna, house.now, state=FAILED)

    assert send(house, house.doctor, message, "seen-to", how=how) == 400
    assert message_of(house, message).state == MessageState.FAILED


@pytest.mark.parametrize("act", ["try-again", "seen-to"])
def test_a_stranger_neither_tries_nor_sees_to_it(house: House, act: str) -> None:
    message = put(house.engine, house.anna, house.now, state=FAILED)

    strangers = [send(house, person, message, act, how="called") for person in (house.other_doctor, house.doctor)]
    unknown = house.browser(house.admin).send("/messages/4711/try-again", seen_on="/messages").status_code

    assert strangers == [404, 302]
    assert unknown == 404


def test_the_task_says_what_failed_and_done_on_it_sees_to_the_message(house: House) -> None:
    message = put(house.engine, house.anna, house.now, state=FAILED)
    with writing(house.engine) as session:
        ask_clinic_to_call(session, session.get_one(Message, message.id), "30003", house.now)
    task = house.only(Task)
    browser = house.browser(house.doctor)

    queue = browser.get("/doctor/tasks").get_data(as_text=True)
    browser.send(f"/doctor/tasks/{task.id}/done", seen_on="/doctor/tasks")

    assert 'Reminder to take medicine: <a href="/messages#failed">the telephone was off or out of reach</a>' in queue
    assert message_of(house, message).state == MessageState.SEEN_TO
