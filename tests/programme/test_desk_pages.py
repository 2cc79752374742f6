"""The desk through the doors: signs that cannot wait come first, answers come from what is written, then a person."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.care.audit import AuditEntry
from companion.care.people import Person, Role
from companion.care.regimens import RegimenRevision
from companion.care.tasks import Task, TaskKind
from companion.db import reading, writing
from companion.programme.desk.desk_models import Conversation, ConversationLine, State
from companion.programme.desk.serving import LEASE
from companion.reminders import guidance
from companion.reminders.doses.dose_state import DoseState
from tests.programme.guide_shelf import add_pharmacist, draft, publish, sign_first_questions
from tests.web.conftest import FORM_TOKEN, Browser
from tests.web.loop.house import House
from tests.web.page_words import words_of


@pytest.fixture
def sun(house: House) -> Person:
    house.prescribe()
    found = add_pharmacist(house)
    house.give_login(found, "sun")
    sign_first_questions(house)
    return found


def read_on(browser: Browser, path: str) -> str:
    return words_of(browser.get(path).get_data(as_text=True))


def ask(house: House, browser: Browser, words: str = "May it stand in the sun?") -> str:
    """Past the first questions, and then the question; where the browser is led, or what it is shown."""
    page = browser.send("/ask", {"none": "yes"}).get_data(as_text=True)
    token, cleared = FORM_TOKEN.findall(page)[0], page.split('name="cleared" value="')[1].split('"')[0]
    form = {"csrf_token": token, "cleared": cleared, "subject": "medicines", "words": words}
    answer = browser.client.post("/ask/question", data=form)
    return answer.location or answer.get_data(as_text=True)


def the_conversation(house: House) -> Conversation:
    with reading(house.engine) as session:
        return session.scalars(select(Conversation)).one()


def urgent_tasks(house: House) -> list[Task]:
    with reading(house.engine) as session:
        return list(session.scalars(select(Task).where(Task.kind == TaskKind.URGENT_READING.value)))


def serving(house: House, sun: Person) -> tuple[Browser, str]:
    """The pharmacist's browser, and the address of Anna's conversation, which they took."""
    ask(house, house.browser(house.anna))
    desk, path = house.browser(sun), f"/desk/conversations/{the_conversation(house).public_id}"
    desk.send(f"{path}/take", seen_on="/desk")
    return desk, path


@pytest.mark.parametrize("flag", ["symptoms", "swelling", "too_much", "self_harm"])
def test_a_sign_that_cannot_wait_gets_the_emergency_text_at_once_and_no_queue(
    house: House, sun: Person, flag: str
) -> None:
    page = words_of(house.browser(house.anna).send("/ask", {"flag": flag}).get_data(as_text=True))

    assert "Call the emergency number now." in page
    assert "112" in page
    assert len(urgent_tasks(house)) == 1
    with reading(house.engine) as session:
        assert session.scalars(select(Conversation)).all() == []


def test_the_same_sign_twice_asks_for_one_call(house: House, sun: Person) -> None:
    anna = house.browser(house.anna)

    for _tap in range(2):
        anna.send("/ask", {"flag": "too_much"})

    assert len(urgent_tasks(house)) == 1


def test_words_of_an_emergency_in_a_question_are_no_question(house: House, sun: Person) -> None:
    page = words_of(ask(house, house.browser(house.anna), "My chest pain comes since I take it, is that normal?"))

    assert "Call the emergency number now." in page
    assert [task.details["event"] for task in urgent_tasks(house)] == ["desk_words"]
    with reading(house.engine) as session:
        assert session.scalars(select(Conversation)).all() == []


def test_nobody_asks_without_having_answered_the_first_questions(house: House, sun: Person) -> None:
    anna = house.browser(house.anna)

    empty = anna.send("/ask", {})
    forged = anna.send("/ask/question", {"cleared": "x", "subject": "other", "words": "Hello?"}, seen_on="/ask")

    assert empty.status_code == 422
    assert forged.location == "/ask"
    with reading(house.engine) as session:
        assert session.scalars(select(Conversation)).all() == []


def test_the_answer_to_when_repeats_the_prescription_in_force_with_its_source(house: House, sun: Person) -> None:
    page = words_of(house.browser(house.anna).send("/ask", {"none": "yes"}).get_data(as_text=True))

    assert "Glargine" in page
    assert f"Source: prescribed by {house.doctor.name}" in page


def test_a_change_that_waits_to_be_read_is_told_by_nobody_here(house: House, sun: Person) -> None:
    with writing(house.engine) as session:
        held = session.scalars(select(RegimenRevision)).one()
        held.withdrawn_at = house.now  # a doctor took it back, and nothing is prescribed since
    page = words_of(house.browser(house.anna).send("/ask", {"none": "yes"}).get_data(as_text=True))

    desk, path = serving(house, sun)
    sent = desk.send(f"{path}/times", {"regimen": "rg_insulin"}, seen_on=path)

    assert "Read the change first" in page
    assert sent.status_code == 302
    with reading(house.engine) as session:
        assert [line.said_by for line in session.scalars(select(ConversationLine))] == ["patient"]


@pytest.mark.parametrize("is_signed", [True, False])
def test_a_missed_dose_is_answered_by_a_signed_text_or_by_a_person(house: House, sun: Person, is_signed: bool) -> None:
    house.clock.advance(hours=-4)  # before eight: yesterday's dose at eight is of the last day
    with writing(house.engine) as session:
        regimen = house.prescribe_in(session, "rg_missed")
        about = {"kind": "drug", "name": "Detemir", "doses_a_day": 1, "source": "Leaflet, May 2026"}
        texts = {"text_en": "Ask before you take it.", "text_zh": "先问。"}
        text = guidance.draft(session, by=house.doctor, now=house.now, **about, **texts)
        if is_signed:
            until = house.today + timedelta(days=99)
            guidance.review(session, text, by=house.doctor, review_by=until, today=house.today, now=house.now)
    house.log_doses(regimen, DoseState.MISSED)

    page = words_of(house.browser(house.anna).send("/ask", {"none": "yes"}).get_data(as_text=True))

    assert ("Ask before you take it." in page) == is_signed
    assert ("Never take a double dose." in page) == (not is_signed)


def test_from_the_question_to_the_rating(house: House, sun: Person) -> None:
    anna = house.browser(house.anna)
    with writing(house.engine) as session:
        publish(session, version := draft(session, sun, house), house.doctor, house)
    mine = ask(house, anna)
    waiting = read_on(anna, mine)
    desk, path = house.browser(sun), f"/desk/conversations/{the_conversation(house).public_id}"
    listed = read_on(desk, "/desk")
    before = desk.get(path).status_code
    desk.send(f"{path}/take", seen_on="/desk")
    shown = read_on(desk, path)

    desk.send(f"{path}/say", {"words": "Not in the sun: it spoils."}, seen_on=path)
    desk.send(f"{path}/guide", {"guide": version.guide.public_id}, seen_on=path)
    desk.send(f"{path}/times", {"regimen": "rg_insulin"}, seen_on=path)
    desk.send(f"{path}/end", seen_on=path)
    answered = read_on(anna, mine)
    anna.send(f"{mine}/rate", {"rating": "5"}, seen_on=mine)

    assert "You are next." in waiting
    assert house.anna.name not in listed
    assert "in the sun" not in listed
    assert before == 404
    assert "May it stand in the sun?" in shown
    assert "Not in the sun: it spoils." in answered
    assert "Source: guide, version 1" in answered
    assert "Source: your doctor's prescription in force then" in answered
    assert "very good" in read_on(anna, mine)
    with reading(house.engine) as session:
        query = select(AuditEntry.action).where(AuditEntry.action.startswith("desk.")).order_by(AuditEntry.id)
        acts = session.scalars(query).all()
    assert acts == [
        "desk.asked", "desk.taken", "desk.answered", "desk.sent_guide", "desk.sent_times", "desk.ended"
    ]  # fmt: skip


def test_the_patient_hears_once_that_there_is_an_answer_and_not_what_it_is(house: House, sun: Person) -> None:
    desk, path = serving(house, sun)

    for words in ("Not in the sun: it spoils.", "Nor in the car."):
        desk.send(f"{path}/say", {"words": words}, seen_on=path)
    house.beat()

    told = [said.text for said in house.outbox if "question to the pharmacist" in said.text]
    assert len(told) == 1
    assert "sun" not in told[0]


def test_own_words_about_a_dose_are_refused_and_say_what_to_do(house: House, sun: Person) -> None:
    desk, path = serving(house, sun)

    answer = desk.send(f"{path}/say", {"words": "Take 2 units more tonight."}, seen_on=path)

    assert answer.status_code == 422
    assert "hand it over to the doctor" in words_of(answer.get_data(as_text=True))
    with reading(house.engine) as session:
        assert len(session.scalars(select(ConversationLine)).all()) == 1


def test_handed_over_the_doctor_reads_it_behind_the_task(house: House, sun: Person) -> None:
    desk, path = serving(house, sun)

    desk.send(f"{path}/hand-over", seen_on=path)
    tasks = read_on(house.browser(house.doctor), "/doctor/tasks")
    transcript = read_on(house.browser(house.doctor), f"/clinic/patients/{house.anna.public_id}/consultations")
    strangers = house.browser(house.other_doctor).get(f"/clinic/patients/{house.anna.public_id}/consultations")

    assert "A pharmacist hands a question over to you" in tasks
    assert "May it stand in the sun?" in transcript
    assert strangers.status_code == 404
    assert desk.get(path).status_code == 404


def test_only_who_holds_the_conversation_opens_it_and_only_while_the_lease_runs(house: House, sun: Person) -> None:
    desk, path = serving(house, sun)
    moon = add_pharmacist(house, "Moon")
    house.give_login(moon, "moon")

    of_another = house.browser(moon).get(path).status_code
    own = desk.get(path).status_code
    house.clock.advance(seconds=LEASE.total_seconds())
    after = house.browser(sun).get(path).status_code

    assert (of_another, own, after) == (404, 200, 404)


def test_another_patient_sees_nothing_of_it(house: House, sun: Person) -> None:
    mine = ask(house, house.browser(house.anna))
    with writing(house.engine) as session:
        zoe = house.add(session, Role.PATIENT, "Zoe", None)
    house.give_login(zoe, "zoe")

    assert house.browser(zoe).get(mine).status_code == 404


def test_what_is_written_later_is_looked_through_too_and_kept(house: House, sun: Person) -> None:
    anna = house.browser(house.anna)
    mine = ask(house, anna)

    page = words_of(anna.send(f"{mine}/say", {"words": "Now I cannot breathe"}, seen_on=mine).get_data(as_text=True))

    assert "Call the emergency number now." in page
    with reading(house.engine) as session:
        assert len(session.scalars(select(ConversationLine)).all()) == 2


def test_outside_its_hours_the_page_says_when_it_opens(house: House, sun: Person) -> None:
    house.clock.advance(hours=6)  # 16:30 in London, half past midnight in Shanghai

    page = words_of(house.browser(house.anna).send("/ask", {"none": "yes"}).get_data(as_text=True))

    assert "closed until" in page
    assert "09:00–21:00" in page


def test_a_question_that_ended_takes_no_more_words(house: House, sun: Person) -> None:
    anna = house.browser(house.anna)
    mine = ask(house, anna)

    anna.send(f"{mine}/end", seen_on=mine)
    answer = anna.send(f"{mine}/say", {"words": "One more"}, seen_on="/ask")

    assert answer.location == "/ask"
    assert the_conversation(house).state == State.CLOSED
