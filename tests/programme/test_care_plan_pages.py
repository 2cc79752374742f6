"""The care plan: written by the doctor, done by who has it, and everything that came up closed with what was done."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from companion.care.due_work import DueWork
from companion.care.tasks import Alert, AlertKind, Task, TaskKind, add_alert
from companion.db import reading, writing
from companion.programme.care_plans.plan_models import CarePlanLine, CarePlanReview
from tests.web.loop.house import House
from tests.web.page_words import words_of

MINE = "/me/plan"


def theirs(house: House) -> str:
    return f"/clinic/patients/{house.anna.public_id}/care-plan"


def step(house: House, words: str = "Walk to the market every day", owner: str = "", days: int = 7) -> str:
    """Written by Dr. Roth; gives its id."""
    due_on = house.today + timedelta(days=days)
    form = {"kind": "step", "words": words, "owner": owner or house.anna.public_id, "due_on": str(due_on)}
    assert house.browser(house.doctor).send(theirs(house), form).status_code == 302
    return house.all(CarePlanLine)[-1].public_id


def review(house: House, days: int) -> int:
    form = {"next_on": str(house.today + timedelta(days=days))}
    return house.browser(house.doctor).send(f"{theirs(house)}/review", form, seen_on=theirs(house)).status_code


def tasks(house: House, kind: TaskKind) -> list[Task]:
    return house.all(Task, kind=kind.value)


def alert(house: House) -> Alert:
    """What Ben was told and has not answered."""
    with writing(house.engine) as session:
        add_alert(
            session,
            unique_key="told",
            kind=AlertKind.URGENT_READING,
            patient_id=house.anna.id,
            recipient_id=house.ben.id,
            now=house.now,
        )
    return house.only(Alert)


def test_what_the_doctor_writes_the_patient_reads_with_who_does_it_until_when(house: House) -> None:
    house.browser(house.doctor).send(theirs(house), {"kind": "goal", "words": "Climb the stairs without a break"})
    step(house)
    step(house, "Ask the eye doctor for a date", owner=house.doctor.public_id)
    review(house, 28)

    page = words_of(house.page(house.anna, MINE))

    assert "Climb the stairs without a break" in page
    assert "Walk to the market every day You, until Mar 11, 2026" in page
    assert "Ask the eye doctor for a date Dr. Roth, until Mar 11, 2026" in page
    assert "On Apr 1, 2026." in page
    assert page.count("I did it") == 1


def test_the_patient_does_her_own_step_with_one_tap_and_no_other(house: House) -> None:
    own, his = step(house), step(house, owner=house.doctor.public_id)
    browser = house.browser(house.anna)

    codes = [browser.send(f"{MINE}/{line}/done", {}, seen_on=MINE).status_code for line in (own, his, own)]

    assert codes == [302, 404, 302]
    assert [line.state for line in house.all(CarePlanLine)] == ["done", "open"]
    assert house.all(CarePlanLine)[0].closed_by == house.anna.id


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"words": ""}, "words"),
        ({"owner": "pt_nobody"}, "owner"),
        ({"due_on": "2026-03-03"}, "due_on"),
        ({"due_on": ""}, "due_on"),
        ({"kind": "dose"}, "kind"),
    ],
)
def test_a_step_that_cannot_stand_is_refused_at_its_field(house: House, wrong: dict[str, str], field: str) -> None:
    right = {"kind": "step", "words": "Walk", "owner": house.anna.public_id, "due_on": "2026-03-10"}

    refused = house.browser(house.doctor).send(theirs(house), right | wrong)

    assert refused.status_code == 422
    assert f'<a href="#{field}">' in refused.get_data(as_text=True)
    assert house.all(CarePlanLine) == []


def test_a_step_can_only_belong_to_who_takes_part(house: House) -> None:
    form = {"kind": "step", "words": "Walk", "due_on": "2026-03-10"}

    codes = [
        house.browser(house.doctor).send(theirs(house), form | {"owner": person.public_id}).status_code
        for person in (house.other_doctor, house.ben, house.doctor)
    ]

    assert codes == [422, 422, 302]


def test_a_late_step_and_a_review_whose_day_has_come_are_one_task_each_and_what_closes_them_ends_those(
    house: House,
) -> None:
    line = step(house, days=1)
    review(house, 2)
    house.beat()
    before = [*tasks(house, TaskKind.CARE_PLAN_STEP), *tasks(house, TaskKind.CARE_PLAN_REVIEW)]

    house.clock.advance(days=2)
    house.beat()
    house.clock.advance(hours=3)
    house.beat()
    (late,), (due,) = tasks(house, TaskKind.CARE_PLAN_STEP), tasks(house, TaskKind.CARE_PLAN_REVIEW)
    path = f"/clinic/care-plan/{line}/close"
    house.browser(house.doctor).send(path, {"done_words": "She walks with her son now"}, seen_on=theirs(house))
    review(house, 90)

    assert before == []
    assert late.details == {"line": line}
    assert due.done_at is None
    ended = [*tasks(house, TaskKind.CARE_PLAN_STEP), *tasks(house, TaskKind.CARE_PLAN_REVIEW)]
    assert [each.done_by for each in ended] == [house.doctor.id] * 2
    assert len(house.all(CarePlanReview)) == 2
    assert [work.next_check_at.date() > house.today for work in house.all(DueWork, kind="care_plan")] == [True]


def test_a_red_answer_waits_in_the_plan_and_is_closed_only_with_what_was_done(house: House) -> None:
    said = {"notice": "never", "help": "no", "carry": "always", "others": "yes"}
    house.browser(house.anna).send("/me/questions/low_sugar", said)
    (task,) = tasks(house, TaskKind.RED_ANSWER)
    doctor, waits = house.browser(house.doctor), house.page(house.doctor, theirs(house))

    silent = [
        doctor.send(f"/doctor/tasks/{task.id}/done", {}, seen_on=theirs(house)).status_code,
        doctor.send(f"/clinic/care-plan/tasks/{task.id}/close", {"done_words": " "}, seen_on=theirs(house)).status_code,
    ]
    told = {"done_words": "Called: she carries sugar, we meet on Friday"}
    spoken = doctor.send(f"/clinic/care-plan/tasks/{task.id}/close", told, seen_on=theirs(house)).status_code
    again = doctor.send(f"/clinic/care-plan/tasks/{task.id}/close", told, seen_on=theirs(house)).status_code

    assert "An answer in a questionnaire asks for a look" in waits
    assert (silent, spoken, again) == ([422, 422], 302, 409)
    (closed,) = tasks(house, TaskKind.RED_ANSWER)
    assert (closed.note, closed.done_by) == (told["done_words"], house.doctor.id)


def test_an_alert_that_the_family_left_open_is_closed_by_the_clinic_with_what_was_done(house: House) -> None:
    told = alert(house)
    doctor, path = house.browser(house.doctor), f"/clinic/care-plan/alerts/{told.id}/close"

    waits = house.page(house.doctor, theirs(house))
    codes = [
        doctor.send(path, {"done_words": words}, seen_on=theirs(house)).status_code
        for words in ("", "Called, she is well", "Called, she is well")
    ]

    assert "The family was told of an urgent value" in waits
    assert codes == [422, 302, 409]
    assert house.only(Alert).state == "closed"
    (done,) = tasks(house, TaskKind.ALERT_CLOSED)
    assert (done.note, done.done_by, done.done_at) == ("Called, she is well", house.doctor.id, house.now)


def test_what_is_agreed_on_is_sealed_where_it_is_kept(house: House) -> None:
    line = step(house)
    path = f"/clinic/care-plan/{line}/close"
    house.browser(house.doctor).send(path, {"done_words": "Her knee hurts", "state": "dropped"}, seen_on=theirs(house))

    with reading(house.engine) as session:
        kept = str(session.execute(text("SELECT * FROM care_plan_line")).all())

    assert "market" not in kept
    assert "knee" not in kept
    assert "Her knee hurts" in house.page(house.anna, MINE)


def test_a_stranger_writes_into_no_plan_and_closes_nothing(house: House) -> None:
    line, told = step(house), alert(house)
    stranger = house.browser(house.other_doctor)
    paths = (theirs(house), f"/clinic/care-plan/{line}/close", f"/clinic/care-plan/alerts/{told.id}/close")

    codes = [stranger.send(path, {"done_words": "Done"}, seen_on="/doctor/tasks").status_code for path in paths]

    assert codes == [404, 404, 404]
    assert house.only(CarePlanLine).state == "open"


# The API


def test_a_program_reads_the_plan_and_does_the_patients_own_step(house: House) -> None:
    own, his = step(house), step(house, owner=house.doctor.public_id)
    review(house, 28)
    client = house.browser(house.anna).client
    token = {"X-CSRFToken": client.get("/api/v1/me").json["csrf_token"]}
    path = f"/api/v1/patients/{house.anna.public_id}/care-plan"

    before = client.get(path).json
    done = client.post(f"/api/v1/care-plan-lines/{own}/done", json={"words": "Every morning"}, headers=token)
    refused = client.post(f"/api/v1/care-plan-lines/{his}/done", json={}, headers=token)
    after = house.browser(house.doctor).get(path).json

    assert [(each["id"], each["owner"]["name"]) for each in before["steps"]] == [(own, "Anna Berg"), (his, "Dr. Roth")]
    assert before["next_review_on"] == "2026-04-01"
    assert (done.status_code, refused.status_code) == (200, 404)
    assert [(each["state"], each["end_words"]) for each in after["closed"]] == [("done", "Every morning")]
