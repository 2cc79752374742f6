"""Action buttons in Chromium, and the switch at a phone's width. It cannot subscribe without its maker's servers, so
what is pushed is handed to its worker by the browser's own developer protocol."""

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from companion.messages.models import Delivery, DeliveryState
from companion.messages.push_tokens import PushTokens
from companion.reminders.doses.models import Dose
from tests.people import PASSWORD
from tests.push_service import PushService
from tests.web.push.conftest import PushHouse, address_of
from tests.web.push.firefox import wait_until

pytestmark = pytest.mark.browser

SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(
    (each) => ({title: each.title, body: each.body, tag: each.tag, actions: each.actions.map((one) => one.action)}))"""
PRESS = """async (action) => {
    const [notification] = await self.registration.getNotifications();
    const event = new NotificationEvent("notificationclick", {notification, action});
    const waited = [];
    event.waitUntil = (promise) => waited.push(promise);
    self.dispatchEvent(event);
    await Promise.all(waited);
}"""

KEEP = """async (kept) => (await caches.open("companion-device")).put(
    "/this-device/token", new Response(JSON.stringify(kept)))"""
CHANGE = """async (newSubscription) => {
    const waited = [];
    const waitUntil = (promise) => waited.push(promise);
    self.dispatchEvent(Object.assign(new Event("pushsubscriptionchange"), {newSubscription, waitUntil}));
    await Promise.all(waited);
}"""


class Device:
    """A page with our worker beside it, and the way by which the browser hands it a push."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address, self.context, self.page = address, context, context.new_page()
        self.protocol = context.new_cdp_session(self.page)
        self.registrations: dict[str, str] = {}
        self.protocol.on("ServiceWorker.workerRegistrationUpdated", self._note)
        self.protocol.send("ServiceWorker.enable")
        self.page.goto(f"{address}/sign-in")
        self.page.evaluate("navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)")

    def _note(self, event: dict[str, Any]) -> None:
        self.registrations |= {each["scopeURL"]: each["registrationId"] for each in event["registrations"]}

    def receive(self, payload: dict[str, Any]) -> list[dict[str, Any]]:
        """The push arrives; what is shown then."""
        registration = self.wait(lambda: self.registrations.get(f"{self.address}/"))
        push = {"origin": self.address, "registrationId": registration, "data": json.dumps(payload)}
        self.protocol.send("ServiceWorker.deliverPushMessage", push)
        return self.wait(self.shown)

    def shown(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(SHOWN)
        return found

    def press(self, action: str) -> list[dict[str, Any]]:
        """A button of the notification; what is shown in its place."""
        (worker,) = self.context.service_workers
        worker.evaluate(PRESS, action)
        return self.wait(self.shown)

    def wait(self, found: Any) -> Any:
        def looked() -> Any:
            self.page.wait_for_timeout(50)
            return found()

        return wait_until(looked)


@pytest.fixture
def device(context: BrowserContext, address: str) -> Device:
    return Device(context, address)


def reminder(house: PushHouse, service: PushService) -> dict[str, Any]:
    """What is pushed to Anna at eight o'clock."""
    house.first_by_push(address_of(service.subscription()))
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()
    return service.pushed[-1].payload


def test_a_reminder_shows_its_buttons_and_says_that_it_came(
    house: PushHouse, service: PushService, device: Device
) -> None:
    payload = reminder(house, service)

    (shown,) = device.receive(payload)
    device.wait(lambda: house.only(Delivery).state == DeliveryState.DELIVERED)

    assert (shown["title"], shown["body"]) == (payload["title"], payload["text"])
    assert (shown["actions"], shown["tag"]) == (["taken", "later"], payload["tag"])


@pytest.mark.parametrize(
    ("action", "state", "told"), [("taken", "taken", "Noted: 08:00 taken."), ("later", "snoozed", "again at")]
)
def test_a_button_answers_and_what_was_noted_takes_its_place(
    house: PushHouse, service: PushService, device: Device, action: str, state: str, told: str
) -> None:
    device.receive(reminder(house, service))

    (shown,) = device.press(action)

    assert [each.due_at for each in house.all(Dose, state=state)] == [house.local("2026-03-05 08:00")]
    assert told in shown["body"]
    assert shown["actions"] == []


def test_an_answer_that_does_not_get_through_says_so(house: PushHouse, service: PushService, device: Device) -> None:
    payload = reminder(house, service)
    device.receive(payload | {"token": "x" + payload["token"]})

    (shown,) = device.press("taken")

    assert shown["body"] == payload["failed"]
    assert house.all(Dose, state="taken") == []


def test_a_subscription_that_the_browser_changed_by_itself_is_told(
    house: PushHouse, service: PushService, device: Device
) -> None:
    house.first_by_push(address_of(service.subscription("old")))
    token = PushTokens(house.settings.secret_key).of_device(house.points()[0].public_id)
    device.page.evaluate(KEEP, {"token": token, "key": "unused"})

    (worker,) = device.context.service_workers
    worker.evaluate(CHANGE, service.subscription("new"))

    assert [point.address for point in house.points()] == [address_of(service.subscription("new"))]


def signed_in(house: PushHouse, page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in?next=/this-device")
    page.fill("#login", house.anna.login or "")
    page.fill("#password", PASSWORD)
    page.click("main button.primary")


def answer_a_dose(house: PushHouse) -> None:
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()
    house.text("1")


def test_todays_page_offers_it_only_after_the_first_answer(
    house: PushHouse, context: BrowserContext, address: str
) -> None:
    page = context.new_page()
    signed_in(house, page, address)

    page.goto(f"{address}/today")
    page.wait_for_selector("#this-device[data-state=none]", state="attached")
    assert not page.locator("#this-device a").is_visible()
    answer_a_dose(house)
    context.clear_cookies()
    signed_in(house, page, address)
    page.goto(f"{address}/today")
    page.wait_for_selector("#this-device[data-state=off]")
    page.locator("#this-device a").click()

    assert page.url == f"{address}/this-device"


def test_an_offer_that_was_put_off_stays_away(house: PushHouse, context: BrowserContext, address: str) -> None:
    answer_a_dose(house)
    page = context.new_page()
    signed_in(house, page, address)
    page.goto(f"{address}/today")
    page.get_by_role("button", name="Not now").click()

    page.goto(f"{address}/today")
    page.wait_for_function("document.readyState === 'complete'")
    page.wait_for_timeout(300)

    assert not page.get_by_role("button", name="Not now").is_visible()
    page.evaluate("localStorage.setItem('notifications-put-off', String(Date.now() - 31 * 24 * 3600 * 1000))")
    page.goto(f"{address}/today")
    page.get_by_role("button", name="Not now").wait_for()


STATES = {
    "denied": "Object.defineProperty(Notification, 'permission', {get: () => 'denied'})",
    "unsupported": "delete window.PushManager",
    "off": "",
}


@pytest.mark.parametrize("state", STATES)
def test_the_switch_says_what_to_do_at_a_phones_width(
    house: PushHouse, context: BrowserContext, address: str, state: str
) -> None:
    page = context.new_page()
    page.add_init_script(STATES[state])

    signed_in(house, page, address)
    page.wait_for_selector(f"#this-device[data-state={state}]")

    visible = [each for each in page.locator("#this-device p[data-when]").all() if each.is_visible()]
    boxes = [box.bounding_box() for box in page.locator("main *:visible").all()]
    assert len(visible) == 1
    assert max(box["x"] + box["width"] for box in boxes if box) <= 320
    assert page.locator("[data-do=on]").is_visible() is (state == "off")
