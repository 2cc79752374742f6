"""A doctor's own work: how they hear, when they are away; and what a cover may do with whose patients, and how long."""

import pytest
from playwright.sync_api import Page
from werkzeug.test import TestResponse

from companion.advice.models import Review, Suggestion
from companion.care.audit import AuditEntry
from companion.care.consent import Scope, end_link, find_link
from companion.care.covers import Absence
from companion.care.doctor_hearing import DoctorHearing
from companion.care.due_work import DueWork, WorkKind
from companion.care.people import Person
from companion.db import writing
from tests.people import PASSWORD
from tests.web.loop.house import House
from tests.web.loop.test_review import decide, seen

WORK, AWAY, QUEUE = "/doctor/my-work", "/doctor/my-work/away", "/doctor/queue"


def name_cover(house: House, since: str = "2026-03-04", until: str = "2026-03-06", **changed: str) -> TestResponse:
    """Dr. Roth names Dr. Stern, from today for three days."""
    form = {"since": since, "until": until, "cover": house.other_doctor.public_id} | changed
    return house.browser(house.doctor).send(AWAY, form)


def acts(house: House, action: str) -> list[AuditEntry]:
    return [entry for entry in house.all(AuditEntry) if entry.action == action]


def status(house: House, path: str) -> int:
    """What Dr. Stern gets there."""
    return house.browser(house.other_doctor).get(path).status_code


def propose(house: House) -> str:
    """The address of a suggestion about Anna."""
    house.titration()
    house.fast(150, 155, 158)
    return f"/doctor/suggestions/{house.only(Suggestion).public_id}"


def test_a_doctor_chooses_the_hour_and_to_hear_of_everything_at_once(house: House) -> None:
    answer = house.browser(house.doctor).send(WORK, {"digest_hour": "18", "every_at_once": "yes"})

    chosen = house.only(DoctorHearing)
    assert answer.status_code == 302
    assert (chosen.person_id, chosen.digest_hour, chosen.every_at_once) == (house.doctor.id, 18, True)
    assert 'value="18"' in house.page(house.doctor, WORK)
    assert len(acts(house, "chose_hearing")) == 1


def test_another_hour_moves_the_message_that_is_due(house: House) -> None:
    propose(house)
    house.beat()

    house.browser(house.doctor).send(WORK, {"digest_hour": "18"})

    due = house.only(DueWork, kind=WorkKind.WORK_DIGEST.value)
    assert due.next_check_at == house.local("2026-03-04 18:00")


@pytest.mark.parametrize("hour", ["24", "-1", "noon", ""])
def test_an_hour_that_no_clock_shows_is_refused(house: House, hour: str) -> None:
    answer = house.browser(house.doctor).send(WORK, {"digest_hour": hour})

    assert answer.status_code == 422
    assert house.all(DoctorHearing) == []


def test_the_page_says_when_nothing_reaches_the_doctor(house: House) -> None:
    page = house.page(house.doctor, WORK)

    assert "Nothing reaches you" in page
    assert "no address is known" in page


def test_a_cover_is_named_for_whole_days_of_the_doctors_own_wall(house: House) -> None:
    answer = name_cover(house, "2026-03-10", "2026-03-12")

    absence = house.only(Absence)
    assert answer.status_code == 302
    assert (absence.starts_at, absence.ends_at) == (house.local("2026-03-10 00:00"), house.local("2026-03-13 00:00"))
    [entry] = acts(house, "named_cover")
    assert (entry.actor, entry.details["cover"]) == (house.doctor.public_id, house.other_doctor.public_id)
    assert "Dr. Stern stands in" in house.page(house.doctor, WORK)


def test_from_today_on_means_from_now_on(house: House) -> None:
    name_cover(house)

    assert house.only(Absence).starts_at == house.now


def test_naming_a_cover_asks_for_the_password_first(house: House) -> None:
    browser = house.browser(house.doctor)
    house.clock.advance(minutes=16)

    answer = browser.get(AWAY)

    assert answer.status_code == 302
    assert answer.location.startswith("/confirm-password")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"until": "2026-03-03"}, "is over before it begins"),
        ({"cover": ""}, "This is needed."),
        ({"since": "soon"}, "Write the day like"),
    ],
)
def test_what_cannot_be_is_refused_in_words(house: House, changed: dict[str, str], says: str) -> None:
    answer = name_cover(house, **changed)

    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert house.all(Absence) == []


def test_nobody_but_a_doctor_can_be_named(house: House) -> None:
    answer = name_cover(house, cover=house.ben.public_id)

    assert answer.status_code == 422
    assert "is no doctor of this clinic" in answer.get_data(as_text=True)


def test_the_cover_finds_the_patient_only_while_the_doctor_is_away(house: House) -> None:
    address = propose(house)
    before = status(house, address)
    name_cover(house)

    during, queue = status(house, address), house.page(house.other_doctor, QUEUE)
    house.clock.instant = house.local("2026-03-07 00:00")
    after = status(house, address)

    assert (before, during, after) == (404, 200, 404)
    assert "A** B**" in queue
    assert "for Dr. Roth" in queue
    assert "Anna Berg" not in house.page(house.other_doctor, QUEUE)


def test_the_page_tells_the_cover_for_whom_they_stand_in(house: House) -> None:
    address = propose(house)
    name_cover(house)

    page, work = house.page(house.other_doctor, address), house.page(house.other_doctor, WORK)

    assert "You stand in for Dr. Roth." in page
    assert "You stand in for Dr. Roth: their patients are in your lists." in work
    assert "You stand in" not in house.page(house.doctor, address)


def reject(house: House, by: Person) -> TestResponse:
    """Opens the decision, and rejects what is on the page."""
    suggestion, browser = house.only(Suggestion), house.browser(by)
    return decide(browser, suggestion, **seen(browser, suggestion), decision="rejected", code="refer")


def test_the_cover_decides_and_the_audit_says_for_whom(house: House) -> None:
    propose(house)
    name_cover(house)

    answer = reject(house, house.other_doctor)

    assert answer.status_code == 302
    assert house.only(Review).clinician_id == house.other_doctor.id
    stood_in = [entry for entry in acts(house, "stood_in") if entry.details["route"] == "reviewing.decide"]
    assert [(entry.actor, entry.patient, entry.details["doctor"]) for entry in stood_in] == [
        (house.other_doctor.public_id, house.anna.public_id, house.doctor.public_id)
    ]


def test_a_doctor_at_their_own_work_stands_in_for_nobody(house: House) -> None:
    propose(house)

    answer = reject(house, house.doctor)

    assert answer.status_code == 302
    assert acts(house, "stood_in") == []


@pytest.mark.parametrize("path", ["people", "reach", "reach/quiet"])
def test_what_outlasts_the_absence_is_not_the_covers(house: House, path: str) -> None:
    name_cover(house)

    assert status(house, f"/clinic/patients/{house.anna.public_id}/{path}") == 404


def test_a_patient_who_ended_the_covers_care_stays_closed(house: House) -> None:
    address = propose(house)
    with writing(house.engine) as session:
        house.link(session, house.anna, house.other_doctor, Scope.CARE)
        link = find_link(session, house.anna.id, house.other_doctor.id, Scope.CARE, house.now)
        assert link is not None
        end_link(link, house.now)

    name_cover(house)

    assert status(house, address) == 404
    assert "Anna Berg" not in house.page(house.other_doctor, QUEUE)


def test_back_early_closes_the_patients_again(house: House) -> None:
    address = propose(house)
    name_cover(house)
    absence = house.only(Absence)

    answer = house.browser(house.doctor).send(f"{AWAY}/{absence.id}/end", seen_on=WORK)

    assert answer.status_code == 302
    assert status(house, address) == 404
    assert len(acts(house, "ended_cover")) == 1


def test_nobody_ends_anothers_absence(house: House) -> None:
    name_cover(house)
    absence = house.only(Absence)

    answer = house.browser(house.other_doctor).send(f"{AWAY}/{absence.id}/end", seen_on=WORK)

    assert answer.status_code == 404
    assert house.only(Absence).ends_at == absence.ends_at


def test_the_pages_are_in_chinese_too(house: House) -> None:
    with writing(house.engine) as session:
        session.get_one(Person, house.doctor.id).language = "zh"
    browser = house.browser(house.doctor)

    page, away = (browser.get(path).get_data(as_text=True) for path in (WORK, AWAY))

    assert "我的工作" in page
    assert "指定代班医生" in page
    assert "代班医生" in away


@pytest.mark.browser
def test_a_doctor_names_a_cover_on_a_small_phone_without_scripts(house: House, address: str, phone: Page) -> None:
    phone.goto(f"{address}/sign-in")
    phone.fill("#login", house.doctor.login or "")
    phone.fill("#password", PASSWORD)
    phone.click("main button.primary")
    phone.goto(address + AWAY)

    phone.fill("#since", "2026-03-10")
    phone.fill("#until", "2026-03-12")
    phone.select_option("#cover", label="Dr. Stern")
    phone.click("main button.primary")

    assert phone.get_by_text("Dr. Stern stands in").is_visible()
    assert house.only(Absence).cover_id == house.other_doctor.id
