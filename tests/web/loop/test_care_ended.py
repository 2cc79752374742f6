"""Doctors see whose care has ended, and speak with the family of who died; nobody else does."""

import pytest

from companion.care.audit import AuditEntry
from companion.care.consent import Scope, end_link, find_link
from companion.care.endings import Ending
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.ending.ending import end
from companion.ending.reopening import reopen
from tests.web.loop.house import House

TASKS = "/doctor/tasks"


def over(house: House, reason: Ending) -> None:
    with writing(house.engine) as session:
        anna = session.get_one(Person, house.anna.id)
        end(session, anna, reason, house.today, by="command line", now=house.now, keep_years=15)


def spoken(house: House) -> str:
    (task,) = (task for task in house.all(Task) if task.kind == TaskKind.CALL_FAMILY)
    return f"{TASKS}/{task.id}/family-spoken"


def entries(house: House) -> list[str]:
    return [entry.actor for entry in house.all(AuditEntry) if entry.action == "spoke_with_family"]


@pytest.mark.parametrize(
    ("reason", "said"), [(Ending.MOVED, "They moved, and are treated elsewhere"), (Ending.LEFT, "They want it no more")]
)
def test_a_doctor_sees_that_the_care_of_a_patient_ended_and_why(house: House, reason: Ending, said: str) -> None:
    over(house, reason)

    page = house.page(house.doctor, TASKS)

    assert house.anna.name in page
    assert said in page
    assert "I spoke with the family" not in page


def test_after_a_month_it_is_said_no_more(house: House) -> None:
    over(house, Ending.MOVED)
    house.clock.advance(days=31)

    assert house.anna.name not in house.page(house.doctor, TASKS)


def test_what_was_a_mistake_is_said_no_more(house: House) -> None:
    over(house, Ending.MOVED)
    with writing(house.engine) as session:
        reopen(session, session.get_one(Person, house.anna.id), by="command line", now=house.now)

    assert "Care that has ended" not in house.page(house.doctor, TASKS)


def test_the_family_of_who_died_stands_there_until_a_doctor_spoke_with_them(house: House) -> None:
    over(house, Ending.DIED)
    house.clock.advance(days=40)
    before = house.page(house.doctor, TASKS)

    answer = house.browser(house.doctor).send(spoken(house), {}, TASKS)

    assert house.ben.name in before
    assert f"tel:{house.ben.phone}" in before
    assert answer.status_code == 302
    assert house.anna.name not in house.page(house.doctor, TASKS)
    assert entries(house) == [house.doctor.public_id]


def test_saying_it_twice_is_saying_it_once(house: House) -> None:
    over(house, Ending.DIED)
    browser = house.browser(house.doctor)

    for _time in range(2):
        browser.send(spoken(house), {}, TASKS)

    assert entries(house) == [house.doctor.public_id]


def test_a_doctor_who_did_not_treat_them_to_the_end_neither_sees_nor_says_anything(house: House) -> None:
    over(house, Ending.DIED)

    page = house.page(house.other_doctor, TASKS)
    answer = house.browser(house.other_doctor).send(spoken(house), {}, TASKS)

    assert house.anna.name not in page
    assert answer.status_code == 404
    assert entries(house) == []


def test_whoever_treated_them_only_before_is_no_longer_asked(house: House) -> None:
    with writing(house.engine) as session:
        house.link(session, house.anna, house.other_doctor, Scope.CARE)
        link = find_link(session, house.anna.id, house.other_doctor.id, Scope.CARE, house.now)
        assert link is not None
        end_link(link, house.now)
    house.clock.advance(days=1)
    over(house, Ending.DIED)

    assert house.anna.name not in house.page(house.other_doctor, TASKS)
