"""What was sent to a patient and what came back, on the doctor's page; and the sentences that can be answered with."""

import re

import pytest

from companion.care.audit import AuditEntry
from companion.care.tasks import Task
from companion.messages.models import Inbound, Message, Purpose
from tests.web.loop.house import House


def path(house: House) -> str:
    return f"/clinic/patients/{house.anna.public_id}/thread"


def answer(house: House, chosen: str, text: int | None = None) -> int:
    """What Dr. Roth's answer to Anna's text is answered."""
    number = house.all(Inbound)[-1].id if text is None else text
    return (
        house.browser(house.doctor).send(f"{path(house)}/{number}/answer", {"answer": chosen}, path(house)).status_code
    )


def test_texts_and_messages_stand_in_the_order_of_time_the_newest_first(house: House) -> None:
    house.prescribe()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()
    house.clock.advance(minutes=5)
    house.text("my foot hurts")

    page = house.page(house.doctor, path(house))

    assert page.index("my foot hurts") < page.index("Reminder")
    assert "not understood" in page
    assert "waits for an answer" in page


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("clinic_noted", "Your clinic has read your text and noted it."),
        ("clinic_calls", "Your clinic has read your text. Somebody will call you."),
        ("clinic_asks_call", "Your clinic has read your text. Please call +4930123456."),
    ],
)
def test_an_answer_leaves_as_its_sentence_and_sees_to_the_task(house: House, chosen: str, said: str) -> None:
    house.text("my foot hurts")
    house.beat()

    status = answer(house, chosen)
    left = house.beat()

    task = house.only(Task)
    assert status == 302
    assert [text.to for text in left if said in text.text] == [house.anna.phone]
    assert (task.done_at, task.done_by) == (house.now, house.doctor.id)
    assert "answered_text" in [entry.action for entry in house.all(AuditEntry)]
    assert "waits for an answer" not in house.page(house.doctor, path(house))


def test_the_same_answer_leaves_once(house: House) -> None:
    house.text("my foot hurts")

    first, second = answer(house, "clinic_calls"), answer(house, "clinic_calls")

    sent = [message for message in house.all(Message) if message.params.get("kind") == "clinic_calls"]
    assert (first, second) == (302, 302)
    assert [message.purpose for message in sent] == [Purpose.REPLY]


@pytest.mark.parametrize("words", ["take two tablets", "", "noted"])
def test_nothing_but_those_sentences_can_be_sent(house: House, words: str) -> None:
    house.text("how many?")

    assert answer(house, words) == 400
    assert [message.params["kind"] for message in house.all(Message)] == ["not_understood"]


def test_a_text_of_somebody_else_is_not_found(house: House) -> None:
    house.text("hello", house.ben)

    assert answer(house, "clinic_calls") == 404


def test_what_was_understood_can_be_read_and_needs_no_answer(house: House) -> None:
    house.text("help")

    page = house.page(house.doctor, path(house))

    assert "understood: asks for help" in page
    assert re.search(r"<form[^>]+thread", page) is None
