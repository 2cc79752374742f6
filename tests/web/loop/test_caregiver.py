"""Ben sees missed doses and readings, Cora missed doses only; nobody sees what the patient did not agree to."""

import re

import pytest
from sqlalchemy import select

from companion.care.consent import Scope, end_link, find_link
from companion.care.people import Person
from companion.care.tasks import Alert, AlertKind
from companion.db import writing
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Taken
from companion.reminders.doses.models import Dose
from tests.web.loop.house import House
from tests.web.page_words import words_of


def missed(house: House) -> Dose:
    """The reminder of 08:00 arrived, and the hour passed without an answer."""
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe(drug="Secretamide")
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()
    house.clock.instant = house.local("2026-03-05 09:31")
    house.beat()
    return house.all(Dose, state="missed")[0]


def alert_of(house: House, person: Person) -> Alert:
    return house.only(Alert, recipient_id=person.id)


def acknowledge(house: House, person: Person, alert: Alert, how: str = "called") -> int:
    kind = "reading-alerts" if alert.kind == AlertKind.URGENT_READING else "alerts"
    return (
        house.browser(person)
        .send(f"/caregiver/{kind}/{alert.id}/acknowledge", {"how": how}, seen_on="/caregiver")
        .status_code
    )


def test_a_missed_dose_is_told_without_the_name_of_the_medicine(house: House) -> None:
    missed(house)

    page = house.page(house.ben, "/caregiver")

    assert "The 08:00 medicine is not confirmed" in page
    assert "Secretamide" not in page
    shown = re.sub(r"<[^>]*>", " ", page.split("<h2>Anna Berg</h2>")[1].split("</section>")[0])
    assert not re.search(r"\b16\b", shown)


@pytest.mark.parametrize("how", ["called", "will_visit", "false_alarm"])
def test_an_alert_is_acknowledged_in_three_ways(house: House, how: str) -> None:
    missed(house)
    alert = alert_of(house, house.ben)

    status = acknowledge(house, house.ben, alert, how)

    kept = house.only(Alert, id=alert.id)
    assert status == 302
    assert (kept.state, kept.acknowledgement, kept.acknowledged_at) == ("acknowledged", how, house.now)


def test_an_acknowledgement_nobody_offered_is_refused(house: House) -> None:
    missed(house)
    alert = alert_of(house, house.ben)

    status = acknowledge(house, house.ben, alert, "whatever")

    assert status == 400
    assert house.only(Alert, id=alert.id).state == "open"


def test_a_late_answer_closes_the_alert_and_says_when(house: House) -> None:
    dose = missed(house)
    house.clock.instant = house.local("2026-03-05 09:45")
    with writing(house.engine) as session:
        answer_dose(session, dose.id, Taken(), actor_id=house.anna.id, via="page", now=house.now)

    page = house.page(house.ben, "/caregiver")

    assert "No alert is open" in page
    assert "answered at Thu, Mar 5 09:45" in page


def test_an_alert_is_only_its_recipients(house: House) -> None:
    missed(house)
    alert = alert_of(house, house.ben)

    statuses = [acknowledge(house, person, alert) for person in (house.cora, house.stranger)]

    assert statuses == [404, 404]
    assert house.only(Alert, id=alert.id).state == "open"


def test_readings_are_shown_only_to_whom_the_patient_agreed(house: House) -> None:
    house.measure(163)
    path = f"/caregiver/people/{house.anna.public_id}/readings"

    answers = [house.browser(person).get(path).status_code for person in (house.ben, house.cora, house.stranger)]

    assert answers == [200, 404, 404]
    assert "163" in house.page(house.ben, "/caregiver")
    assert "163" not in words_of(house.page(house.cora, "/caregiver"))


def test_an_urgent_reading_comes_with_what_to_do(house: House) -> None:
    house.sign_instructions()
    house.measure(45)
    alert = next(a for a in house.all(Alert, recipient_id=house.ben.id) if a.details["event"] == "hypo_l2")

    page = house.page(house.ben, "/caregiver")
    status = acknowledge(house, house.ben, alert)

    assert "Give 15 g of sugar" in page
    assert status == 302
    assert house.only(Alert, id=alert.id).state == "acknowledged"


def test_when_consent_ends_everything_is_gone(house: House) -> None:
    missed(house)
    alert = alert_of(house, house.ben)
    with writing(house.engine) as session:
        for scope in (Scope.MISSED_DOSES, Scope.READINGS):
            running = find_link(session, house.anna.id, house.ben.id, scope, house.now)
            assert running is not None
            end_link(running, house.now)

    page = house.page(house.ben, "/caregiver")
    status = acknowledge(house, house.ben, alert)

    assert "Anna" not in page
    assert status == 404


def test_todays_doses_are_told_in_words(house: House) -> None:
    missed(house)
    house.clock.advance(minutes=1)

    page = house.page(house.cora, "/caregiver")

    assert "not confirmed" in page
    with writing(house.engine) as session:
        assert session.scalars(select(Dose.local_time)).first() == "08:00"
