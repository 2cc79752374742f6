"""The essential without scripts, and by keyboard alone: answer a dose, see values, decide a suggestion."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from companion.advice.models import Review, Suggestion
from companion.db import reading
from companion.reminders.doses.models import Dose
from tests.judges.walk import House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

MOST_TABS = 300
FOCUSED = """() => {
  const each = document.activeElement;
  if (each === document.body) return null;
  const shown = getComputedStyle(each), box = each.getBoundingClientRect();
  return {
    said: (each.getAttribute("aria-label") || each.innerText || each.name || "").trim(),
    isSeen: shown.outlineStyle !== "none" && parseFloat(shown.outlineWidth) >= 2 && box.width > 1,
    isOnScreen: box.bottom > 0 && box.top < innerHeight,
  };
}"""


def of_the_story(house: House) -> tuple[str, str]:
    """The state of the dose that was due a minute ago, and the state of the suggestion."""
    with reading(house.services.engine) as session:
        due_at = house.services.clock()
        dose = session.scalars(select(Dose).where(Dose.due_at <= due_at).order_by(Dose.due_at.desc())).first()
        suggestion = session.scalars(select(Suggestion)).one()
        assert dose is not None
        return dose.state, suggestion.state


@pytest.fixture
def story_house(fresh: Callable[[], House]) -> Iterator[House]:
    """A house of the test's own: what is decided in it stays decided."""
    with fresh().served() as house:
        yield house


def test_without_scripts(story_house: House, chromium: Browser) -> None:
    with story_house.browser_of(story_house.person("patient"), "en", chromium, scripts=False) as page:
        page.goto(f"{story_house.url}/today")
        page.get_by_role("button", name="I took it").first.click()
        page.goto(f"{story_house.url}/readings")
        expect(page.locator("svg.chart:visible").first).to_be_visible()
    with story_house.browser_of(story_house.person("doctor"), "en", chromium, scripts=False) as page:
        page.goto(f"{story_house.url}/doctor/queue")
        page.locator(f"a[href*='{story_house.the_suggestion()}']").first.click()
        page.get_by_role("button", name=re.compile("^Approve")).click()
        page.get_by_role("button", name=re.compile("^Yes, approve")).click()

    assert of_the_story(story_house) == ("taken", "approved")


def test_by_keyboard_alone(story_house: House, chromium: Browser) -> None:
    with story_house.browser_of(story_house.person("patient"), "en", chromium) as page:
        page.goto(f"{story_house.url}/today")
        press(page, "✓ I took it")
        page.goto(f"{story_house.url}/today")
        press(page, "Readings")
        expect(page.locator("h1")).to_be_visible()
        assert page.url.endswith("/readings")
    with story_house.browser_of(story_house.person("doctor"), "en", chromium) as page:
        page.goto(f"{story_house.url}{story_house.the_suggestion()}")
        press(page, "Approve")
        press(page, "Yes, approve")

    assert of_the_story(story_house) == ("taken", "approved")
    with reading(story_house.services.engine) as session:
        assert session.scalars(select(Review)).one().clinician_id == story_house.person("doctor").id


@pytest.mark.parametrize(
    ("role", "path"), [("patient", "/today"), ("patient", "/readings"), ("doctor", "/doctor/queue")]
)
def test_the_keyboard_is_caught_nowhere(role: str, path: str, crowded: House, chromium: Browser) -> None:
    with crowded.browser_of(crowded.person(role), "en", chromium) as page:
        page.goto(crowded.url + path)

        stops = list(tabbed(page))

    assert stops[-1].startswith("Sign out")
    assert len(stops) > 5


def tabbed(page: Page) -> Iterator[str]:
    """What the tab key comes to, until it leaves the page; every stop has to be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None:
            return
        assert found["isSeen"], f"no focus is seen on {found['said']!r}"
        assert found["isOnScreen"], f"{found['said']!r} has the focus outside of what is shown"
        yield found["said"]
    raise AssertionError(f"the page is not left after {MOST_TABS} stops")


def press(page: Page, name: str) -> None:
    """Goes on with the tab key until what is so called has the focus, and presses enter."""
    for said in tabbed(page):
        if said.startswith(name):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"the tab key never came to {name!r}")
