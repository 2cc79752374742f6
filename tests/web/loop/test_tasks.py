"""A doctor's tasks: by kind, by whose they are, done with a note; and what was done lately."""

import re
from datetime import timedelta

import pytest

from companion.care.tasks import Task, TaskKind, add_task
from companion.db import writing
from tests.web.loop.house import House

TASKS = "/doctor/tasks"


def ask(house: House, *kinds: TaskKind, due_in: timedelta = timedelta(days=1)) -> list[int]:
    """Tasks about Anna; gives their numbers."""
    with writing(house.engine) as session:
        for kind in kinds:
            add_task(
                session,
                unique_key=f"{kind}:{len(session.query(Task).all())}",
                kind=kind,
                patient_id=house.anna.id,
                now=house.now,
                due_at=house.now + due_in,
            )
    return [task.id for task in house.all(Task)]


def shown(house: House, query: str = "") -> list[str]:
    """The headlines of the tasks on the page."""
    page = house.page(house.doctor, f"{TASKS}?{query}")
    return re.findall(r'<div class="card[^"]*">\s*<strong>([^<]+)</strong>', page)


def test_tasks_are_shown_by_kind(house: House) -> None:
    ask(house, TaskKind.REFER, TaskKind.ASK_PATIENT)

    found = shown(house, "kind=refer")

    assert found == ["Refer the patient"]
    assert len(shown(house)) == 2


def test_a_task_is_taken_and_then_mine_and_no_longer_nobodys(house: House) -> None:
    first, _second = ask(house, TaskKind.REFER, TaskKind.ASK_PATIENT)

    house.browser(house.doctor).send(f"{TASKS}/{first}/take", seen_on=TASKS)

    assert shown(house, "whose=mine") == ["Refer the patient"]
    assert shown(house, "whose=free") == ["Ask the patient before anything is changed"]
    assert "taken by Dr. Roth" in house.page(house.doctor, TASKS)


def test_a_task_past_its_time_is_overdue(house: House) -> None:
    ask(house, TaskKind.REFER, due_in=timedelta(hours=1))
    before = house.page(house.doctor, TASKS)

    house.clock.advance(hours=2)

    assert "overdue since" not in before
    assert "overdue since" in house.page(house.doctor, TASKS)


def test_what_is_done_keeps_its_note_and_who_did_it(house: House) -> None:
    (number,) = ask(house, TaskKind.REFER)

    house.browser(house.doctor).send(f"{TASKS}/{number}/done", {"note": "sent to the eye clinic"}, seen_on=TASKS)

    lately = house.page(house.doctor, f"{TASKS}/done")
    assert house.only(Task).note == "sent to the eye clinic"
    assert "“sent to the eye clinic”" in lately
    assert re.search(r"<p class=\"note\">[^<]*Dr\. Roth", lately)
    assert shown(house) == []


def test_what_was_done_a_week_ago_is_shown_no_more_and_a_stranger_sees_nothing(house: House) -> None:
    (number,) = ask(house, TaskKind.REFER)
    house.browser(house.doctor).send(f"{TASKS}/{number}/done", seen_on=TASKS)

    strangers = house.page(house.other_doctor, f"{TASKS}/done")
    house.clock.advance(days=8)

    assert "Refer the patient" not in strangers
    assert "Refer the patient" not in house.page(house.doctor, f"{TASKS}/done")


def test_thirty_are_on_a_page_and_the_others_on_the_next(house: House) -> None:
    ask(house, *[TaskKind.REFER] * 31)

    assert (len(shown(house)), len(shown(house, "page=2"))) == (30, 1)


@pytest.mark.parametrize("query", ["kind=gossip", "whose=hers", "page=2", "page=0"])
def test_what_nobody_can_choose_is_not_found(house: House, query: str) -> None:
    assert house.browser(house.doctor).get(f"{TASKS}?{query}").status_code == 404


def test_a_text_nobody_understood_leads_to_its_answer(house: House) -> None:
    house.text("my foot hurts")

    page = house.page(house.doctor, TASKS)

    assert f'<a href="/clinic/patients/{house.anna.public_id}/thread">Answer it</a>' in page
