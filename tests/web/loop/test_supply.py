"""Anna's packs: saying how many there are, the list for the pharmacy, and what the clinic sees of both."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from companion.care.audit import AuditEntry
from companion.care.regimens import Regimen
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import NewEntry, note_entry
from companion.reminders.supply.supply_models import Supply, SupplyEntry
from tests.web.conftest import Browser
from tests.web.loop.house import House
from tests.web.page_words import words_of

PAGE = "/supply/medicines/rg_tablets"
KEY = re.compile(r'name="key" value="([^"]+)"')


def tablets(house: House, **changed: Any) -> Regimen:
    given: dict[str, Any] = {"drug": "Metformin", "drug_class": "metformin", "unit": "tablet", "amount": "1"}
    return house.prescribe(**{"times": ("20:00",), "public_id": "rg_tablets"} | given | changed)


def count(house: House, regimen: Regimen, pieces: int) -> None:
    with writing(house.engine) as session:
        new = NewEntry(EntryKind.COUNTED, Decimal(pieces), house.now, f"c{pieces}")
        note_entry(session, regimen, new, by=house.anna, now=house.now)


def send(browser: Browser, what: str, **form: str) -> TestResponse:
    """Fills one of the page's forms in, as it stands on the page."""
    found = KEY.search(browser.get(PAGE).get_data(as_text=True))
    assert found is not None
    return browser.send(PAGE, {"what": what, "key": found.group(1)} | form)


# Saying how many there are


def test_a_medicine_nobody_counted_asks_how_many_there_are(house: House) -> None:
    tablets(house)

    page = house.page(house.anna, "/supply")

    assert "Tell us how many you have" in page


def test_a_count_is_kept_and_says_until_when_it_lasts(house: House) -> None:
    tablets(house)
    browser = house.browser(house.anna)

    answer = send(browser, "counted", counted="12")

    assert answer.status_code == 302
    page = browser.get("/supply").get_data(as_text=True)
    assert "12 tablets" in page
    assert "Enough for 12 days. On Mar 16, 2026 there is not enough." in page
    assert "supply.counted" in [entry.action for entry in house.all(AuditEntry)]


def test_packs_are_noted_for_the_day_they_came(house: House) -> None:
    tablets(house)

    send(
        house.browser(house.anna),
        "received",
        packs="2",
        pack_size="28",
        on="2026-03-02",
        expires_on="2027-01-31",
    )

    row = house.only(SupplyEntry)
    assert (row.amount, row.packs, row.at) == (Decimal(56), 2, house.local("2026-03-02 00:00"))


def test_what_was_lost_is_taken_off(house: House) -> None:
    regimen = tablets(house)
    count(house, regimen, 12)
    house.clock.advance(minutes=1)

    send(house.browser(house.anna), "gone", gone="2", why="lost", reason="in the train")

    page = house.page(house.anna, PAGE)
    assert "10 tablets" in page
    assert "in the train" in page


def test_the_same_form_sent_twice_counts_once(house: House) -> None:
    tablets(house)
    browser = house.browser(house.anna)
    form = {"what": "received", "key": "one-form", "packs": "1", "pack_size": "30"}

    browser.send(PAGE, form)
    browser.send(PAGE, form)

    assert len(house.all(SupplyEntry)) == 1


def test_of_milligrams_the_first_form_asks_what_a_tablet_holds(house: House) -> None:
    tablets(house, unit="mg", amount="1000")
    browser = house.browser(house.anna)

    refused = send(browser, "counted", counted="10")
    send(browser, "counted", counted="10", per_piece="500")

    assert refused.status_code == 422
    assert house.only(Supply).per_piece == 500
    assert house.only(SupplyEntry).amount == 5000
    assert "10 tablets" in browser.get("/supply").get_data(as_text=True)


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("counted", {"counted": "-1"}),
        ("counted", {"counted": "many"}),
        ("counted", {}),
        ("received", {"packs": "0", "pack_size": "30"}),
        ("received", {"packs": "1", "pack_size": "30", "on": "2026-03-05"}),
        ("received", {"packs": "1", "pack_size": "30", "on": "2024-03-05"}),
        ("gone", {"gone": "0", "why": "lost"}),
        ("gone", {"gone": "1", "why": "eaten"}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(house: House, what: str, form: dict[str, str]) -> None:
    tablets(house)

    answer = send(house.browser(house.anna), what, **form)

    assert answer.status_code == 422
    assert "Please look again at" in answer.get_data(as_text=True)
    assert house.all(SupplyEntry) == []


@pytest.mark.parametrize("form", [{"what": "stolen"}, {"what": "gone", "gone": "1", "why": "received"}])
def test_a_form_nobody_offered_is_refused(house: House, form: dict[str, str]) -> None:
    tablets(house)

    answer = house.browser(house.anna).send(PAGE, {"key": "k"} | form)

    assert answer.status_code == 400


def test_a_medicine_of_somebody_else_is_not_found(house: House) -> None:
    tablets(house)
    with writing(house.engine) as session:
        session.get_one(Regimen, 1).patient_id = house.admin.id

    assert house.browser(house.anna).get(PAGE).status_code == 404


def test_less_than_nothing_is_said_and_not_hidden(house: House) -> None:
    regimen = house.prescribe()
    with writing(house.engine) as session:
        new = NewEntry(EntryKind.RECEIVED, Decimal(10), house.now - timedelta(days=3), "k")
        note_entry(session, regimen, new, by=house.anna, now=house.now)
    house.log_doses(regimen, DoseState.TAKEN)

    page = house.page(house.anna, "/supply")

    assert "Less than nothing: please count" in page
    assert "-6" not in words_of(page)


# The list


def test_what_runs_low_is_on_the_list_with_text_to_copy(house: House) -> None:
    count(house, tablets(house), 5)
    house.prescribe()

    page = house.page(house.anna, "/supply/list")

    assert re.search(r"<textarea[^>]*>Anna Berg: medicines for 30 days\n- Metformin: 30 tablets</textarea>", page)


def test_the_list_can_be_sent_to_the_pharmacy_by_the_patients_own_phone(house: House) -> None:
    count(house, tablets(house), 5)

    page = house.page(house.anna, "/supply/list")
    mail, text = (unescape(found) for found in re.findall(r'href="((?:mailto|sms):[^"]*)"', page))

    assert "Metformin" in parse_qs(urlsplit(mail).query)["body"][0]
    assert "Metformin" in parse_qs(urlsplit(text).query)["body"][0]
    assert urlsplit(mail).path == urlsplit(text).path == ""


def test_other_medicines_can_be_ticked(house: House) -> None:
    tablets(house)
    house.prescribe()

    page = house.page(house.anna, "/supply/list?medicine=rg_insulin")

    assert "- Glargine: 480 units" in page
    assert "- Metformin" not in page


def test_the_clinic_gets_the_list_once(house: House) -> None:
    count(house, tablets(house), 5)
    browser = house.browser(house.anna)

    for _tap in range(2):
        browser.send("/supply/list/ask", {"medicine": "rg_tablets"}, seen_on="/supply/list")

    assert house.only(Task).kind == TaskKind.REFILL_REQUEST
    assert "The clinic has your list since" in browser.get("/supply/list").get_data(as_text=True)
    queue = house.page(house.doctor, "/doctor/tasks")
    assert "Medicines asked for" in queue
    assert "Metformin: 30 tablets" in queue


def test_an_empty_list_is_not_sent(house: House) -> None:
    tablets(house)

    house.browser(house.anna).send("/supply/list/ask", {}, seen_on="/supply/list")

    assert house.all(Task) == []


def test_a_list_names_no_medicine_of_somebody_else(house: House) -> None:
    tablets(house)

    house.browser(house.anna).send("/supply/list/ask", {"medicine": "rg_other"}, seen_on="/supply/list")

    assert house.all(Task) == []


# The clinic


def test_the_clinic_sees_packs_doubts_and_every_line(house: House) -> None:
    regimen = tablets(house)
    count(house, regimen, 5)

    page = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}/supply")

    assert "5 tablets" in page
    assert "ask for more now" in page
    assert re.search(r"counted: 5 tablets</strong>\s*<span[^>]*>Wed, Mar 4 10:30 · Anna Berg<", page)


def test_the_clinic_sets_how_early_more_is_asked_for(house: House) -> None:
    count(house, tablets(house), 30)
    path = f"/clinic/patients/{house.anna.public_id}/supply/rg_tablets"

    form = {"piece": "tablet", "per_piece": "1", "lead_days": "28", "safety_days": "5"}
    answer = house.browser(house.doctor).send(path, form)

    assert answer.status_code == 302
    assert (house.only(Supply).lead_days, house.only(Supply).safety_days) == (28, 5)
    assert "ask for more now" in house.page(house.anna, "/supply")


@pytest.mark.parametrize("changed", [{"lead_days": "91"}, {"per_piece": "0"}, {"piece": "bucket"}])
def test_settings_that_cannot_be_are_refused(house: House, changed: dict[str, str]) -> None:
    tablets(house)
    path = f"/clinic/patients/{house.anna.public_id}/supply/rg_tablets"

    form = {"piece": "tablet", "per_piece": "1", "lead_days": "7", "safety_days": "3"} | changed
    answer = house.browser(house.doctor).send(path, form)

    assert answer.status_code == 422
    assert house.all(Supply) == []


def test_a_doctor_of_somebody_else_sees_nothing(house: House) -> None:
    tablets(house)
    browser = house.browser(house.other_doctor)

    for page in ("supply", "supply/rg_tablets", "adherence"):
        assert browser.get(f"/clinic/patients/{house.anna.public_id}/{page}").status_code == 404


def test_a_caregiver_sees_no_packs(house: House) -> None:
    assert house.browser(house.ben).get("/supply").status_code == 403


# How it went


def test_the_patient_reads_counts_and_no_per_cent(house: House) -> None:
    regimen = house.prescribe()
    house.log_doses(regimen, *[DoseState.TAKEN] * 12, DoseState.MISSED, DoseState.MISSED_UNREACHED)

    page = house.page(house.anna, "/how-it-went?days=30")

    assert "You took 12 of 13 doses." in page
    assert "Doses of which no reminder reached you: 1." in page
    assert "%" not in page


@pytest.mark.parametrize("days", ["", "15", "x", "-1"])
def test_a_period_that_is_not_offered_is_the_usual_one(house: House, days: str) -> None:
    regimen = house.prescribe()
    house.log_doses(regimen, *[DoseState.TAKEN] * 20)

    page = house.page(house.anna, f"/how-it-went?days={days}")

    assert "You took 13 of 13 doses." in page  # fourteen days with today, which has none yet


def test_the_clinic_reads_every_figure_with_its_denominator(house: House) -> None:
    regimen = house.prescribe()
    house.log_doses(regimen, *[DoseState.TAKEN] * 25, DoseState.SKIPPED, DoseState.TAKEN)

    page = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}/adherence")

    assert "26 of 27 (96\u00a0%)" in page
    assert "5 of 6<" in page
    assert "no PDC, no MPR" in page


def test_the_clinics_page_says_pdc_and_mpr_of_packs(house: House) -> None:
    regimen = tablets(house, days_ago=40)
    with writing(house.engine) as session:
        for day, key in (("2026-02-02 07:00", "a"), ("2026-02-22 07:00", "b")):
            new = NewEntry(EntryKind.RECEIVED, Decimal(10), house.local(day), key)
            note_entry(session, regimen, new, by=house.anna, now=house.now)
    house.log_doses(regimen, DoseState.TAKEN)

    page = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}/adherence")

    assert "PDC 0.645 (20 of 31 days), MPR 0.645 (20 days of supply in 31 days)" in page


def test_the_patients_page_at_the_clinic_says_it_by_medicine(house: House) -> None:
    regimen = house.prescribe()
    house.log_doses(regimen, *[DoseState.TAKEN] * 12, DoseState.MISSED)

    page = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}")

    assert "Taken 12 of 13 doses, 14 days." in page
