"""Answering on the cards of today and on the page of one dose: together, one by one, later, back in time, corrected."""

from datetime import timedelta
from decimal import Decimal

import pytest
from werkzeug.test import TestResponse

from companion.advice.models import Suggestion
from companion.care.regimens import Regimen
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import DoseState, Taken
from companion.reminders.doses.models import Dose, DoseEvent
from companion.web.identifiers import dose_id
from tests.web.loop.house import House
from tests.web.loop.test_api import Program, problem

EIGHT = "2026-03-05 08:00"


def due_doses(house: House, *drugs: str) -> list[Dose]:
    """Medicines of 08:00 that Anna was reminded of; it is ten past."""
    house.clock.instant = house.local("2026-03-05 07:00")
    for drug in drugs or ("Glargine",):
        house.prescribe(public_id=f"rg_{drug}", drug=drug, amount="2", unit="tablet")
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:10")
    house.beat()
    return house.all(Dose, state=DoseState.DUE.value)


def name_of(house: House, dose: Dose) -> str:
    with writing(house.engine) as session:
        return dose_id(session.get_one(Dose, dose.id))


def send(house: House, dose: Dose, **form: str) -> TestResponse:
    """What is said on the dose's own page."""
    return house.browser(house.anna).send(f"/today/doses/{name_of(house, dose)}", form)


def now_of(house: House, dose: Dose) -> Dose:
    return house.only(Dose, id=dose.id)


def told(house: House, response: TestResponse) -> str:
    return response.get_data(as_text=True)


# The cards


def test_medicines_of_one_time_are_answered_together(house: House) -> None:
    first, second = due_doses(house, "Glargine", "Metformin")
    both = {"dose": [name_of(house, first), name_of(house, second)], "answer": "taken"}

    house.browser(house.anna).send("/today/answer", both, seen_on="/today")

    assert {now_of(house, dose).state for dose in (first, second)} == {"taken"}


def test_medicines_of_one_time_are_answered_one_by_one(house: House) -> None:
    first, second = due_doses(house, "Glargine", "Metformin")
    browser = house.browser(house.anna)

    for dose, said in ((first, "taken"), (second, "skip")):
        browser.send("/today/answer", {"dose": name_of(house, dose), "answer": said}, seen_on="/today")

    assert [now_of(house, dose).state for dose in (first, second)] == ["taken", "skipped"]


def test_a_card_of_several_medicines_offers_each_by_itself(house: House) -> None:
    due_doses(house, "Glargine", "Metformin")

    page = house.page(house.anna, "/today")

    assert page.count('name="answer" value="taken"') == 3
    assert "I took all of it" in page


@pytest.mark.parametrize("minutes", ["10", "30"])
def test_later_is_as_late_as_was_chosen(house: House, minutes: str) -> None:
    (dose,) = due_doses(house)
    form = {"dose": name_of(house, dose), "answer": "later", "minutes": minutes}

    house.browser(house.anna).send("/today/answer", form, seen_on="/today")

    assert now_of(house, dose).snoozed_until == house.now + timedelta(minutes=int(minutes))


def test_no_other_wait_is_offered(house: House) -> None:
    (dose,) = due_doses(house)
    form = {"dose": name_of(house, dose), "answer": "later", "minutes": "500"}

    response = house.browser(house.anna).send("/today/answer", form, seen_on="/today")

    assert response.status_code == 400
    assert now_of(house, dose).state == "due"


def test_what_was_left_out_keeps_its_reason_and_the_patients_words(house: House) -> None:
    (dose,) = due_doses(house)
    form = {"dose": name_of(house, dose), "answer": "skip", "reason": "other", "remark": "fell on the floor"}

    house.browser(house.anna).send("/today/answer", form, seen_on="/today")

    kept = now_of(house, dose)
    assert (kept.state, kept.note, kept.remark) == ("skipped", "other", "fell on the floor")


def test_a_missed_dose_that_was_taken_on_time_says_so(house: House) -> None:
    (dose,) = due_doses(house)
    house.clock.instant = house.local("2026-03-05 11:00")
    house.beat()
    form = {"dose": name_of(house, dose), "answer": "on_time"}

    house.browser(house.anna).send("/today/answer", form, seen_on="/today")

    kept = now_of(house, dose)
    assert (kept.state, kept.taken_at, kept.answered_at, kept.is_late) == ("taken", dose.due_at, house.now, True)


def test_an_answer_by_text_can_be_taken_back_on_the_page(house: House) -> None:
    (dose,) = due_doses(house)
    house.text("1")
    assert "take it back" in house.page(house.anna, "/today")

    house.browser(house.anna).send("/today/undo", {"dose": name_of(house, dose)}, seen_on="/today")

    assert now_of(house, dose).state == "due"
    assert [event.event for event in house.all(DoseEvent)] == ["due", "taken", "undo"]


def test_after_its_time_an_answer_is_corrected_and_no_longer_taken_back(house: House) -> None:
    (dose,) = due_doses(house)
    house.text("1")
    house.clock.instant = house.local("2026-03-05 09:01")
    page = house.page(house.anna, "/today")

    response = house.browser(house.anna).send("/today/undo", {"dose": name_of(house, dose)}, seen_on="/today")

    assert "take it back" not in page
    assert "Change an answer of the last two days" in page
    assert response.status_code == 302
    assert now_of(house, dose).state == "taken"


# One dose


def test_when_it_was_taken_can_be_said_later(house: House) -> None:
    (dose,) = due_doses(house)
    house.clock.instant = house.local("2026-03-06 10:00")
    house.beat()

    response = send(house, dose, answer="taken", taken_on="2026-03-05", taken_time="08:10")

    kept = now_of(house, dose)
    assert response.status_code == 302
    assert (kept.state, kept.taken_at, kept.is_late) == ("taken", house.local("2026-03-05 08:10"), True)


@pytest.mark.parametrize(
    ("on", "time", "why"),
    [
        ("2026-03-05", "23:00", "still to come"),
        ("2026-03-04", "19:59", "the dose before"),
        ("2026-03-01", "08:00", "the dose before"),
    ],
)
def test_a_time_that_cannot_be_is_refused_at_its_field(house: House, on: str, time: str, why: str) -> None:
    (dose,) = due_doses(house)

    response = send(house, dose, answer="taken", taken_on=on, taken_time=time)

    assert response.status_code == 422
    assert why in told(house, response)
    assert now_of(house, dose).state == "due"


def test_a_time_of_the_next_dose_is_refused(house: House) -> None:
    (dose,) = due_doses(house)
    house.clock.instant = house.local("2026-03-06 09:00")
    house.beat()

    response = send(house, dose, answer="taken", taken_on="2026-03-06", taken_time="08:30")

    assert "it was the next dose" in told(house, response)
    assert now_of(house, dose).state == "missed"


@pytest.mark.parametrize("form", [{"taken_time": "8 o'clock"}, {"amount": "-1"}, {"amount": "0"}, {"amount": "two"}])
def test_what_is_no_time_or_amount_is_asked_for_again(house: House, form: dict[str, str]) -> None:
    (dose,) = due_doses(house)

    response = send(house, dose, answer="taken", taken_on="2026-03-05", **form)

    assert response.status_code == 422
    assert now_of(house, dose).state == "due"


@pytest.mark.parametrize(("amount", "kept"), [("2", None), ("1", Decimal(1)), ("0.5", Decimal("0.5"))])
def test_another_amount_is_kept(house: House, amount: str, kept: Decimal | None) -> None:
    (dose,) = due_doses(house)

    send(house, dose, answer="taken", amount=amount)

    assert now_of(house, dose).amount_taken == kept
    assert house.all(Task) == []


def test_more_than_prescribed_is_kept_and_the_clinic_calls(house: House) -> None:
    (dose,) = due_doses(house)

    send(house, dose, answer="taken", amount="4")

    assert now_of(house, dose).amount_taken == Decimal(4)
    assert house.only(Task).kind == TaskKind.TOOK_MORE
    queue = house.page(house.doctor, "/doctor/tasks")
    assert "more was taken than prescribed" in queue
    assert "Glargine, 2026-03-05 08:00" in queue


def test_an_answer_is_corrected_for_two_days_and_the_history_keeps_both(house: House) -> None:
    (dose,) = due_doses(house)
    house.text("1")
    house.clock.instant = house.local(EIGHT) + timedelta(hours=48)

    response = send(house, dose, answer="skip", reason="unwell", was_answered="yes")

    kept = now_of(house, dose)
    assert response.status_code == 302
    assert (kept.state, kept.note, kept.taken_at) == ("skipped", "unwell", None)
    assert [(event.event, event.via) for event in house.all(DoseEvent, dose_id=dose.id)] == [
        ("due", "clock"),
        ("taken", "sms"),
        ("skipped", "page"),
    ]


def test_after_two_days_the_clinic_is_told_instead(house: House) -> None:
    (dose,) = due_doses(house)
    house.text("1")
    house.clock.instant = house.local(EIGHT) + timedelta(hours=48, minutes=1)
    page = house.page(house.anna, f"/today/doses/{name_of(house, dose)}")

    response = send(house, dose, answer="skip", was_answered="yes")

    assert 'value="taken"' not in page
    assert "more than two days ago" in told(house, response)
    assert now_of(house, dose).state == "taken"


def test_what_was_answered_since_the_page_was_shown_is_told_and_not_overwritten(house: House) -> None:
    (dose,) = due_doses(house)
    house.text("1")

    response = send(house, dose, answer="skip", reason="unwell")

    assert response.status_code == 422
    assert "answered already" in told(house, response)
    assert now_of(house, dose).state == "taken"


def test_the_page_of_a_dose_tells_everything_that_happened(house: House) -> None:
    (dose,) = due_doses(house)
    send(house, dose, answer="taken", taken_on="2026-03-05", taken_time="08:05", amount="1")
    send(house, dose, answer="skip", reason="other", remark="it fell", was_answered="yes")

    page = house.page(house.anna, f"/today/doses/{name_of(house, dose)}")

    for words in ("taken at 08:05", "1 tablet", "Another reason", "it fell", "on this page", "by the clock"):
        assert words in page


def test_a_dose_that_is_still_to_come_cannot_be_answered(house: House) -> None:
    due_doses(house)
    tomorrow = house.all(Dose, state=DoseState.PLANNED.value)[0]

    page = house.page(house.anna, f"/today/doses/{name_of(house, tomorrow)}")
    response = send(house, tomorrow, answer="taken")

    assert "can be answered from its time on" in page
    assert "not due yet" in told(house, response)


@pytest.mark.parametrize("who", ["doctor", "ben", "stranger"])
def test_nobody_else_answers(house: House, who: str) -> None:
    (dose,) = due_doses(house)

    response = house.browser(getattr(house, who)).get(f"/today/doses/{name_of(house, dose)}")

    assert response.status_code in (403, 404)


def test_the_doctor_learns_of_a_correction_in_what_is_counted(house: House) -> None:
    (dose,) = due_doses(house)
    with writing(house.engine) as session:
        answer_dose(session, dose.id, Taken(), actor_id=house.anna.id, via="page", now=house.now)

    send(house, dose, answer="skip", was_answered="yes")

    assert now_of(house, dose).state == "skipped"
    assert now_of(house, dose).answered_at == house.now


# A change that was not read yet


def lowered(house: House) -> Dose:
    """The dose of 08:00; a doctor has lowered its amount since, and Anna has not read that."""
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:10")
    house.beat()
    house.note_facts()
    house.sign_plan(house.only(Regimen))
    house.measure(66, hours_ago=1)
    suggestion = house.only(Suggestion)
    house.decide(suggestion, house.act(suggestion))
    return house.only(Dose, state=DoseState.DUE.value)


def test_the_page_of_a_dose_asks_to_read_a_change_first(house: House) -> None:
    dose = lowered(house)

    page = told(house, send(house, dose, answer="taken"))

    assert "Read the change first" in page
    assert now_of(house, dose).state == "due"


def test_the_page_of_a_missed_dose_does_not_repeat_the_amount_that_was_lowered(house: House) -> None:
    dose = lowered(house)
    house.clock.instant = house.local("2026-03-05 09:05")
    house.beat()

    page = house.page(house.anna, f"/today/doses/{name_of(house, dose)}")

    assert now_of(house, dose).state == "missed"
    assert "<h1>Glargine </h1>" in page
    assert 'value="16"' not in page


def test_what_was_left_out_can_be_corrected_though_a_change_is_not_read(house: House) -> None:
    dose = lowered(house)
    send(house, dose, answer="skip")

    send(house, dose, answer="taken", was_answered="yes")

    assert now_of(house, dose).state == "taken"


def test_a_correction_by_api_is_no_way_round_a_change_that_is_not_read(house: House) -> None:
    dose = lowered(house)

    response = Program(house, house.anna).post(f"/doses/{name_of(house, dose)}/correction", {"answer": "taken"})

    assert problem(response) == (409, "change_not_read")
    assert now_of(house, dose).state == "due"
