"""The pages in a real browser without scripts, on a small phone: nothing runs over the edge, every button works."""

import pytest
from playwright.sync_api import Browser, Page

from companion.advice.models import Review, Suggestion
from companion.care.people import Person
from companion.messages.models import DeliveryState
from companion.reminders.doses.models import Dose
from tests.messages.mail_room import put
from tests.people import PASSWORD
from tests.web.loop.house import House

pytestmark = pytest.mark.browser


def sign_in(phone: Page, address: str, person: Person) -> None:
    phone.goto(f"{address}/sign-in")
    phone.fill("#login", person.login or "")
    phone.fill("#password", PASSWORD)
    phone.click("main button.primary")


def test_a_patient_takes_a_dose_and_takes_the_answer_back(house: House, address: str, phone: Page) -> None:
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:10")
    house.beat()
    sign_in(phone, address, house.anna)

    phone.get_by_role("button", name="I took it").click()
    after_the_tap = house.all(Dose)[0].state
    phone.get_by_role("button", name="take it back").click()

    assert after_the_tap == "taken"
    assert house.all(Dose)[0].state == "due"


def test_the_button_for_taking_a_dose_is_large_enough(house: House, address: str, phone: Page) -> None:
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()
    sign_in(phone, address, house.anna)

    box = phone.get_by_role("button", name="I took it").bounding_box()

    assert box is not None
    assert box["height"] >= 64


def test_a_doctor_reads_and_approves(house: House, address: str, phone: Page) -> None:
    house.titration()
    house.fast(150, 148, 155)
    sign_in(phone, address, house.doctor)

    phone.get_by_text("16 → 18 U").click()
    phone.get_by_role("button", name="Approve").click()
    phone.get_by_role("button", name="Yes, approve").click()

    assert house.only(Review).clinician_id == house.doctor.id
    assert phone.get_by_text("Decided: approved").is_visible()


def test_no_page_runs_over_the_edge(house: House, address: str, chromium: Browser) -> None:
    house.titration()
    house.fast(150, 148, 155)
    suggestion = house.only(Suggestion)
    pages = {
        house.anna: ["/today", "/medicines", "/readings", "/readings/unread", "/readings/new/glucose", "/upload"],
        house.doctor: ["/doctor/queue", "/doctor/tasks", f"/doctor/suggestions/{suggestion.public_id}"],
        house.ben: ["/caregiver", f"/caregiver/people/{house.anna.public_id}/readings"],
    }
    pages[house.anna] += ["/supply", "/supply/medicines/rg_insulin", "/supply/list?medicine=rg_insulin", "/how-it-went"]
    clinic = f"/clinic/patients/{house.anna.public_id}"
    pages[house.doctor] += [f"{clinic}/supply", f"{clinic}/supply/rg_insulin", f"{clinic}/adherence"]

    pages[house.anna] += ["/my-data/calendar"]
    pages[house.doctor] += ["/clinic/guidance", "/clinic/guidance/new"]
    pages[house.admin] = ["/office/effect", "/office/effect/new", "/messages", "/office/words"]
    pages[house.anna] += ["/sent"]
    pages[house.doctor] += ["/messages", f"{clinic}/sent", "/doctor/my-work", "/doctor/my-work/away"]
    pages[house.ben] += ["/sent"]
    put(house.engine, house.anna, house.now, DeliveryState.REJECTED, DeliveryState.UNDELIVERED, state="failed")
    put(house.engine, house.anna, house.now, DeliveryState.ACCEPTED, recipient=house.ben, state="handed_over")
    put(house.engine, house.anna, house.now)

    widths: dict[str, int] = {}
    for person, paths in pages.items():
        context = chromium.new_context(viewport={"width": 320, "height": 640})
        page = context.new_page()
        sign_in(page, address, person)
        for path in paths:
            page.goto(address + path)
            widths[path] = page.evaluate("document.documentElement.scrollWidth")
        context.close()

    assert {path: width for path, width in widths.items() if width > 320} == {}
