"""Anna's own pages: what to take now, answering it, taking an answer back, and reading a change."""

from datetime import timedelta
from decimal import Decimal

import pytest

from companion.advice.deciding.acts import Decision
from companion.advice.models import Suggestion
from companion.care.regimens import Regimen
from companion.db import writing
from companion.readings.amendments import Amendment
from companion.reminders.doses.dose_life import LAST_CALL
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.web.identifiers import dose_id, reading_id
from tests.web.conftest import FORM_TOKEN
from tests.web.loop.house import House
from tests.world import FASTING


def due_dose(house: House, **changed: object) -> Dose:
    """A dose of 08:00 that Anna was reminded of at 08:00; it is ten past now."""
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe(**changed)  # type: ignore[arg-type]
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:10")
    house.beat()
    return house.all(Dose, state=DoseState.DUE.value)[0]


def name_of(house: House, dose: Dose) -> str:
    with writing(house.engine) as session:
        return dose_id(session.get_one(Dose, dose.id))


def answer(house: House, dose: Dose, said: str, **more: str) -> str:
    form = {"dose": name_of(house, dose), "answer": said, **more}
    response = house.browser(house.anna).send("/today/answer", form, seen_on="/today")
    assert response.status_code == 302
    return str(house.only(Dose, id=dose.id).state)


def approved(house: House, *fasting: int) -> tuple[Regimen, Suggestion]:
    """A change that Dr. Roth approved and that Anna has not read."""
    regimen, _plan = house.titration()
    house.fast(*fasting)
    suggestion = house.only(Suggestion)
    house.decide(suggestion, house.act(suggestion, Decision.APPROVED))
    return regimen, suggestion


def test_the_card_says_what_to_take_now(house: House) -> None:
    due_dose(house, drug="Metformin", drug_class="metformin", unit="mg", amount="500")

    page = house.page(house.anna, "/today")

    assert "Metformin" in page
    assert "500" in page
    assert "I took it" in page


def test_a_tap_writes_down_that_it_was_taken(house: House) -> None:
    dose = due_dose(house)

    state = answer(house, dose, "taken")

    assert state == "taken"
    assert house.only(Dose, id=dose.id).answered_via == "page"


def test_later_calls_again_in_ten_minutes_but_leaves_time_to_answer(house: House) -> None:
    dose = due_dose(house, grace_minutes=20)

    state = answer(house, dose, "later")

    assert state == "snoozed"
    assert house.only(Dose, id=dose.id).snoozed_until == dose.window_ends_at - LAST_CALL


def test_later_is_refused_in_words_when_no_time_is_left_for_another_call(house: House) -> None:
    dose = due_dose(house, grace_minutes=15)

    browser = house.browser(house.anna)
    browser.send("/today/answer", {"dose": name_of(house, dose), "answer": "later"}, seen_on="/today")

    assert house.only(Dose, id=dose.id).state == "due"
    assert "no time for another reminder" in browser.get("/today").get_data(as_text=True)


def test_a_dose_left_out_keeps_its_reason(house: House) -> None:
    dose = due_dose(house)

    state = answer(house, dose, "skip", reason="unwell")

    assert state == "skipped"
    assert house.only(Dose, id=dose.id).note == "unwell"


@pytest.mark.parametrize("form", [{"answer": "eaten"}, {"answer": "skip", "reason": "<b>"}])
def test_an_answer_nobody_offered_is_refused(house: House, form: dict[str, str]) -> None:
    dose = due_dose(house)
    browser = house.browser(house.anna)

    response = browser.send("/today/answer", {"dose": name_of(house, dose), **form}, seen_on="/today")

    assert response.status_code == 400
    assert house.only(Dose, id=dose.id).state == "due"


def test_a_missed_dose_can_be_answered_for_two_days(house: House) -> None:
    dose = due_dose(house)
    house.clock.advance(hours=47)
    house.beat()
    assert "Not answered yet" in house.page(house.anna, "/today")

    state = answer(house, dose, "taken")

    assert state == "taken"


def test_a_dose_of_somebody_else_is_not_found(house: House) -> None:
    dose = due_dose(house)
    browser = house.browser(house.anna)
    with writing(house.engine) as session:
        session.get_one(Dose, dose.id).patient_id = house.other_doctor.id
        session.get_one(Dose, dose.id).state = "due"

    response = browser.send("/today/answer", {"dose": name_of(house, dose), "answer": "taken"}, seen_on="/today")

    assert response.status_code == 404


def test_a_pending_suggestion_is_nowhere_on_the_patients_pages(house: House) -> None:
    house.titration()
    house.fast(150, 148, 155)
    assert house.only(Suggestion).state == "pending"

    pages = [FORM_TOKEN.sub("", house.page(house.anna, path)) for path in ("/today", "/medicines", "/readings")]

    assert not any("18" in page.split("<main")[1].split("</main")[0].replace("2018", "") for page in pages[:2])
    assert not any("proposed" in page or "suggest" in page.lower() for page in pages)


def test_of_a_decrease_the_old_amount_is_shown_nowhere(house: House) -> None:
    dose = due_dose(house)
    house.note_facts()
    house.sign_plan(house.only(Regimen))
    house.measure(66, hours_ago=1)
    suggestion = house.only(Suggestion)
    house.decide(suggestion, house.act(suggestion, Decision.APPROVED))

    pages = [house.page(house.anna, path) for path in ("/today", "/medicines")]

    assert dose.amount == Decimal(16)
    assert "now 14" in pages[0]
    assert not any("16" in page.split("<main")[1].split("</main")[0] for page in pages)
    assert "I took it" not in pages[0]


def test_a_changed_dose_cannot_be_noted_as_taken_before_it_was_read(house: House) -> None:
    dose = due_dose(house)
    house.note_facts()
    house.sign_plan(house.only(Regimen))
    house.measure(66, hours_ago=1)
    suggestion = house.only(Suggestion)
    house.decide(suggestion, house.act(suggestion, Decision.APPROVED))

    state = answer(house, dose, "taken")

    assert state == "due"


def test_one_tap_says_that_a_value_was_fasting_and_the_plan_runs(house: House) -> None:
    house.titration()
    house.measure(150, hours_ago=51, meal=FASTING)
    house.measure(148, hours_ago=27, meal=FASTING)
    house.measure(155, hours_ago=3)
    assert "fasting" in house.page(house.anna, "/today")
    newest = house.readings()[-1]

    house.browser(house.anna).send("/today/meal", {"reading": reading_id(newest), "meal": "fasting"}, seen_on="/today")

    assert house.only(Amendment).new == "fasting"
    assert house.only(Suggestion).to_amount == Decimal(18)
    assert "Was it before eating" not in house.page(house.anna, "/today")


def test_a_value_older_than_two_days_is_not_asked_about(house: House) -> None:
    house.measure(155, hours_ago=49)

    page = house.page(house.anna, "/today")

    assert "Was it before eating" not in page


@pytest.mark.parametrize(
    ("mg_dl", "instruction"),
    [(53, "Take 15 g of sugar"), (69, "Take 15 g of sugar"), (300, "Your sugar is very high")],
)
def test_a_dangerous_value_comes_with_what_to_do(house: House, mg_dl: int, instruction: str) -> None:
    house.sign_instructions()
    house.measure(mg_dl)

    pages = house.page(house.anna, "/today") + house.page(house.anna, "/urgent")

    assert instruction in pages


def test_without_a_signed_text_a_dangerous_value_comes_with_whom_to_call(house: House) -> None:
    house.measure(300)

    page = house.page(house.anna, "/today")

    assert "needs attention. Please call +4930123456 now." in page
    assert "Drink water" not in page


@pytest.mark.parametrize("mg_dl", [70, 299])
def test_a_value_inside_the_limits_raises_no_alarm(house: House, mg_dl: int) -> None:
    house.measure(mg_dl)

    page = house.page(house.anna, "/today")

    assert "Do this now" not in page


def test_an_instruction_is_over_after_a_better_value(house: House) -> None:
    house.measure(50, hours_ago=0.3)
    house.measure(95)

    page = house.page(house.anna, "/today")

    assert "Do this now" not in page


def test_nobody_watches_and_whom_to_call_stand_on_the_page(house: House) -> None:
    page = house.page(house.anna, "/today")

    assert "Nobody watches these values live" in page
    assert 'href="tel:+4930123456"' in page


def test_the_week_says_every_dose_in_words(house: House) -> None:
    regimen = house.prescribe()
    house.log_doses(regimen, DoseState.TAKEN, DoseState.MISSED, DoseState.SKIPPED)

    page = house.page(house.anna, "/today")

    for words in ("08:00 Glargine: taken", "08:00 Glargine: missed", "08:00 Glargine: skipped"):
        assert words in page


def test_medicines_say_who_prescribed_them_and_when_to_take_them(house: House) -> None:
    house.prescribe(drug="Amlodipine", drug_class="dhp_ccb", unit="mg", amount="5")

    page = house.page(house.anna, "/medicines")

    assert "Amlodipine" in page
    assert "5 mg every morning" in page
    assert "Dr. Roth" in page


def test_a_snooze_is_over_when_the_window_is(house: House) -> None:
    dose = due_dose(house)
    house.clock.instant = dose.window_ends_at + timedelta(minutes=1)

    state = answer(house, dose, "later")

    assert state == "due"
