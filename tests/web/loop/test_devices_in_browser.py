"""Devices, hubs and quarantine on a small phone without scripts: a code is one tap away, and nothing runs over."""

import re

import pytest
from playwright.sync_api import Browser, Page

from companion.devices.models import Device
from companion.devices.records.payloads import RawPayload
from tests.web.loop.house import House
from tests.web.loop.test_batches import METER, HubAtHome, batch

pytestmark = pytest.mark.browser


def test_a_patient_gets_a_code_with_one_tap(house: House, address: str, phone: Page) -> None:
    house.open_for(house.anna, phone, address)

    phone.get_by_role("link", name="Devices").click()
    button = phone.get_by_role("button", name="Show a code for a new hub")
    box = button.bounding_box()
    button.click()

    assert re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}", phone.locator("main").inner_text())
    assert box is not None
    assert box["height"] >= 44


def test_no_page_of_devices_runs_over_the_edge(house: House, address: str, chromium: Browser) -> None:
    hub = HubAtHome(house, METER | {"name": "meter+0123456789012345678901234567890123456789"})
    hub.send(batch(house, [RawPayload("2a18", bytes(300), house.now)]))
    hub.send(batch(house, [], device=METER | {"serial": "another"}))
    device = house.only(Device).public_id
    pages = {
        house.anna: ["/devices", f"/devices/{device}/remove", f"/devices/hubs/{hub.id}/revoke"],
        house.admin: ["/office/hubs", "/office/quarantine", "/office/quarantine/batches"],
    }

    widths: dict[str, int] = {}
    for person, paths in pages.items():
        context = chromium.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=True)
        page = context.new_page()
        house.open_for(person, page, address)
        for path in paths:
            page.goto(address + path)
            for details in page.locator("details summary").all():
                details.click()
            widths[path] = page.evaluate("document.documentElement.scrollWidth")
        if person is house.anna:
            page.goto(f"{address}/devices")
            page.get_by_role("button", name="Show a code for a new hub").click()
            widths["code"] = page.evaluate("document.documentElement.scrollWidth")
        context.close()

    assert {path: width for path, width in widths.items() if width > 320} == {}
