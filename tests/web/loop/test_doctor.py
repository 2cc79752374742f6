"""The doctor's desk: who stands first in the queue, and what is still open."""

from datetime import timedelta

from companion.advice.models import Suggestion
from companion.care.due_work import DueWork
from companion.care.enrolling import add_person
from companion.care.people import Role
from companion.care.tasks import Task, TaskKind, add_task
from companion.db import writing
from tests.web.loop.house import House


def test_a_suggestion_stands_in_the_queue_with_its_doses_and_waiting_time(house: House) -> None:
    house.titration()
    house.fast(150, 148, 155)
    house.clock.advance(hours=3)

    page = house.page(house.doctor, "/doctor/queue")

    assert "A** B** 69 years" in page
    assert "Anna" not in page
    assert "16 → 18 U" in page
    assert "3 hours" in page


def test_the_queue_shows_no_patient_of_somebody_else(house: House) -> None:
    house.titration()
    house.fast(150, 148, 155)

    page = house.page(house.other_doctor, "/doctor/queue")

    assert "Anna" not in page


def test_an_urgent_suggestion_stands_before_an_older_one(house: House) -> None:
    house.titration()
    house.fast(150, 148, 155)
    older = house.only(Suggestion)
    with writing(house.engine) as session:
        urgent_regimen = house.prescribe_in(session, "rg_second")
        session.add(
            Suggestion(
                **{
                    column.name: getattr(older, column.name)
                    for column in Suggestion.__table__.columns
                    if column.name not in ("id", "public_id", "regimen_id", "is_urgent", "created_at")
                },
                public_id="su_urgent",
                regimen_id=urgent_regimen.id,
                is_urgent=True,
                created_at=house.now + timedelta(minutes=1),
            )
        )

    page = house.page(house.doctor, "/doctor/queue")

    assert page.index("su_urgent") < page.index(older.public_id)


def test_there_is_no_way_to_approve_from_the_queue(house: House) -> None:
    house.titration()
    house.fast(150, 148, 155)

    page = house.page(house.doctor, "/doctor/queue")

    assert "decision" not in page
    assert "checkbox" not in page


def test_a_plan_that_asks_for_something_needs_attention(house: House) -> None:
    regimen = house.prescribe()
    house.note_facts(egfr=None)
    house.sign_plan(regimen)
    house.measure(150)

    page = house.page(house.doctor, "/doctor/tasks")

    assert "Order laboratory values" in page
    assert "More fasting values are needed" in page


def test_a_task_done_is_gone_and_the_plans_run_again(house: House) -> None:
    house.measure(45)
    task = house.only(Task, kind=TaskKind.URGENT_READING.value)
    browser = house.browser(house.doctor)
    assert "glucose below 54 mg/dL" in browser.get("/doctor/tasks").get_data(as_text=True)

    browser.send(f"/doctor/tasks/{task.id}/done", seen_on="/doctor/tasks")

    done = house.only(Task, id=task.id)
    assert (done.done_by, done.done_at) == (house.doctor.id, house.now)
    assert house.only(DueWork, kind="assess").next_check_at <= house.now


def test_a_task_is_done_once(house: House) -> None:
    house.measure(45)
    task = house.only(Task, kind=TaskKind.URGENT_READING.value)
    browser = house.browser(house.doctor)
    browser.send(f"/doctor/tasks/{task.id}/done", seen_on="/doctor/tasks")

    again = browser.send(f"/doctor/tasks/{task.id}/done", seen_on="/doctor/tasks")

    assert again.status_code == 409


def test_a_strange_doctor_cannot_close_a_task(house: House) -> None:
    house.measure(45)
    task = house.only(Task, kind=TaskKind.URGENT_READING.value)

    response = house.browser(house.other_doctor).send(f"/doctor/tasks/{task.id}/done", seen_on="/doctor/tasks")

    assert response.status_code == 404
    assert house.only(Task, id=task.id).done_at is None


def test_a_caregivers_text_reaches_the_doctor_of_the_patient(house: House) -> None:
    house.text("is she all right?", house.ben)
    task = house.only(Task, kind=TaskKind.UNCLEAR_REPLY.value)
    browser = house.browser(house.doctor)
    assert "is she all right?" in browser.get("/doctor/tasks").get_data(as_text=True)

    browser.send(f"/doctor/tasks/{task.id}/done", seen_on="/doctor/tasks")

    assert house.only(Task, id=task.id).done_by == house.doctor.id


def test_a_patients_unclear_text_is_read_by_her_doctor_only_and_marked_done(house: House) -> None:
    house.text("吃了一半")
    task = house.only(Task, kind=TaskKind.UNCLEAR_REPLY.value)
    browser = house.browser(house.doctor)
    read = browser.get("/doctor/tasks").get_data(as_text=True)
    strange = house.page(house.other_doctor, "/doctor/tasks")

    browser.send(f"/doctor/tasks/{task.id}/done", seen_on="/doctor/tasks")

    assert "吃了一半" in read
    assert "吃了一半" not in strange
    assert house.only(Task, id=task.id).done_by == house.doctor.id
    assert "吃了一半" not in browser.get("/doctor/tasks").get_data(as_text=True)


def test_tasks_of_other_peoples_patients_are_not_listed(house: House) -> None:
    with writing(house.engine) as session:
        other = add_person(
            session, role=Role.PATIENT, name="Zoe Zander", birth_on=house.today.replace(year=1950), now=house.now
        )
        add_task(
            session,
            unique_key="x",
            kind=TaskKind.ADHERENCE_REVIEW,
            patient_id=other.id,
            now=house.now,
            due_at=house.now,
        )

    page = house.page(house.doctor, "/doctor/tasks")

    assert "Zoe" not in page
