"""The doctor's desk in a real browser: the keyboard alone, two sides on a wide screen, and news that moves nothing."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from companion.advice.models import Review, Suggestion
from companion.care.consent import Scope
from companion.db import writing
from tests.web.loop.house import House
from tests.web.loop.test_browser import sign_in
from tests.web.loop.test_queue import Ward

pytestmark = pytest.mark.browser


@pytest.fixture
def ward(house: House) -> Ward:
    """Anna's waits first, then Nora's."""
    house.titration()
    house.fast(150, 148, 155)
    ward = Ward(house, house.only(Suggestion))
    house.clock.advance(minutes=1)
    ward.add("su_nora", "Nora Neu")
    return ward


@pytest.fixture
def desk(ward: Ward, address: str, chromium: Browser) -> Iterator[Page]:
    """Dr. Roth at a wide screen, in the queue. What a page complains of fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    sign_in(page, address, ward.house.doctor)
    page.goto(f"{address}/doctor/queue")
    yield page
    context.close()
    assert complaints == []


def test_from_the_queue_to_a_decision_by_the_keyboard_alone(ward: Ward, desk: Page) -> None:
    for key in ("j", "Enter"):
        desk.keyboard.press(key)
    expect(desk.get_by_role("heading", level=1, name=re.compile("Anna Berg"))).to_be_visible()

    desk.keyboard.press("a")
    expect(desk.get_by_role("button", name="Yes, approve")).to_be_visible()
    undecided = ward.house.all(Review)
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Decided: approved")).to_be_visible()

    assert undecided == []
    assert ward.house.only(Review).clinician_id == ward.house.doctor.id


def test_a_row_opens_beside_the_list_with_an_address_of_its_own(ward: Ward, desk: Page) -> None:
    desk.locator("[data-row=su_nora]").click()
    expect(desk.locator("#opened h1")).to_contain_text("Nora Neu")

    assert desk.url.endswith("/doctor/suggestions/su_nora")
    assert desk.locator("h1").count() == 1
    expect(desk.locator(".list-head h2")).to_contain_text("To decide")
    assert desk.locator("[data-row][aria-current=true]").get_attribute("data-row") == "su_nora"
    assert desk.title() == "Nora Neu"
    assert desk.evaluate("document.activeElement.tagName") == "H1"
    assert "Nora" not in desk.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")


def test_next_and_previous_walk_along_the_list(ward: Ward, desk: Page, address: str) -> None:
    desk.goto(f"{address}/doctor/suggestions/{ward.first.public_id}")

    desk.keyboard.press("j")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Nora Neu")
    desk.keyboard.press("k")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Anna Berg")


def test_each_key_leads_to_its_step_and_escape_back_and_nothing_is_focused_that_decides(
    ward: Ward, desk: Page, address: str
) -> None:
    desk.goto(f"{address}/doctor/suggestions/{ward.first.public_id}")

    for key, step in (("e", "amend"), ("r", "reject"), ("d", "put_off"), ("a", "approve")):
        desk.keyboard.press(key)
        desk.wait_for_url(f"**step={step}*")
        assert desk.evaluate("document.activeElement.name ?? null") is None
        desk.keyboard.press("Escape")
        desk.wait_for_url(lambda url: "step=" not in url)

    assert ward.house.all(Review) == []


def test_keys_do_nothing_while_somebody_types(ward: Ward, desk: Page, address: str) -> None:
    desk.goto(f"{address}/doctor/suggestions/{ward.first.public_id}")
    desk.keyboard.press("/")
    desk.keyboard.type("adrejk?")

    assert desk.input_value("#text") == "adrejk?"
    assert desk.url.endswith(ward.first.public_id)
    assert ward.house.only(Suggestion, public_id=ward.first.public_id).claimed_by is None


def test_a_question_mark_lists_the_keys_and_g_q_leads_to_the_queue(ward: Ward, desk: Page, address: str) -> None:
    desk.goto(f"{address}/doctor/suggestions/{ward.first.public_id}")

    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_be_hidden()
    desk.keyboard.press("g")
    desk.keyboard.press("q")

    desk.wait_for_url("**/doctor/queue")


def test_turned_off_no_key_does_anything(ward: Ward, desk: Page, address: str) -> None:
    desk.get_by_role("button", name="Turn keyboard shortcuts off").click()
    desk.goto(f"{address}/doctor/suggestions/{ward.first.public_id}")

    for key in "adj?":
        desk.keyboard.press(key)

    assert desk.url.endswith(ward.first.public_id)
    assert desk.locator("kbd:visible").count() == 0
    expect(desk.get_by_role("button", name="Turn keyboard shortcuts on")).to_be_visible()


def test_news_is_told_in_its_place_and_moves_neither_rows_nor_the_focus(ward: Ward, desk: Page) -> None:
    house = ward.house
    desk.locator("[data-row=su_nora]").focus()
    places = "[...document.querySelectorAll('[data-row]')].map(row => row.getBoundingClientRect().top)"
    before = desk.evaluate(places)
    house.clock.advance(minutes=1)
    ward.add("su_later", "Lena Later")
    with writing(house.engine) as session:
        house.link(session, house.anna, house.other_doctor, Scope.CARE)
    house.decide(ward.first, house.act(ward.first), by=house.other_doctor)

    desk.evaluate("htmx.ajax('GET', document.getElementById('news').getAttribute('hx-get'), "
                  "{target: '#news', swap: 'outerHTML'})")  # fmt: skip
    expect(desk.get_by_role("link", name="New: 1. Show")).to_be_visible()

    assert desk.evaluate(places) == before
    assert desk.evaluate("document.activeElement.dataset.row") == "su_nora"
    marked = desk.locator(f'[data-mark-of="{ward.first.public_id}"]').first
    expect(marked).to_have_text("✓ decided by Dr. Stern")


def test_on_a_telephone_a_row_is_a_plain_link(ward: Ward, address: str, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, address, ward.house.doctor)
    page.goto(f"{address}/doctor/queue")

    with page.expect_navigation():
        page.locator("[data-row=su_nora]").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Nora Neu")
    assert page.locator("[data-row]:visible").count() == 0
    context.close()
