"""Answering on a small phone without scripts: at another time, and by a link; nothing runs over the edge."""

import pytest
from playwright.sync_api import Page

from companion.db import writing
from companion.reminders.doses.models import Dose
from companion.reminders.doses.one_tap import one_tap_link
from tests.people import PASSWORD
from tests.web.loop.house import House

pytestmark = pytest.mark.browser

WIDTH = 320


@pytest.fixture
def dose(house: House) -> Dose:
    """One of two medicines of eight o'clock; it is ten past."""
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe(drug="Metformin", unit="tablet", amount="1")
    house.prescribe(public_id="rg_amlodipine", drug="Amlodipine", unit="tablet", amount="1")
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:10")
    house.beat()
    return house.all(Dose, state="due")[0]


def widest(phone: Page) -> float:
    """How far right anything on the page reaches."""
    boxes = [box.bounding_box() for box in phone.locator("main *:visible").all()]
    return max(box["x"] + box["width"] for box in boxes if box)


def test_one_of_two_medicines_was_taken_at_another_time(house: House, address: str, phone: Page, dose: Dose) -> None:
    phone.goto(f"{address}/sign-in")
    phone.fill("#login", house.anna.login or "")
    phone.fill("#password", PASSWORD)
    phone.click("main button.primary")

    phone.get_by_text("Other answers").click()
    today = widest(phone)
    phone.get_by_role("link", name="Another time or amount").first.click()
    page = widest(phone)
    phone.fill("#taken_time", "08:05")
    phone.get_by_role("button", name="I took it").click()

    assert max(today, page) <= WIDTH
    assert house.only(Dose, id=dose.id).taken_at == house.local("2026-03-05 08:05")
    assert phone.get_by_text("Noted: 08:00 taken.").first.is_visible()


def test_a_link_answers_in_two_taps(house: House, address: str, phone: Page, dose: Dose) -> None:
    with writing(house.engine) as session:
        path = one_tap_link(session, dose.patient_id, dose.due_at, house.now)

    phone.goto(address + path)
    asked_at, width = phone.url, widest(phone)
    button = phone.get_by_role("button", name="I took all of it").bounding_box()
    phone.get_by_role("button", name="I took all of it").click()

    assert asked_at == f"{address}/tap"
    assert width <= WIDTH
    assert button is not None
    assert button["height"] >= 64
    assert {each.state for each in house.all(Dose) if each.due_at == dose.due_at} == {"taken"}
    assert phone.get_by_text("Noted: 08:00 taken.").is_visible()
