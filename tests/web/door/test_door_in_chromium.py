"""The door in Chromium: passkeys by its virtual authenticator, pages left open by its clock, and no scripts at all."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from companion.clock import system_clock
from companion.db import Base, writing
from companion.services import Services, build_services
from companion.web import create_app
from tests.people import PASSWORD, Cast, add_cast
from tests.web.conftest import settings_with

pytestmark = pytest.mark.browser

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
NO_LIST = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
"""The browser names no keys at the login's field: else the virtual phone chooses one at once."""
NO_KEYS = "delete window.PublicKeyCredential"


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, list[Any]]]:
    """An address of its own, and the place for the application that answers there."""
    apps: list[Any] = []
    server = make_server("127.0.0.1", 0, lambda environ, start: apps[0](environ, start), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}", apps
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, address: tuple[str, list[Any]]) -> Iterator[Services]:
    settings = settings_with(
        DATABASE_URL=f"sqlite:///{tmp_path_factory.mktemp('door')}/companion.db", PUBLIC_URL=address[0]
    )
    services = build_services(settings, system_clock)
    Base.metadata.create_all(services.engine)
    address[1].append(create_app(services))
    yield services
    services.engine.dispose()


@pytest.fixture(scope="module")
def cast(services: Services) -> Cast:
    with writing(services.engine) as session:
        return add_cast(session, system_clock())


@pytest.fixture
def open_context(chromium: Browser, address: tuple[str, list[Any]]) -> Iterator[Callable[..., BrowserContext]]:
    """A fresh browser of a telephone; it fails the test if a page broke the content policy."""
    contexts, broken = [], []

    def open_one(**options: Any) -> BrowserContext:
        context = chromium.new_context(base_url=address[0], viewport={"width": 390, "height": 844}, **options)
        context.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    assert broken == []


@pytest.fixture
def page(open_context: Callable[..., BrowserContext], cast: Cast) -> Page:
    return open_context().new_page()


def phone_of(page: Page, **changed: Any) -> tuple[Any, str]:
    """From now on the page has an authenticator; the protocol by which it is spoken to, and its id."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    made = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE | changed})
    return protocol, made["authenticatorId"]


def sign_in(page: Page, login: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out").first).to_be_attached()


def make_key(page: Page, name: str) -> None:
    page.goto("/account/passkeys")
    page.get_by_role("link", name="Make a passkey on this device").click()
    page.get_by_label("What do you call this device?").fill(name)
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url("**/account/passkeys")
    expect(page.get_by_text(name)).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").last.click()
    page.wait_for_url("**/sign-in")


class TestPasskeys:
    def test_one_is_made_and_lets_in_by_a_button(self, page: Page, cast: Cast) -> None:
        phone_of(page)
        page.add_init_script(NO_LIST)
        sign_in(page, "wang")
        make_key(page, "First phone")
        sign_out(page)

        page.get_by_role("button", name="Sign in with a passkey").click()

        page.wait_for_url("**/today")
        page.goto("/account")
        expect(page.get_by_role("heading", name=cast.patient.name)).to_be_visible()

    def test_the_browser_offers_it_at_the_login_field(self, page: Page) -> None:
        protocol, phone = phone_of(page, automaticPresenceSimulation=False)
        protocol.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": phone, "enabled": True})
        sign_in(page, "wang")
        make_key(page, "Second phone")
        page.get_by_role("button", name="Sign out").last.click()

        page.wait_for_url("**/today", timeout=20_000)  # the virtual phone chooses from the browser's list at once

    def test_it_stands_in_for_the_password(self, page: Page, services: Services) -> None:
        phone_of(page)
        sign_in(page, "dr.li")
        make_key(page, "Doctor's laptop")
        page.goto("/confirm-password?next=/account/browsers")

        page.get_by_role("button", name="Use your passkey").click()

        page.wait_for_url("**/account/browsers")

    def test_an_owner_who_is_not_recognized_is_told_what_to_do(self, page: Page) -> None:
        protocol, phone = phone_of(page)
        sign_in(page, "wang")
        make_key(page, "Third phone")
        protocol.send("WebAuthn.setUserVerified", {"authenticatorId": phone, "isUserVerified": False})
        page.goto("/confirm-password?next=/account")

        page.get_by_role("button", name="Use your passkey").click()

        expect(page.get_by_role("alert").filter(has_text="Try again, or use another way.")).to_be_visible()
        expect(page.get_by_role("button", name="Use your passkey")).to_be_enabled()

    def test_one_that_was_removed_is_refused_in_words(self, page: Page) -> None:
        phone_of(page)
        sign_in(page, "wang")
        make_key(page, "Kitchen tablet")
        page.get_by_role("link", name="Remove: Kitchen tablet").click()
        page.get_by_role("button", name="Remove it").click()
        page.goto("/account")
        page.add_init_script(NO_LIST)
        sign_out(page)

        page.get_by_role("button", name="Sign in with a passkey").click()

        expect(page.get_by_role("alert").filter(has_text="was not taken")).to_be_visible()

    def test_a_browser_that_knows_none_shows_no_button(self, page: Page) -> None:
        page.add_init_script(NO_KEYS)
        page.goto("/sign-in")

        expect(page.get_by_label("Password")).to_be_visible()
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)

    def test_without_scripts_the_password_lets_in(
        self, open_context: Callable[..., BrowserContext], cast: Cast
    ) -> None:
        page = open_context(java_script_enabled=False).new_page()

        sign_in(page, "wang")

        expect(page.get_by_role("button", name="Sign out").last).to_be_visible()
        page.goto("/sign-in")
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)


class TestAPageLeftOpen:
    def test_it_asks_two_minutes_before_and_then_shows_nothing_of_anybody(self, page: Page, cast: Cast) -> None:
        page.clock.install()
        sign_in(page, "dr.li")
        page.goto("/account")

        page.clock.fast_forward("57:30")
        before = page.locator("#idle").is_visible()
        page.clock.fast_forward("00:40")
        expect(page.get_by_role("dialog", name="Are you still there?")).to_be_visible()
        page.clock.fast_forward("02:05")

        page.wait_for_url("**/signed-out")
        assert not before
        assert cast.doctor.name not in page.content()

    def test_who_says_so_stays(self, page: Page) -> None:
        page.clock.install()
        sign_in(page, "dr.li")
        page.goto("/account")
        page.clock.fast_forward("58:10")

        page.keyboard.press("Enter")  # the first button has the focus

        expect(page.get_by_role("dialog")).to_have_count(0)
        page.clock.fast_forward("57:00")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert page.url.endswith("/account")

    def test_escape_is_a_yes(self, page: Page) -> None:
        page.clock.install()
        sign_in(page, "dr.li")
        page.goto("/account")
        page.clock.fast_forward("58:10")

        page.keyboard.press("Escape")

        expect(page.get_by_role("dialog")).to_have_count(0)

    def test_who_writes_is_not_asked(self, page: Page) -> None:
        page.clock.install()
        sign_in(page, "dr.li")
        page.goto("/account/password")
        page.clock.fast_forward("40:00")

        with page.expect_response("**/account/stay") as stayed:
            page.get_by_label("New password").press_sequentially("a long sentence")
            page.clock.fast_forward("18:30")

        assert stayed.value.status == 204
        expect(page.get_by_role("dialog")).to_have_count(0)

    def test_signing_out_in_one_window_clears_the_others(self, page: Page, cast: Cast) -> None:
        sign_in(page, "dr.li")
        other = page.context.new_page()
        other.goto("/account")
        expect(other.get_by_role("heading", name=cast.doctor.name)).to_be_visible()

        sign_out(page)

        other.wait_for_url("**/signed-out")

    def test_going_back_after_signing_out_shows_nothing(self, page: Page, cast: Cast) -> None:
        sign_in(page, "dr.li")
        page.goto("/account")
        sign_out(page)

        page.go_back()

        page.wait_for_url("**/sign-in**")
        assert cast.doctor.name not in page.content()
