"""Whose a value is, and whether two records are one measurement: said on a page, kept with a trace."""

import pytest

from companion.advice.models import Suggestion
from companion.care.audit import AuditEntry
from companion.care.consent import Scope
from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.devices.uploaded_files import UploadedFile
from companion.readings.amendments import WhyNot, amended, counted
from companion.readings.links import ReadingLink
from companion.readings.reading import Metric
from companion.web.identifiers import reading_id
from tests.web.loop.house import House
from tests.web.loop.test_upload import send


@pytest.fixture
def otto(house: House) -> Person:
    """Another patient of Dr. Roth."""
    with writing(house.engine) as session:
        otto = house.add(session, Role.PATIENT, "Otto Gast", None)
        house.link(session, otto, house.doctor, Scope.CARE)
    house.give_login(otto, "otto")
    return otto


@pytest.fixture
def linked(house: House) -> House:
    """One value by Bluetooth, and again in a file that Anna sent."""
    house.download(house.payloads(120, house.local("2026-03-04 10:00")))
    browser = house.browser(house.anna)
    content = b"time,glucose (mg/dL)\n2026-03-04 10:00,120\n"
    browser.send(send(browser, content).location, {"step": "take"})
    return house


def values(house: House, patient: Person) -> list[str]:
    found = house.stores.readings.between(patient.public_id, Metric.GLUCOSE, house.now.replace(year=2020), house.now)
    with reading(house.engine) as session:
        return [str(one.value) for one in counted(amended(session, patient.public_id, found))]


def one_reading(house: House, which: int = 0) -> str:
    """The page of that one of Anna's values, as she sees it."""
    return house.page(house.anna, f"/readings/one/{reading_id(house.readings()[which])}")


def say(house: House, person: Person, mine: str) -> int:
    form = {"reading": reading_id(house.readings()[0]), "mine": mine}
    return house.browser(person).send("/readings/whose", form, seen_on="/readings/all").status_code


def test_a_value_that_is_not_mine_is_struck_through_until_i_say_otherwise(house: House) -> None:
    house.measure(300, hours_ago=1)

    aside = say(house, house.anna, "no")
    page = one_reading(house)
    without = values(house, house.anna)
    back = say(house, house.anna, "yes")

    assert (aside, back) == (302, 302)
    assert "somebody else" in page
    assert "It is mine" in page
    assert (without, values(house, house.anna)) == ([], ["300"])


def test_nobody_sets_aside_the_value_of_another(house: House, otto: Person) -> None:
    house.measure(300, hours_ago=1)

    status = say(house, otto, "no")

    assert status == 404
    assert values(house, house.anna) == ["300"]


def test_the_list_says_that_a_value_came_twice_and_the_patient_parts_the_two(linked: House) -> None:
    link = linked.only(ReadingLink)
    page = one_reading(linked, -1)
    browser = linked.browser(linked.anna)

    browser.send(f"/readings/links/{link.id}", {"two": "yes"}, seen_on="/readings/all")
    parted = values(linked, linked.anna)
    browser.send(f"/readings/links/{link.id}", {"two": "no"}, seen_on="/readings/all")

    assert "counted once already" in page
    assert "Count both" in page
    assert (parted, values(linked, linked.anna)) == (["120", "120"], ["120"])
    assert [e.action for e in linked.all(AuditEntry)][-2:] == ["readings.unlinked", "readings.linked"]


def test_nobody_parts_the_values_of_another(linked: House, otto: Person) -> None:
    link = linked.only(ReadingLink)

    answer = linked.browser(otto).send(f"/readings/links/{link.id}", {"two": "yes"}, seen_on="/readings/all")

    assert answer.status_code == 404
    assert linked.only(ReadingLink).unlinked_at is None


def test_the_result_of_a_file_tells_how_many_were_counted_once(linked: House) -> None:
    browser = linked.browser(linked.anna)

    page = browser.get(f"/uploads/{linked.only(UploadedFile).intake}").get_data(as_text=True)

    assert "counted once</dt><dd>1</dd>" in page


# Moving


def move(house: House, by: Person, to: str, *readings: str) -> int:
    where = f"/clinic/patients/{house.anna.public_id}/readings"
    return house.browser(by).send(where, {"to": to, "reading": list(readings)}, seen_on="/account").status_code


def test_a_doctor_of_both_moves_a_visitors_value_to_its_patient(house: House, otto: Person) -> None:
    house.measure(300, hours_ago=1)

    status = move(house, house.doctor, otto.public_id, reading_id(house.readings()[0]))
    page = one_reading(house)

    assert status == 302
    assert (values(house, house.anna), values(house, otto)) == ([], ["300"])
    assert "moved to whose it is" in page
    assert otto.public_id not in page
    assert "Otto" not in page


def test_the_patient_cannot_take_back_what_was_moved(house: House, otto: Person) -> None:
    house.measure(300, hours_ago=1)
    move(house, house.doctor, otto.public_id, reading_id(house.readings()[0]))

    status = say(house, house.anna, "yes")

    assert status == 409


def test_nothing_goes_to_a_patient_whom_the_doctor_does_not_treat(house: House) -> None:
    house.measure(300, hours_ago=1)
    with writing(house.engine) as session:
        stranger = house.add(session, Role.PATIENT, "Paul Fern", None)

    status = move(house, house.doctor, stranger.public_id, reading_id(house.readings()[0]))

    assert status == 422
    assert values(house, house.anna) == ["300"]


@pytest.mark.parametrize("who", ["other_doctor", "ben", "anna", "admin"])
def test_nobody_else_moves_values(house: House, otto: Person, who: str) -> None:
    house.measure(300, hours_ago=1)

    status = move(house, getattr(house, who), otto.public_id, reading_id(house.readings()[0]))

    assert status in (403, 404)
    assert values(house, house.anna) == ["300"]


def test_a_form_without_a_ticked_value_says_so(house: House, otto: Person) -> None:
    house.measure(300, hours_ago=1)

    status = move(house, house.doctor, otto.public_id)

    assert status == 422


def test_a_suggestion_does_not_rest_on_a_visitors_values(house: House, otto: Person) -> None:
    house.titration()
    house.fast(150, 155, 158)
    before = [suggestion.state for suggestion in house.all(Suggestion)]

    move(house, house.doctor, otto.public_id, *[reading_id(one) for one in house.readings()])

    with reading(house.engine) as session:
        told = [entry.why_not for entry in amended(session, house.anna.public_id, house.readings())]
    assert told == [WhyNot.MOVED] * 3
    assert before == ["pending"]
    assert [suggestion.state for suggestion in house.all(Suggestion)] != ["pending"]
