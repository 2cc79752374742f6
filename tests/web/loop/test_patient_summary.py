"""Everything about a patient on one page of the doctor's."""

import re
from datetime import timedelta

from companion.care.facts import FactKind, note_fact
from companion.care.report_kinds import What
from companion.care.reported import note_report
from companion.care.tasks import TaskKind, add_task
from companion.db import writing
from companion.devices.models import Device
from tests.web.loop.house import House


def summary(house: House, query: str = "") -> str:
    page = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}{query}")
    return " ".join(page.split())


def note(house: House, kind: FactKind, value: str, name: str = "", days_ago: int = 10) -> None:
    with writing(house.engine) as session:
        note_fact(
            session,
            patient=house.anna,
            kind=kind,
            value=value,
            name=name,
            measured_on=house.today - timedelta(days=days_ago),
            noted_by=house.doctor,
            now=house.now,
        )


def test_the_head_names_problems_allergies_and_how_many_doses_were_taken(house: House) -> None:
    house.titration()
    note(house, FactKind.CONDITION, "present", "dialysis")
    note(house, FactKind.ALLERGY, "present", "Penicillin")

    page = summary(house)

    head = page[page.index("<h1>") : page.index('<nav class="filters"')]
    assert "Anna Berg · male 69 years" in head
    assert "Type of diabetes: type 2" in head
    assert "dialysis" in head
    assert "Allergy: Penicillin" in head
    assert "Taken 13 of 13 doses, 14 days, by answers." in head


def test_labs_stand_with_their_age_and_an_old_one_says_so(house: House) -> None:
    note(house, FactKind.EGFR, "58", days_ago=200)

    page = summary(house)

    assert "<strong>58</strong>" in page
    assert "200 days ago" in page
    assert "too old for a proposal: at most 180 days" in page


def test_what_waits_comes_before_everything_else(house: House) -> None:
    house.titration()
    house.fast(150, 155, 158)
    with writing(house.engine) as session:
        add_task(
            session,
            unique_key="t",
            kind=TaskKind.REFER,
            patient_id=house.anna.id,
            now=house.now,
            due_at=house.now,
        )

    page = summary(house)

    waits = page[page.index("What waits") : page.index("<h2>Facts</h2>")]
    assert "Glargine 16 → 18 U" in waits
    assert "Refer the patient" in waits


def test_an_urgent_event_is_told_with_whether_the_patient_read_it(house: House) -> None:
    house.measure(45)

    page = summary(house)

    assert "glucose below 54 mg/dL" in page
    assert "not read by the patient yet" in page


def test_a_medicine_says_who_changed_it_from_what_to_what_and_why(house: House) -> None:
    regimen = house.prescribe()
    with writing(house.engine) as session:
        merged = session.merge(regimen)
        house.revise(session, merged, "18", {"kind": "daily", "times": ["08:00"]}, house.now - timedelta(days=1))
    plan = house.sign_plan(regimen)

    page = summary(house)

    assert "16 → 18 U, since" in page
    assert "Dr. Roth: as agreed" in page
    assert f"until {plan.ends_on:%b} {plan.ends_on.day}, {plan.ends_on.year}" in page


def test_family_devices_reports_and_messages_are_there(house: House) -> None:
    house.measure(120)
    with writing(house.engine) as session:
        session.query(Device).one().battery_percent = 12
        note_report(session, house.anna, What.DIZZY, by=house.anna, via="page", now=house.now)
    house.text("hello")
    house.beat()

    page = summary(house)

    assert "<strong>Ben Berg</strong>: missed doses, readings" in page
    assert "battery 12 %" in page
    assert re.search(r"<strong>[^<]*[Dd]izzy", page)
    assert "Answer to a text" in page


def test_charts_are_of_14_30_or_90_days_and_of_no_other_number(house: House) -> None:
    browser = house.browser(house.doctor)
    path = f"/clinic/patients/{house.anna.public_id}"

    found = {days: browser.get(f"{path}?days={days}").status_code for days in (14, 30, 90, 31)}

    assert found == {14: 200, 30: 200, 90: 200, 31: 404}
    assert "Glucose, 30 days" in summary(house, "?days=30")
    assert browser.get(f"{path}/values?days=90").status_code == 200


def test_the_pages_behind_it_are_one_click_away(house: House) -> None:
    house.prescribe()
    base = f"/clinic/patients/{house.anna.public_id}"

    page = summary(house)

    for behind in ("medicines", "values", "facts", "thread", "adherence", "feeling"):
        assert f'href="{base}/{behind}"' in page, behind
    assert 'aria-current="page">Medicines and plans' in house.page(house.doctor, f"{base}/medicines")
