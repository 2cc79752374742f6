"""A changed dose is read and said back: on Anna's page, by the link of a reminder, by text, and on the telephone."""

import re

import pytest

from companion.care.audit import AuditEntry
from companion.care.change_answers import ChangeAnswer
from companion.care.due_work import DueWork
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, awaiting_confirmation
from companion.care.tasks import Task
from companion.db import writing
from companion.reminders.doses.one_tap import one_tap_link
from tests.approvals import approve_decrease, approve_increase, change_of, held, newest, open_tasks
from tests.web.conftest import Browser
from tests.web.loop.house import House
from tests.web.page_words import main_of, words_of

SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')
RADIO = re.compile(r'<input type="radio" name="(\w+)" value="([^"]+)"([^>]*)>')


def address(house: House) -> str:
    return f"/today/changes/{house.only(Regimen).public_id}"


def answer(house: House, path: str | None = None, **said: str) -> str:
    """Anna opens the question and answers; the page she comes to."""
    where = path or address(house)
    browser = house.browser(house.anna)
    seen = SEEN.search(browser.get(where).get_data(as_text=True))
    assert seen is not None
    response = browser.send(where, {"seen": seen.group(1), **said})
    page = browser.get(response.location) if response.location else response
    return page.get_data(as_text=True)


def test_the_change_is_told_in_plain_words_with_its_first_day(house: House) -> None:
    approve_increase(house)

    page = house.page(house.anna, "/today")

    assert "From 16 units to 18 units" in page
    assert "It starts with the next dose, on Mar 5, 2026." in page
    assert "Dr. Roth" in page
    assert newest(house).read_at == house.now


def test_the_question_does_not_say_the_answer_and_nothing_is_chosen_beforehand(house: House) -> None:
    approve_increase(house)

    page = main_of(house.page(house.anna, address(house)))

    offered = RADIO.findall(page)
    assert {value for name, value, _ in offered if name == "amount"} == {"14", "16", "18", "20"}
    assert [value for name, value, _ in offered if name == "start_on"] == ["2026-03-04", "2026-03-05", "2026-03-06"]
    assert not any("checked" in more for _, _, more in offered)
    assert len(re.findall(r"\b18\b", SEEN.sub("", page))) == 2  # the value of one choice, and its words


def test_what_is_chosen_rightly_lets_the_increase_hold(house: House) -> None:
    approve_increase(house)

    page = answer(house, amount="18", start_on="2026-03-05")

    assert "That is right." in page
    assert held(house) == 18
    assert awaiting_confirmation(house.only(Regimen)) is None
    assert house.all(AuditEntry, action="confirmed_change")
    assert house.all(DueWork, kind="plan")[0].next_check_at <= house.now


@pytest.mark.parametrize("typed", ["18", "18 U", "18,0", "１８"])
def test_what_is_written_rightly_does_so_too(house: House, typed: str) -> None:
    approve_increase(house)

    page = answer(house, typed_amount=typed, typed_on="2026-03-05")

    assert "That is right." in page
    assert held(house) == 18


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "Say how much."),
        ({"amount": "18"}, "Say from which day."),
        ({"start_on": "2026-03-05"}, "Say how much."),
        ({"typed_amount": "eighteen", "typed_on": "2026-03-05"}, "Say how much."),
        ({"typed_amount": "18"}, "Say from which day."),
    ],
)
def test_half_an_answer_is_no_wrong_one(house: House, said: dict[str, str], told: str) -> None:
    approve_increase(house)

    page = answer(house, **said)

    assert told in page
    assert house.all(ChangeAnswer) == []


def test_a_wrong_answer_is_asked_again_gently_and_the_next_one_brings_somebody_to_call(house: House) -> None:
    approve_increase(house)

    again = answer(house, amount="20", start_on="2026-03-05")
    enough = answer(house, amount="16", start_on="2026-03-05")

    assert "Not quite. Please read the change once more" in again
    assert "How much do you take from now on?" in again
    assert "Somebody from the clinic will call you." in enough
    assert open_tasks(house) == ["teach_back"]
    assert held(house) == 16


def test_a_page_that_asked_about_another_first_day_counts_as_no_answer(house: House) -> None:
    approve_increase(house)
    browser = house.browser(house.anna)
    seen = SEEN.search(browser.get(address(house)).get_data(as_text=True))
    assert seen is not None
    house.clock.advance(hours=24)
    house.beat()

    browser = house.browser(house.anna)
    response = browser.send(
        address(house), {"seen": seen.group(1), "amount": "18", "start_on": "2026-03-05"}, seen_on="/today"
    )

    assert response.location == "/today"
    assert "Please read it again" in browser.get("/today").get_data(as_text=True)
    assert house.all(ChangeAnswer) == []


def test_without_a_change_there_is_nothing_to_ask(house: House) -> None:
    house.prescribe()

    response = house.browser(house.anna).get(address(house))

    assert response.status_code == 404


# On the telephone


def test_a_nurse_tells_asks_and_writes_down_what_the_patient_says(house: House) -> None:
    approve_decrease(house)
    where = f"/clinic/patients/{house.anna.public_id}/changes/{house.only(Regimen).public_id}"
    page = house.page(house.doctor, where)
    seen = SEEN.search(page)
    assert seen is not None

    browser = house.browser(house.doctor)
    wrong = browser.send(where, {"seen": seen.group(1), "amount": "15", "start_on": "2026-03-05"})
    told = browser.get(wrong.location).get_data(as_text=True)
    right = browser.send(where, {"seen": seen.group(1), "amount": "14 U", "start_on": "2026-03-05"})

    assert "now 14" in page
    assert "16" not in words_of(main_of(page)).replace(house.anna.phone or "", "")
    assert "Tell it once more, and ask again." in told
    assert right.location == f"/clinic/patients/{house.anna.public_id}"
    assert [(each.via, each.noted_by, each.heard) for each in house.all(ChangeAnswer)] == [
        ("call", house.doctor.id, "wrong"),
        ("call", house.doctor.id, "right"),
    ]
    assert open_tasks(house) == []


def test_a_doctor_of_somebody_else_writes_nothing_down(house: House) -> None:
    approve_decrease(house)

    response = house.browser(house.other_doctor).get(
        f"/clinic/patients/{house.anna.public_id}/changes/{house.only(Regimen).public_id}"
    )

    assert response.status_code in (403, 404)


# By text


@pytest.mark.parametrize(
    ("texts", "echoes", "amount"),
    [
        (["18 tomorrow"], ["Thank you, that is right."], 18),
        (["18 U tomorrow."], ["Thank you, that is right."], 18),
        (["18 明天"], ["Thank you, that is right."], 18),
        (["18", "tomorrow"], ["Thank you, the dose is right.", "Thank you, that is right."], 18),
        (["16 tomorrow"], ["Not quite."], 16),
        (["20", "14 today"], ["Not quite.", "That is not the new dose."], 16),
        (["158"], ["We did not understand."], 16),
        (["tomorrow"], ["We did not understand."], 16),
        (["18 soon"], ["We did not understand."], 16),
    ],
)
def test_a_text_says_a_change_back_and_no_echo_names_an_amount(
    house: House, texts: list[str], echoes: list[str], amount: int
) -> None:
    approve_increase(house)

    said = []
    for text in texts:
        house.text(text)
        said += house.beat()
        house.clock.advance(minutes=2)

    assert [text.text.split(".")[0] + "." for text in said] == echoes
    assert held(house) == amount
    assert not any(re.search(r"\b(14|16|18|20)\b", text.text) for text in said)


def test_a_digit_that_answers_a_dose_says_no_change_back(house: House) -> None:
    approve_increase(house)

    house.text("1")

    assert house.all(ChangeAnswer) == []


# By the link of a reminder


def tap_in(house: House, *, names: bool = False) -> Browser:
    """A browser that came by the link of the reminder of the next morning."""
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()
    with writing(house.engine) as session:
        session.get_one(Person, house.anna.id).names_medicines = names
        link = one_tap_link(session, house.anna.id, house.now, house.now)
    browser = Browser(house.app)
    browser.get(link)
    return browser


@pytest.mark.parametrize("names", [True, False])
def test_by_the_link_of_a_reminder_the_change_is_read_and_said_back_without_naming_the_medicine(
    house: House, names: bool
) -> None:
    approve_decrease(house)
    browser = tap_in(house, names=names)

    page = browser.get("/tap").get_data(as_text=True)
    browser.send("/tap/read", seen_on="/tap")
    question = browser.get("/tap/change").get_data(as_text=True)
    seen = SEEN.search(question)
    assert seen is not None
    browser.send("/tap/change", {"seen": seen.group(1), "amount": "14", "start_on": "2026-03-05"})
    after = browser.get("/tap").get_data(as_text=True)

    assert "now 14" in page
    assert ("Glargine" in page) is names
    assert not any("16" in words_of(each) for each in (page, question, after))
    assert "I took it" not in page
    assert "That is right." in after
    assert "I took it" in after
    assert house.only(ChangeAnswer).via == "link"


def test_where_two_medicines_are_due_a_link_only_leads_to_the_sign_in(house: House) -> None:
    approve_decrease(house)
    house.prescribe(public_id="rg_2", drug="Metformin", drug_class="metformin", unit="mg", amount="500")
    house.beat()
    browser = tap_in(house)

    page = browser.get("/tap").get_data(as_text=True)
    question = browser.get("/tap/change")

    assert "Read the change first: sign in" in page
    assert question.status_code == 410


def test_the_change_is_known_to_be_opened_once_the_question_is_asked(house: House) -> None:
    approve_decrease(house)
    browser = tap_in(house)
    before = newest(house).read_at

    browser.send("/tap/read", seen_on="/tap")

    assert (before, newest(house).read_at) == (None, house.now)
    assert change_of(house).is_decrease
    assert house.all(Task)[-1].done_at is None
    assert len(house.all(RegimenRevision)) == 2
