"""Calls and texts at the desk: found by what the caller says, with consent, and the same first questions."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from companion.care.audit import AuditEntry
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.db import reading
from companion.programme.desk.desk_models import Channel, Conversation, ConversationLine
from tests.programme.guide_shelf import add_pharmacist, sign_first_questions
from tests.web.conftest import Browser
from tests.web.loop.house import House
from tests.web.page_words import words_of


@pytest.fixture
def sun(house: House) -> Person:
    house.prescribe()
    found = add_pharmacist(house)
    house.give_login(found, "sun")
    sign_first_questions(house)
    return found


def call(house: House, desk: Browser, **changed: Any) -> Any:
    born = house.anna.birth_on or date(1950, 1, 1)
    said = {"name": house.anna.name, "birth_on": born.isoformat(), "none": "yes", "subject": "devices"}
    return desk.send("/desk/call", said | {"words": "The meter beeps.", "agreed": "yes"} | changed)


def kept(house: House) -> list[Conversation]:
    with reading(house.engine) as session:
        return list(session.scalars(select(Conversation)))


def test_a_call_is_written_down_with_consent_and_is_theirs_who_answered(house: House, sun: Person) -> None:
    desk = house.browser(sun)

    answer = call(house, desk)
    shown = words_of(desk.get(answer.location).get_data(as_text=True))

    (made,) = kept(house)
    assert (made.channel, made.patient_id, made.noted_by, made.taken_by) == (
        Channel.CALL, house.anna.id, sun.id, sun.id
    )  # fmt: skip
    assert "The meter beeps." in shown
    with reading(house.engine) as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "desk.noted_call")).one()
    assert (noted.actor, noted.patient) == (sun.public_id, house.anna.public_id)


@pytest.mark.parametrize(
    ("changed", "where"),
    [({"agreed": ""}, "agreed"), ({"none": ""}, "flag"), ({"birth_on": "1901-01-01"}, "name"), ({"name": "X"}, "name")],
)
def test_without_consent_questions_or_the_right_name_nothing_is_kept(
    house: House, sun: Person, changed: dict[str, str], where: str
) -> None:
    answer = call(house, house.browser(sun), **changed)

    assert answer.status_code == 422
    assert f'href="#{where}"' in answer.get_data(as_text=True)
    assert kept(house) == []


@pytest.mark.parametrize("changed", [{"flag": "symptoms", "none": ""}, {"words": "I have chest pain"}])
def test_a_caller_with_a_sign_that_cannot_wait_is_told_whom_to_call(
    house: House, sun: Person, changed: dict[str, str]
) -> None:
    page = words_of(call(house, house.browser(sun), **changed).get_data(as_text=True))

    assert "This cannot wait" in page
    assert "112" in page
    assert kept(house) == []
    with reading(house.engine) as session:
        assert session.scalars(select(Task).where(Task.kind == TaskKind.URGENT_READING.value)).one()


def test_a_text_that_nobody_understood_becomes_a_conversation_and_its_task_is_done(house: House, sun: Person) -> None:
    house.text("the pen is stuck", house.anna)
    desk = house.browser(sun)
    with reading(house.engine) as session:
        task = session.scalars(select(Task).where(Task.kind == TaskKind.UNCLEAR_REPLY.value)).one()
    listed = words_of(desk.get("/desk").get_data(as_text=True))

    answer = desk.send(f"/desk/texts/{task.id}/take", seen_on="/desk")
    shown = words_of(desk.get(answer.location).get_data(as_text=True))
    again = desk.send(f"/desk/texts/{task.id}/take", seen_on="/desk")

    assert "the pen is stuck" not in listed
    assert "the pen is stuck" in shown
    assert again.location == "/desk"
    with reading(house.engine) as session:
        assert session.get_one(Task, task.id).done_by == sun.id
        assert len(session.scalars(select(ConversationLine)).all()) == 1


def test_the_api_asks_the_same_first_questions(house: House, sun: Person) -> None:
    anna, path = house.browser(house.anna), f"/api/v1/patients/{house.anna.public_id}/questions"
    page = anna.get("/ask").get_data(as_text=True)
    token = {"X-CSRFToken": page.split('name="csrf_token" value="')[1].split('"')[0]}
    said: dict[str, Any] = {"subject": "devices", "words": "It beeps."}

    unasked = anna.client.post(path, json=said, headers=token)
    urgent = anna.client.post(path, json=said | {"signs": ["too_much"]}, headers=token)
    queued = anna.client.post(path, json=said | {"signs": []}, headers=token)
    second = anna.client.post(path, json=said | {"signs": []}, headers=token)
    (told,) = anna.get(path).get_json()["questions"]

    assert unasked.status_code == 422
    assert (urgent.status_code, urgent.get_json()["is_emergency"]) == (201, True)
    assert (queued.status_code, queued.get_json()["is_emergency"]) == (201, False)
    assert (second.status_code, second.get_json()["code"]) == (409, "question_waits")
    assert (told["state"], told["before"], told["expected_minutes"]) == ("waiting", 0, None)
    assert [line["words"] for line in told["lines"]] == ["It beeps."]
