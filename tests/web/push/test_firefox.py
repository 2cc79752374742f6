"""Firefox from end to end: switched on by its owner, a reminder pushed, opened, shown, reported, clicked, answered."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from werkzeug.serving import make_server

from companion.care.contact_models import ContactPoint, ContactState
from companion.care.contacts import note_state
from companion.db import writing
from companion.messages.models import Delivery, DeliveryState
from companion.messages.push_subscription import read_address
from companion.reminders.doses.models import Dose
from companion.sealing.texts import sealed_values
from tests.people import PASSWORD
from tests.web.push.autopush import Autopush, autopush
from tests.web.push.conftest import PushHouse
from tests.web.push.firefox import FIREFOX, Marionette, firefox, wait_until

pytestmark = pytest.mark.browser

STATE = "return document.getElementById('this-device').dataset.state === arguments[0]"
ALERT = "return [...Services.wm.getEnumerator('alert:alert')].length"
CLICK = """
const shown = [...Services.wm.getEnumerator('alert:alert')][0];
(shown.document.getElementById('alertBox') || shown.document.documentElement).click();
return true;
"""


@pytest.fixture(scope="module")
def pushes() -> Iterator[Autopush]:
    with autopush() as service:
        yield service


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, pushes: Autopush) -> Iterator[Marionette]:
    """One for all tests here: each has a house at an address of its own, so nothing of another is known to it."""
    if FIREFOX is None:
        if os.environ.get("CI"):
            pytest.fail("firefox-esr is missing: deploy/install-test-packages installs it")
        pytest.skip("firefox-esr is not installed: see deploy/install-test-packages")
    with firefox(tmp_path_factory.mktemp("firefox"), pushes.socket_url) as marionette:
        yield marionette


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushHouse]:
    """Anna's house, really served, at the address that its messages name."""
    monkeypatch.setenv("COMPANION_PUSH_PRIVATE_HOSTS", "1")
    # The port is chosen before the house is built, because its links name it.
    server = make_server("127.0.0.1", 0, lambda environ, start: house.app(environ, start), threaded=True)
    monkeypatch.setenv("COMPANION_PUBLIC_URL", f"http://localhost:{server.server_port}")
    house = PushHouse(tmp_path)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield house
    server.shutdown()
    thread.join()
    server.server_close()


def switch_on(house: PushHouse, browser: Marionette) -> None:
    """Anna signs in, and presses the button of her page."""
    browser.goto(f"{house.settings.public_url}/sign-in?next=/this-device")
    browser.fill("#login", house.anna.login or "")
    browser.fill("#password", PASSWORD)
    browser.click("main button.primary")
    browser.wait_for(STATE, "off")
    browser.click("[data-do=on]")
    browser.wait_for(STATE, "on")


def due(house: PushHouse) -> None:
    """It is eight o'clock, and Anna's first way is her browser."""
    house.first_by_push(house.points()[0].address)
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()


def is_delivered(house: PushHouse) -> bool:
    return house.only(Delivery).state == DeliveryState.DELIVERED


def test_a_reminder_is_pushed_shown_clicked_and_answered(
    served: PushHouse, browser: Marionette, pushes: Autopush
) -> None:
    switch_on(served, browser)
    opened_before = len(pushes.acknowledged)
    due(served)

    browser.wait_for(ALERT, chrome=True)
    wait_until(lambda: is_delivered(served))
    browser.in_chrome(CLICK)
    browser.go_to_newest_tab()
    browser.wait_for("return location.pathname === '/tap' && !!document.querySelector('[name=answer][value=taken]')")
    browser.click("[name=answer][value=taken]")
    wait_until(lambda: bool(served.all(Dose, state="taken")))

    (dose,) = served.all(Dose, state="taken")
    assert (dose.due_at, dose.answered_via) == (served.local("2026-03-05 08:00"), "link")
    assert len(pushes.acknowledged) == opened_before + 1


def test_it_is_switched_off_and_the_push_service_forgets_the_browser(
    served: PushHouse, browser: Marionette, pushes: Autopush
) -> None:
    switch_on(served, browser)
    (secret,) = (
        read_address(point.address, may_be_private=True).endpoint.rpartition("/")[2] for point in served.points()
    )
    browser.goto(f"{served.settings.public_url}/this-device")
    browser.wait_for(STATE, "on")

    browser.click("[data-do=off]")
    browser.wait_for(STATE, "off")

    wait_until(lambda: secret not in pushes.channels)
    assert served.points() == []


def test_a_subscription_that_the_push_service_ended_is_made_anew(
    served: PushHouse, browser: Marionette, pushes: Autopush
) -> None:
    switch_on(served, browser)
    (before,) = served.points()
    with writing(served.engine) as session:
        note_state(session, before.id, ContactState.BAD, "410", served.now)
    browser.goto(f"{served.settings.public_url}/this-device")
    browser.wait_for(STATE, "off")

    browser.click("[data-do=on]")
    browser.wait_for(STATE, "on")

    (after,) = served.points()
    assert after.address != before.address
    assert after.state == ContactState.OK


def test_a_browser_that_changed_its_subscription_unheard_stays_on(served: PushHouse, browser: Marionette) -> None:
    switch_on(served, browser)
    (now,) = served.points()
    with writing(served.engine) as session:
        before = now.address.replace("/push/", "/before/")
        sealed = sealed_values(session, now.person_id, ContactPoint.address, before, served.now)
        session.execute(update(ContactPoint).where(ContactPoint.id == now.id).values(sealed))

    browser.goto(f"{served.settings.public_url}/this-device")
    browser.wait_for(STATE, "on")

    assert [point.address for point in served.points()] == [now.address]
