"""A changed dose is said back on a small phone without scripts; nothing runs over the edge."""

import pytest
from playwright.sync_api import Page

from tests.approvals import approve_increase, held
from tests.people import PASSWORD
from tests.web.loop.house import House
from tests.web.loop.test_answering_browser import WIDTH, widest

pytestmark = pytest.mark.browser

TAP = 44
"""Pixels: nothing smaller is meant for a finger."""


def test_an_increase_is_read_chosen_and_holds(house: House, address: str, phone: Page) -> None:
    approve_increase(house)
    phone.goto(f"{address}/sign-in")
    phone.fill("#login", house.anna.login or "")
    phone.fill("#password", PASSWORD)
    phone.click("main button.primary")

    today = widest(phone)
    phone.get_by_role("link", name="I have read this: ask me").click()
    question = widest(phone)
    choices = [label.bounding_box() for label in phone.locator("label.choice").all()]
    phone.get_by_label("18 units", exact=True).check()
    phone.get_by_label("Mar 5, 2026", exact=True).check()
    phone.get_by_role("button", name="This is my answer").first.click()

    assert max(today, question) <= WIDTH
    assert all(box and box["height"] >= TAP for box in choices)
    assert phone.get_by_text("That is right.").first.is_visible()
    assert held(house) == 18
