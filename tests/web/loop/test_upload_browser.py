"""The page for files in a real browser: with scripts it takes what is dropped and tells how far it is; or without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from companion.sent import files
from tests.web.loop.house import House

pytestmark = pytest.mark.browser

ROWS = b"time,glucose (mg/dL)\n2026-03-01 08:00,140\n2026-03-02 08:00,150\n"

DROP = """([name, type]) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(["time,glucose (mg/dL)\\n2026-03-01 08:00,140\\n"], name, { type }));
    const event = new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true });
    document.querySelector("#send").dispatchEvent(event);
}"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A small phone with scripts on, that notes what the policy refused."""
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda told: refused.append(told.text) if "Content Security" in told.text else None)
    yield page
    context.close()
    assert refused == []


@pytest.fixture
def meter(tmp_path: Path) -> Path:
    path = tmp_path / "meter.csv"
    path.write_bytes(ROWS)
    return path


def test_a_file_that_is_dropped_is_looked_at_and_taken_in(house: House, address: str, page: Page) -> None:
    house.open_for(house.anna, page, address)
    page.goto(f"{address}/upload")

    page.evaluate(DROP, ["meter.csv", "text/csv"])
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Yes, take them in").click()

    expect(page.get_by_role("heading", name="Taken in")).to_be_visible()
    assert [str(one.value) for one in house.readings()] == ["140"]


def test_a_picture_is_refused_before_it_is_sent(house: House, address: str, page: Page) -> None:
    house.open_for(house.anna, page, address)
    page.goto(f"{address}/upload")

    page.evaluate(DROP, ["meter.jpg", "image/jpeg"])

    expect(page.get_by_role("status")).to_contain_text("This is a picture or a document.")


def test_the_waiting_page_goes_on_by_itself(
    house: House,
    address: str,
    page: Page,
    meter: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "LOOKED_AT_ONCE", 10)
    house.open_for(house.anna, page, address)
    page.goto(f"{address}/upload")
    page.set_input_files("#file", meter)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", name="Your file is being read")).to_be_visible()

    house.services.work_on_files()

    expect(page.get_by_role("button", name="Yes, take them in")).to_be_visible(timeout=15_000)


def test_without_scripts_it_is_an_ordinary_form(
    house: House,
    address: str,
    chromium: Browser,
    meter: Path,
) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page = context.new_page()
    house.open_for(house.anna, page, address)
    page.goto(f"{address}/upload")

    page.set_input_files("#file", meter)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Yes, take them in").click()
    taken = len(house.readings())
    page.get_by_text("Was this the wrong file?").click()
    page.get_by_role("button", name="Take the whole file back").click()

    expect(page.get_by_role("heading", name="Taken back")).to_be_visible()
    assert taken == 2
    context.close()


@pytest.mark.parametrize("path", ["/upload", "/uploads", "/readings"])
def test_nothing_runs_over_the_edge_of_a_small_phone(house: House, address: str, page: Page, path: str) -> None:
    house.download(house.payloads(140, house.local("2026-03-01 08:00")))
    house.open_for(house.anna, page, address)
    page.goto(f"{address}{path}")
    for summary in page.locator("summary").all():
        summary.click()

    width = page.evaluate("document.documentElement.scrollWidth")

    assert width <= 320
