"""The five pages by themselves: able and unable browsers, scripts off, a small phone, two languages, a keyboard."""

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import update

from companion.care.people import Person
from companion.db import writing
from tests.web.bluetooth.conftest import START, Couple, Visit
from tests.web.bluetooth.peripherals import Meter, values_until

STEPS = ("", "wake", "read", "check")


def test_the_devices_page_leads_here(house: Couple) -> None:
    page = house.page(house.anna, "/devices")

    assert f'href="{START}"' in page


@pytest.mark.parametrize("step", STEPS)
def test_every_page_leads_to_typing_by_hand(house: Couple, step: str) -> None:
    page = house.page(house.anna, START + step)

    assert 'href="/readings/new/glucose"' in page
    assert 'href="/readings/new/blood-pressure"' in page
    assert 'href="/upload"' in page


@pytest.mark.parametrize(
    ("system", "first_words"),
    [
        ("android", "Switch on Bluetooth"),
        ("windows", "The first time, pair the device in Windows itself"),
        ("macos", "Allow the browser in System Settings"),
        ("chromeos", "Switch on Bluetooth at the lower right"),
        ("apple", "An iPhone or iPad cannot read devices in a browser"),
    ],
)
def test_there_is_help_for_every_system_without_scripts(house: Couple, system: str, first_words: str) -> None:
    page = house.page(house.anna, f"{START}wake")

    assert first_words in page.split(f'id="help-{system}"')[1].split("</details>")[0]


@pytest.mark.browser
def test_with_scripts_off_the_pages_say_so_and_offer_the_other_ways(able: Browser, address: str, house: Couple) -> None:
    page = able.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640}).new_page()
    house.open_for(house.anna, page, address)

    said = {}
    for step in ("", "read", "check"):
        page.goto(address + START + step)
        said[step] = page.inner_text("main")
    is_able = page.goto(address + START) and page.is_visible("#able")

    assert all("Scripts are switched off" in words for words in said.values())
    assert not is_able


@pytest.mark.browser
def test_a_browser_without_bluetooth_says_so_kindly(unable: Page, address: str) -> None:
    unable.goto(address + START)
    first = unable.inner_text("main")
    unable.goto(f"{address}{START}read")
    third = unable.inner_text("main")

    assert "This browser cannot read devices." in first
    assert "This browser cannot read devices." in third
    assert not unable.is_visible("#choose-device")


@pytest.mark.browser
def test_an_iphone_is_told_that_it_is_the_iphone(unable: Page, address: str) -> None:
    unable.add_init_script(
        "Object.defineProperty(navigator, 'userAgent', { value: 'Mozilla/5.0 (iPhone; like Mac OS X)' })"
    )

    unable.goto(address + START)

    assert unable.inner_text("#why-not").startswith("An iPhone or iPad cannot read devices")


@pytest.mark.browser
@pytest.mark.parametrize(("state", "is_told"), [("powered-on", False), ("absent", True)])
def test_bluetooth_that_is_not_there_is_told(visit: Visit, state: str, is_told: bool) -> None:
    visit.near(None).switch_on(state)

    visit.open()
    visit.page.wait_for_selector("#able:visible")
    visit.page.wait_for_timeout(300)

    assert visit.page.is_visible("#is-off") == is_told


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_runs_over_the_edge_of_a_small_phone(visit: Visit, language: str) -> None:
    with writing(visit.house.engine) as session:
        session.execute(update(Person).values(language=language))
    wall = visit.house.now.astimezone(visit.house.zone).replace(tzinfo=None)
    radio = visit.near(Meter(values_until(wall, 101, 163), wall))
    widths = {}

    for step in ("", "wake"):
        visit.open(step)
        widths[step] = visit.width()
    radio.switch_on()
    visit.open("read")
    for step in ("choose", "reading", "empties", "stopped", "nothing"):
        widths[step] = visit.width(step)
    visit.page.reload()
    visit.page.click("#choose-device")
    radio.work_until("#question")
    for step in ("question", "sure", "saving", "saved", "not-kept", "none", "stopped"):
        widths[f"check {step}"] = visit.width(step)

    assert {step: width for step, width in widths.items() if width > 320} == {}
    assert ("Is this yours?" in visit.page.content()) == (language == "en")


@pytest.mark.browser
def test_the_whole_way_can_be_gone_with_a_keyboard(visit: Visit) -> None:
    wall = visit.house.now.astimezone(visit.house.zone).replace(tzinfo=None)
    radio = visit.near(Meter(values_until(wall, 163), wall))
    visit.open("read")

    visit.press("choose-device")
    radio.work_until("#question")
    focused = visit.page.evaluate("document.activeElement.textContent")
    visit.press("yes")
    visit.page.wait_for_selector("#saved:visible")

    assert focused == "Is this yours?"
    assert len(visit.house.readings()) == 1


@pytest.mark.browser
def test_the_buttons_are_large_enough(visit: Visit) -> None:
    visit.open("read")

    box = visit.page.locator("#choose-device").bounding_box()

    assert box is not None
    assert box["height"] >= 64


@pytest.mark.browser
def test_progress_is_told_to_a_screen_reader(visit: Visit) -> None:
    visit.open("read")

    told, bar = visit.page.locator("#told"), visit.page.locator("#bar")

    assert told.get_attribute("role") == "status"
    assert bar.get_attribute("aria-label") == "How far it is"
