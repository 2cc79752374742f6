"""How we reach people: addresses in order, proven by a code, and what is agreed to hear by each, in words."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page

from companion.care.audit import AuditEntry
from companion.care.contact_models import ContactPoint, ContactState, Kind, MessageConsent, VerifiedBy
from companion.care.contacts import add_contact, note_state
from companion.care.message_consent import consents_of
from companion.care.people import Person
from companion.db import reading, writing
from companion.messages.channels.apprise import AppriseUrls
from companion.messages.channels.console import Console
from companion.messages.ways_out import WaysOut
from tests.web.loop.house import House
from tests.web.loop.test_browser import sign_in

NUMBER = "+491700000009"


@pytest.fixture(autouse=True)
def ways(house: House) -> None:
    """Texts, and notifications by one allowed service."""
    console = Console(house.settings.console_outbox)
    both = WaysOut({Kind.SMS: console, Kind.APPRISE: AppriseUrls(["ntfys"])})
    house.services = replace(house.services, ways=both)
    house.app.extensions["companion"] = house.services


def points_of(house: House, person: Person) -> list[ContactPoint]:
    return sorted(
        (p for p in house.all(ContactPoint) if p.person_id == person.id and p.removed_at is None),
        key=lambda point: point.position,
    )


def add_number(house: House, person: Person) -> ContactPoint:
    with writing(house.engine) as session:
        whose = session.get_one(Person, person.id)
        return add_contact(session, whose, Kind.SMS, NUMBER, now=house.now, verified_by=VerifiedBy.CODE)


def stands(house: House, person: Person) -> set[str]:
    with reading(house.engine) as session:
        return {topic for _, kind, topic in consents_of(session, [person.id]) if kind == "sms"}


def audited(house: House) -> list[str]:
    return [entry.action for entry in house.all(AuditEntry)]


@pytest.mark.parametrize("who", ["anna", "ben", "doctor", "admin"])
def test_everybody_finds_the_page_by_their_account(house: House, who: str) -> None:
    person: Person = getattr(house, who)

    account = house.page(person, "/account")
    page = house.page(person, "/reach")

    assert 'href="/reach"' in account
    assert "How we reach you" in page


def test_it_says_which_addresses_there_are_and_that_they_work(house: House) -> None:
    page = house.page(house.anna, "/reach")

    assert house.anna.phone in page
    assert "● works" in page
    assert "I agree to get reminders of my medicines" in page


def test_a_number_is_used_once_the_code_that_went_there_is_typed(house: House) -> None:
    browser = house.browser(house.anna)

    added = browser.send("/reach/new/sms", {"address": "+49 170 0000009", "label": "at home"})
    [said] = house.beat()
    [code] = re.findall(r"\b\d{6}\b", said.text)
    before = browser.get("/reach").get_data(as_text=True)
    proved = browser.send(added.location, {"code": code})
    after = browser.get("/reach").get_data(as_text=True)

    assert said.to == NUMBER
    assert "not used: nobody has confirmed it" in before
    assert "not used: nobody has confirmed it" not in after
    assert proved.location == "/reach"
    assert points_of(house, house.anna)[1].verified_by == "code"
    assert audited(house)[-2:] == ["added_address", "proved_address"]


def test_an_address_that_went_bad_is_good_again_once_a_code_arrives_there(house: House) -> None:
    point = points_of(house, house.anna)[0]
    with writing(house.engine) as session:
        note_state(session, point.id, ContactState.BAD, "30005", house.now)
    browser = house.browser(house.anna)
    bad = browser.get("/reach").get_data(as_text=True)

    browser.send(f"/reach/{point.public_id}/send", seen_on=f"/reach/{point.public_id}/code")
    [code] = re.findall(r"\b\d{6}\b", house.beat()[0].text)
    browser.send(f"/reach/{point.public_id}/code", {"code": code})

    assert "not used: messages could not be delivered" in bad
    assert f"/reach/{point.public_id}/code" in bad
    assert points_of(house, house.anna)[0].state == "ok"


def test_wrong_codes_are_told_and_count(house: House) -> None:
    browser = house.browser(house.anna)
    path = browser.send("/reach/new/sms", {"address": NUMBER}).location
    house.beat()

    answers = [browser.send(path, {"code": "abcdef"}) for _ in range(6)]

    assert {answer.status_code for answer in answers} == {422}
    assert "this is not the code" in answers[4].get_data(as_text=True)
    assert "this code is over" in answers[5].get_data(as_text=True)


def test_a_new_code_can_be_asked_for_five_times_a_day(house: House) -> None:
    browser = house.browser(house.anna)
    path = browser.send("/reach/new/sms", {"address": NUMBER}).location

    for _ in range(5):
        house.clock.advance(minutes=1)
        browser.send(path.replace("/code", "/send"), seen_on=path)
    page = browser.get(path).get_data(as_text=True)

    assert len(house.beat()) == 5
    assert "No code can be sent there now" in page


def test_what_is_no_number_is_shown_at_its_field(house: House) -> None:
    answer = house.browser(house.anna).send("/reach/new/sms", {"address": "0170 12"})

    assert answer.status_code == 422
    assert 'href="#address"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("url", ["json://example.org", "mailto://u:p@example.org", "ntfys", "ntfys://127.0.0.1/x"])
def test_a_service_that_is_not_allowed_is_refused_and_said_why(house: House, url: str) -> None:
    answer = house.browser(house.anna).send("/reach/new/apprise", {"address": url})

    assert answer.status_code == 422
    assert 'id="address-error"' in answer.get_data(as_text=True)
    assert len(points_of(house, house.anna)) == 1


def test_the_secret_in_a_services_address_is_on_no_page(house: House) -> None:
    with writing(house.engine) as session:
        anna = session.get_one(Person, house.anna.id)
        add_contact(session, anna, Kind.APPRISE, "ntfys://user:geheim@ntfy.example.org/anna", now=house.now)

    pages = [house.page(house.anna, "/reach"), house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}")]

    assert all("ntfys" in page and "geheim" not in page for page in pages)


@pytest.mark.parametrize("kind", ["email", "push", "wechat", "x"])
def test_what_the_clinic_cannot_reach_or_nobody_can_type_is_not_offered(house: House, kind: str) -> None:
    browser = house.browser(house.anna)

    assert browser.get(f"/reach/new/{kind}").status_code == 404
    assert f"/reach/new/{kind}" not in browser.get("/reach").get_data(as_text=True)


def test_an_address_is_moved_up_and_removed(house: House) -> None:
    point = add_number(house, house.anna)
    browser = house.browser(house.anna)

    browser.send(f"/reach/{point.public_id}/move", {"to": "up"}, seen_on="/reach")
    moved = [each.address for each in points_of(house, house.anna)]
    browser.send(f"/reach/{point.public_id}/remove")

    assert moved == [NUMBER, "+491700000001"]
    assert [each.address for each in points_of(house, house.anna)] == ["+491700000001"]
    assert audited(house)[-2:] == ["moved_address", "removed_address"]


@pytest.mark.parametrize("path", ["code", "remove"])
def test_nobody_sees_an_address_of_somebody_else(house: House, path: str) -> None:
    point = add_number(house, house.anna)

    assert house.browser(house.ben).get(f"/reach/{point.public_id}/{path}").status_code == 404


def test_a_doctor_cannot_reach_an_address_of_another_person_through_a_patient(house: House) -> None:
    bens = points_of(house, house.ben)[0].public_id
    path = f"/clinic/patients/{house.anna.public_id}/reach/{bens}/remove"

    assert house.browser(house.doctor).get(path).status_code == 404


def test_consent_is_withdrawn_with_one_button_and_given_again(house: House) -> None:
    browser = house.browser(house.anna)
    chosen = {"kind": "sms", "topic": "supply"}

    browser.send("/reach/agree", chosen | {"agrees": "no"}, seen_on="/reach")
    ended = stands(house, house.anna)
    browser.send("/reach/agree", chosen | {"agrees": "yes"}, seen_on="/reach")

    assert "supply" not in ended
    assert "supply" in stands(house, house.anna)
    [no, yes] = house.all(MessageConsent)[-2:]
    assert (no.is_agreed, yes.is_agreed, yes.noted_by) == (False, True, house.anna.id)
    assert yes.text.startswith("I agree to get word that medicines run low as text messages.")


@pytest.mark.parametrize("form", [{"kind": "fax", "topic": "supply"}, {"kind": "sms", "topic": "news"}, {}])
def test_a_topic_or_way_that_nobody_knows_is_bad_input(house: House, form: dict[str, str]) -> None:
    assert house.browser(house.anna).send("/reach/agree", form, seen_on="/reach").status_code == 400


def test_what_stop_did_is_shown_to_the_person_and_to_the_clinic(house: House) -> None:
    house.text("退订")

    told = "switched off by STOP"
    assert told in house.page(house.anna, "/reach")
    assert told in house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}")
    assert "Call: they want no more messages this way" in house.page(house.doctor, "/doctor/tasks")


def test_a_caregivers_stop_is_shown_to_the_patients_doctor(house: House) -> None:
    house.text("STOP", person=house.ben)

    queue = house.page(house.doctor, "/doctor/tasks")

    assert "Call: they want no more messages this way" in queue
    assert "Ben Berg" in queue
    assert "Ben Berg" not in house.page(house.other_doctor, "/doctor/tasks")


def test_the_patient_chooses_that_messages_name_medicines(house: House) -> None:
    browser = house.browser(house.anna)

    browser.send("/reach/names", {"names": "yes"}, seen_on="/reach")
    chosen = house.only(Person, id=house.anna.id).names_medicines
    browser.send("/reach/names", {"names": "no"}, seen_on="/reach")

    assert chosen
    assert not house.only(Person, id=house.anna.id).names_medicines


def test_the_clinic_adds_a_number_with_the_patients_word_and_vouches_for_it(house: House) -> None:
    path = f"/clinic/patients/{house.anna.public_id}/reach/new/sms"
    browser = house.browser(house.doctor)

    without = browser.send(path, {"address": NUMBER})
    browser.send(path, {"address": NUMBER, "agreed": "yes"})

    assert without.status_code == 422
    point = points_of(house, house.anna)[1]
    assert (point.address, point.verified_by) == (NUMBER, "clinic")
    assert house.beat() == []


def test_the_administrator_adds_a_number_of_a_caregiver(house: House) -> None:
    path = f"/people/{house.ben.public_id}/reach"
    browser = house.browser(house.admin)

    browser.send(f"{path}/new/sms", {"address": NUMBER, "agreed": "yes"})

    assert NUMBER in browser.get(path).get_data(as_text=True)
    assert f'href="{path}"' in browser.get(f"/people/{house.ben.public_id}").get_data(as_text=True)


def test_the_administrator_sets_a_caregivers_quiet_hours(house: House) -> None:
    path = f"/people/{house.ben.public_id}/reach/quiet"

    answers = [
        house.browser(house.admin).send(path, {"quiet_from": begins, "quiet_until": ends})
        for begins, ends in (("22:00", ""), ("22:00", "07:00"))
    ]

    assert [answer.status_code for answer in answers] == [422, 302]
    ben = house.only(Person, id=house.ben.id)
    assert (ben.quiet_from, ben.quiet_until) == ("22:00", "07:00")


def test_who_enrols_somebody_stands_behind_their_consent(house: House) -> None:
    form = {"role": "patient", "name": "Otto Berg", "phone": NUMBER, "language": "en", "zone": "Europe/Berlin"}

    house.browser(house.doctor).send("/people/new", form | {"birth_on": "1950-01-01", "consent": "yes"})

    assert {row.noted_by for row in house.all(MessageConsent)[-4:]} == {house.doctor.id}


def test_no_address_is_in_the_audit_trail(house: House) -> None:
    browser = house.browser(house.anna)
    path = browser.send("/reach/new/sms", {"address": NUMBER}).location
    browser.send(path.replace("/code", "/remove"))

    assert NUMBER not in str([entry.details for entry in house.all(AuditEntry)])


def test_consent_ends_in_two_taps_and_nothing_runs_over_a_small_phone(house: House, address: str, phone: Page) -> None:
    add_number(house, house.anna)
    sign_in(phone, address, house.anna)
    phone.goto(f"{address}/reach")

    phone.get_by_text("4 of 4 topics").click()
    width = phone.evaluate("document.documentElement.scrollWidth")
    heights = [box["height"] for each in phone.locator("main button").all() if (box := each.bounding_box())]
    phone.get_by_role("button", name="End this").first.click()

    assert width <= 320
    assert min(heights) >= 44
    assert "reminders" not in stands(house, house.anna)


def test_the_page_is_whole_in_chinese(house: House) -> None:
    with writing(house.engine) as session:
        session.get_one(Person, house.anna.id).language = "zh"

    page = house.page(house.anna, "/reach")

    assert "我们如何联系您" in page
    assert "我同意接收" in page
