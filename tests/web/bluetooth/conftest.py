"""A house whose patient sits before a browser that can do Bluetooth."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright
from werkzeug.serving import make_server

from companion.care.people import Person, Role
from companion.db import writing
from tests.conftest import CHROMIUM
from tests.people import PASSWORD
from tests.web.bluetooth.radio import REMEMBER_SUBSCRIPTIONS, Peripheral, Radio
from tests.web.loop.house import House

START = "/devices/bluetooth/"


class Couple(House):
    """Anna and her husband Otto share a computer; both are patients."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        with writing(self.engine) as session:
            self.otto = self.add(session, Role.PATIENT, "Otto Berg", None)
        self.give_login(self.otto, "otto")


@pytest.fixture
def house(tmp_path: Path) -> Couple:
    return Couple(tmp_path)


@pytest.fixture
def address(house: House) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: see deploy/install-test-packages")
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def able(playwright: Playwright) -> Iterator[Browser]:
    """A browser that can do Bluetooth."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--enable-features=WebBluetooth"])
    yield browser
    browser.close()


@pytest.fixture
def unable(playwright: Playwright, address: str, house: Couple) -> Iterator[Page]:
    """Anna in a browser that has no Bluetooth at all, as Firefox and Safari have none."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--disable-features=WebBluetooth"])
    page = browser.new_page()
    house.open_for(house.anna, page, address)
    yield page
    browser.close()


def sign_in(page: Page, address: str, person: Person) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#login", person.login or "")
    page.fill("#password", PASSWORD)
    page.click("main button.primary")


class Visit:
    """One person at that browser, with a device in reach or none."""

    def __init__(self, browser: Browser, address: str, house: Couple) -> None:
        self.browser, self.address, self.house = browser, address, house
        context = browser.new_context(viewport={"width": 320, "height": 640})
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.radios: list[Radio] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._listen)
        self.page.add_init_script(REMEMBER_SUBSCRIPTIONS)
        house.open_for(house.anna, self.page, address)

    def _listen(self, told: ConsoleMessage) -> None:
        if "Content Security" in told.text:
            self.problems.append(told.text)

    def sign_in(self, person: Person) -> None:
        sign_in(self.page, self.address, person)

    def near(self, peripheral: Peripheral | None) -> Radio:
        self.radios.append(Radio(self.browser, self.page, peripheral))
        return self.radios[-1]

    def end(self) -> None:
        for radio in self.radios:
            radio.switch_off()
        self.page.context.close()

    def open(self, step: str = "") -> None:
        self.page.goto(f"{self.address}{START}{step}")

    def read(self, radio: Radio) -> None:
        """Chooses the device, and waits until the values are shown with the question."""
        self.choose()
        radio.work_until("#question")

    def press(self, button: str) -> None:
        """Goes there with the tabulator, and presses it."""
        for _ in range(40):
            if self.page.evaluate("document.activeElement.id") == button:
                self.page.keyboard.press("Enter")
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no way to {button} with the keyboard")

    def width(self, step: str = "") -> int:
        """How wide the page is, with that step of it shown."""
        show = "step => document.querySelectorAll('.step').forEach(each => each.hidden = each.id !== step)"
        if step:
            self.page.evaluate(show, step)
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        return width

    def choose(self) -> None:
        self.open("read")
        self.page.click("#choose-device")


@pytest.fixture
def visit(able: Browser, address: str, house: Couple) -> Iterator[Visit]:
    visit = Visit(able, address, house)
    yield visit
    visit.end()
    assert visit.problems == []
