"""The day without a network, in Chromium: the page that stands there then, and answers that wait and arrive once."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from tests.conftest import CHROMIUM
from tests.people import PASSWORD
from tests.web.push.conftest import PushHouse

pytestmark = pytest.mark.browser

KEPT = """async (store) => new Promise((done) => {
    const opening = indexedDB.open("companion-offline");
    opening.onsuccess = () => {
        const all = opening.result.transaction(store).objectStore(store).getAll();
        all.onsuccess = () => done(all.result.length);
    };
})"""


@pytest.fixture
def day(house: PushHouse) -> PushHouse:
    """A dose of Anna's is due just now: by the real clock, which is the one that a browser's worker has."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    house.clock.instant = now - timedelta(hours=1)
    house.prescribe(rule={"kind": "daily", "times": [f"{now.astimezone(house.zone):%H:%M}"]})
    house.beat()
    house.clock.instant = now
    house.beat()
    return house


@pytest.fixture
def today(day: PushHouse, context: BrowserContext, address: str) -> Page:
    """Anna's page of today on the smallest phone, with our worker beside it."""
    page = context.new_page()
    sign_in(page, address, "anna")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    wait_for_kept(page, "kept", 2)
    return page


def sign_in(page: Page, address: str, login: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{address}/today")


def wait_for_kept(page: Page, store: str, count: int) -> None:
    for _ in range(100):
        if kept(page, store) == count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{kept(page, store)} in {store}, not {count}")


def kept(page: Page, store: str) -> int | None:
    """How many; None while the page goes to another."""
    try:
        found: int = page.evaluate(KEPT, store)
    except Error:
        return None
    return found


def state(house: PushHouse) -> str:
    return house.all(Dose)[0].state


def wait_until_state(page: Page, house: PushHouse, wanted: DoseState) -> None:
    for _ in range(100):
        if state(house) == wanted:
            return
        page.wait_for_timeout(50)
    raise AssertionError(state(house))


def test_without_a_network_the_day_stands_there_without_amounts(
    today: Page, context: BrowserContext, address: str
) -> None:
    context.set_offline(True)

    today.goto(f"{address}/today")

    expect(today.get_by_role("heading", name="No network just now")).to_be_visible()
    medicine = today.get_by_role("heading", name=re.compile("Your .* medicine"))
    expect(medicine).to_be_visible()
    # The dose is due by the real clock, whose minute may read like the amount.
    said = today.locator("main").inner_text().replace(medicine.inner_text(), "")
    assert "16" not in said
    assert today.evaluate("document.documentElement.scrollWidth") <= 320


def test_an_answer_without_a_network_arrives_once_it_is_back(
    day: PushHouse, today: Page, context: BrowserContext, address: str
) -> None:
    context.set_offline(True)
    today.goto(f"{address}/today")

    today.get_by_role("button", name="I took it").click()
    expect(today.get_by_text("Kept on this device.").first).to_be_visible()
    assert state(day) == DoseState.DUE
    context.set_offline(False)
    today.goto(f"{address}/today")

    wait_until_state(today, day, DoseState.TAKEN)
    expect(today.get_by_text(re.compile("Noted: .* taken")).first).to_be_visible()
    wait_for_kept(today, "answers", 0)


def test_a_button_of_the_open_page_is_not_lost_with_the_network(
    day: PushHouse, today: Page, context: BrowserContext, address: str
) -> None:
    context.set_offline(True)

    today.get_by_role("button", name="I took it").first.click()

    expect(today.get_by_text("Kept on this device.").first).to_be_visible()
    context.set_offline(False)
    today.goto(f"{address}/today")
    wait_until_state(today, day, DoseState.TAKEN)


def test_what_is_not_an_answer_is_said_to_be_lost(today: Page, context: BrowserContext, address: str) -> None:
    today.goto(f"{address}/feel")
    context.set_offline(True)

    today.locator("main form button").first.click()

    expect(today.get_by_text("was not noted. Please do it again")).to_be_visible()


def test_two_tabs_send_what_waits_and_it_counts_once(
    day: PushHouse, today: Page, context: BrowserContext, address: str
) -> None:
    context.set_offline(True)
    today.goto(f"{address}/today")
    today.get_by_role("button", name="I took it").click()
    wait_for_kept(today, "answers", 1)
    other = context.new_page()

    context.set_offline(False)  # the first tab hears of it and sends, too
    other.goto(f"{address}/medicines")

    wait_until_state(today, day, DoseState.TAKEN)
    wait_for_kept(today, "answers", 0)
    assert [dose.state for dose in day.all(Dose)].count(DoseState.TAKEN) == 1


def test_an_answer_waits_for_its_owner_and_is_not_sent_as_somebody_elses(
    day: PushHouse, today: Page, context: BrowserContext, address: str
) -> None:
    context.set_offline(True)
    today.goto(f"{address}/today")
    today.get_by_role("button", name="I took it").click()
    wait_for_kept(today, "answers", 1)
    context.clear_cookies()
    context.set_offline(False)

    today.goto(f"{address}/sign-in")
    expect(today.get_by_text("Answers that wait on this device: 1")).to_be_visible()
    assert state(day) == DoseState.DUE
    sign_in(today, address, "anna")

    wait_until_state(today, day, DoseState.TAKEN)


def test_signing_out_empties_the_day_and_asks_about_what_waits(
    today: Page, context: BrowserContext, address: str
) -> None:
    asked: list[str] = []

    def refuse(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    today.on("dialog", refuse)
    context.set_offline(True)
    today.get_by_role("button", name="I took it").first.click()
    wait_for_kept(today, "answers", 1)
    context.set_offline(False)
    context.route("**/today/answers", lambda route: route.abort())
    today.goto(f"{address}/today")

    today.get_by_role("button", name="Sign out").click()
    today.wait_for_timeout(300)

    assert asked == [
        "Answers of yours wait on this device. They are sent only when you sign in again. Sign out all the same?"
    ]
    assert today.url == f"{address}/today"
    today.remove_listener("dialog", refuse)
    today.on("dialog", lambda dialog: dialog.accept())
    today.get_by_role("button", name="Sign out").click()
    today.wait_for_url(f"{address}/sign-in")
    wait_for_kept(today, "kept", 1)  # the key alone


def test_nothing_that_is_kept_can_be_read_as_it_is(today: Page) -> None:
    sealed = today.evaluate(
        """async () => new Promise((done) => {
            const opening = indexedDB.open("companion-offline");
            opening.onsuccess = () => {
                const found = opening.result.transaction("kept").objectStore("kept").get("record");
                found.onsuccess = () => done(new TextDecoder("latin1").decode(found.result.bytes));
            };
        })"""
    )

    assert "medicine" not in sealed
    assert "whose" not in sealed


def test_it_can_be_put_on_a_home_screen(chromium: Browser, address: str, tmp_path: Path) -> None:
    context = chromium.browser_type.launch_persistent_context(tmp_path, executable_path=CHROMIUM)
    page = context.pages[0]
    page.goto(f"{address}/sign-in")
    page.wait_for_load_state("networkidle")

    errors = context.new_cdp_session(page).send("Page.getInstallabilityErrors")
    context.close()

    assert errors["installabilityErrors"] == []
