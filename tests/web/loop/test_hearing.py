"""Who hears of what, and when, is agreed with the patient at the clinic and chosen by each caregiver; all on pages."""

import pytest

from companion.care.consent import CareLink, Scope
from companion.care.due_work import DueWork, WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.care.tasks import Alert
from companion.db import writing
from companion.reminders.doses.models import Dose
from tests.web.loop.house import House
from tests.web.loop.test_caregiver import acknowledge, missed


def link_of(house: House, member: Person) -> CareLink:
    return house.only(CareLink, member_id=member.id, scope=Scope.MISSED_DOSES.value)


def own_page(house: House) -> str:
    return f"/caregiver/people/{house.anna.public_id}/hearing"


def agreed_page(house: House, member: Person) -> str:
    return f"/clinic/patients/{house.anna.public_id}/people/{member.public_id}/hearing"


AGREED = {"hears": "digest", "hears_refills": "yes", "misses": "pattern", "position": "2", "wait_minutes": "30"}


def test_the_clinic_writes_down_what_the_patient_agreed_to(house: House) -> None:
    told = house.browser(house.doctor).send(agreed_page(house, house.ben), AGREED)

    link = link_of(house, house.ben)
    assert told.status_code == 302
    assert (link.hears, link.hears_refills, link.misses) == ("digest", True, "pattern")
    assert (link.position, link.wait_minutes) == (2, 30)
    assert house.only(DueWork, kind=WorkKind.DIGEST.value).subject_id == link.id


@pytest.mark.parametrize(
    ("field", "typed"), [("position", "0"), ("wait_minutes", "4"), ("hears", "everything"), ("misses", "some")]
)
def test_what_cannot_be_is_refused_at_its_field(house: House, field: str, typed: str) -> None:
    told = house.browser(house.doctor).send(agreed_page(house, house.ben), AGREED | {field: typed})

    assert told.status_code == 422
    assert f'id="{field}-error"' in told.get_data(as_text=True)
    assert link_of(house, house.ben).hears == "all"


def test_a_caregiver_chooses_delay_hour_and_what_may_wake_them(house: House) -> None:
    told = house.browser(house.ben).send(own_page(house), {"delay_minutes": "45", "digest_hour": "7"})

    link = link_of(house, house.ben)
    assert told.status_code == 302
    assert (link.delay_minutes, link.digest_hour, link.quiet_override) == (45, 7, False)


def test_without_a_link_there_is_nothing_to_choose(house: House) -> None:
    pages = [
        house.browser(house.stranger).get(own_page(house)),
        house.browser(house.doctor).get(agreed_page(house, house.stranger)),
        house.browser(house.other_doctor).get(agreed_page(house, house.ben)),
    ]

    assert [page.status_code for page in pages] == [404, 404, 404]


@pytest.mark.parametrize(
    ("begins", "ends", "status", "kept"),
    [
        ("22:00", "07:00", 302, ("22:00", "07:00")),
        ("", "", 302, (None, None)),
        ("22:00", "", 422, (None, None)),
        ("25:00", "07:00", 422, (None, None)),
    ],
)
def test_everybody_sets_their_own_quiet_hours(
    house: House, begins: str, ends: str, status: int, kept: tuple[str | None, str | None]
) -> None:
    told = house.browser(house.anna).send("/reach/quiet", {"quiet_from": begins, "quiet_until": ends})

    anna = house.only(Person, id=house.anna.id)
    assert told.status_code == status
    assert (anna.quiet_from, anna.quiet_until) == kept


def test_the_doctor_says_how_reminders_repeat(house: House) -> None:
    typed = {
        "drug": "Glargine", "drug_class": "basal_insulin", "unit": "U", "amount": "10", "times": "08:00",
        "start_on": str(house.today), "reason": "new", "nag_times": "3", "nag_minutes": "15", "step": "prescribe",
    }  # fmt: skip
    page = f"/clinic/patients/{house.anna.public_id}/medicines/new"
    browser = house.browser(house.doctor)

    refused = browser.send(page, typed | {"nag_minutes": "1"})
    told = browser.send(page, typed)

    regimen = house.only(Regimen)
    assert (refused.status_code, told.status_code) == (422, 302)
    assert (regimen.nag_times, regimen.nag_minutes) == (3, 15)


def test_what_one_caregiver_said_is_read_by_the_others_the_patient_and_the_clinic(house: House) -> None:
    missed(house)
    acknowledge(house, house.ben, house.only(Alert, recipient_id=house.ben.id), "will_visit")

    pages = [
        house.page(house.cora, "/caregiver"),
        house.page(house.anna, "/today"),
        house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}"),
    ]

    assert all("Ben Berg" in page and "I will visit" in page for page in pages)


def test_two_medicines_of_one_time_are_one_alert_to_answer(house: House) -> None:
    house.prescribe(public_id="rg_other", drug="Otheramide")
    missed(house)

    page = house.page(house.ben, "/caregiver")
    acknowledge(house, house.ben, house.all(Alert, recipient_id=house.ben.id)[0])

    assert page.count("The 08:00 medicine is not confirmed") == 1
    assert {alert.state for alert in house.all(Alert, recipient_id=house.ben.id)} == {"acknowledged"}


def test_a_missed_dose_that_nobody_else_heard_of_names_nobody(house: House) -> None:
    with writing(house.engine) as session:
        link = session.query(CareLink).filter_by(member_id=house.cora.id).one()
        link.position = 2
    missed(house)

    page = house.page(house.ben, "/caregiver")

    assert "Also told" not in page
    assert house.all(Dose, state="missed")
