"""One of Anna's values on a page of its own: a note, its meal in one tap, its history; the list that leads there."""

from datetime import timedelta
from decimal import Decimal

import pytest

from companion.advice.models import Suggestion
from companion.care.audit import AuditEntry
from companion.readings.amendments import Amendment
from companion.readings.reading import Kind, Metric
from companion.web.identifiers import reading_id
from tests.web.loop.house import House


def page_of(house: House, which: int = 0, metric: Metric = Metric.GLUCOSE) -> str:
    return f"/readings/one/{reading_id(house.readings(metric)[which])}"


def write(house: House, words: str) -> int:
    page = page_of(house)
    return house.browser(house.anna).send(f"{page}/note", {"note": words}, seen_on=page).status_code


def test_a_note_stays_with_the_value_and_in_its_history(house: House) -> None:
    house.measure(163)

    status = write(house, "rice <late>")
    write(house, "")
    page = house.page(house.anna, page_of(house))

    assert status == 302
    assert [row.words for row in house.all(Amendment)] == ["rice <late>", ""]
    assert "Note: rice &lt;late&gt;" in page
    assert "Note taken away" in page
    noted = [entry for entry in house.all(AuditEntry) if entry.action == "reading.noted"]
    assert len(noted) == 2
    assert "rice" not in str([entry.details for entry in noted])


def test_the_same_note_again_is_no_news(house: House) -> None:
    house.measure(163)

    for _ in range(2):
        write(house, "late")

    assert len(house.all(Amendment)) == 1


def test_a_note_that_is_too_long_is_told_and_not_lost(house: House) -> None:
    house.measure(163)
    page = page_of(house)

    answer = house.browser(house.anna).send(f"{page}/note", {"note": "x" * 281}, seen_on=page)

    assert answer.status_code == 422
    assert "x" * 281 in answer.get_data(as_text=True)
    assert house.all(Amendment) == []


def test_the_list_shows_notes_and_leads_to_each_value(house: House) -> None:
    house.measure(163)
    write(house, "late")

    page = house.page(house.anna, "/readings/all")

    assert "“late”" in page
    assert f'href="{page_of(house)}"' in page


def test_when_it_was_is_said_in_one_tap_and_counts_at_once(house: House) -> None:
    house.titration()
    house.fast(150, 148)
    house.measure(155, hours_ago=48)
    before = house.all(Suggestion)
    page = page_of(house)

    answer = house.browser(house.anna).send(f"{page}/meal", {"meal": "fasting"}, seen_on=page)

    assert (answer.status_code, before) == (302, [])
    assert house.only(Suggestion).state == "pending"
    assert "✓ fasting" in house.page(house.anna, page)


def test_a_meal_that_is_none_is_refused(house: House) -> None:
    house.measure(155)
    page = page_of(house)

    answer = house.browser(house.anna).send(f"{page}/meal", {"meal": "brunch"}, seen_on=page)

    assert answer.status_code == 400


@pytest.mark.parametrize("who", ["doctor", "ben", "other_doctor", "admin"])
def test_nobody_else_opens_it(house: House, who: str) -> None:
    house.measure(155)

    answer = house.browser(getattr(house, who)).get(page_of(house))

    assert answer.status_code in (403, 404)


@pytest.mark.parametrize("name", ["x", "W10", "bnVsbA", "W1wiZ2x1Y29zZVwiLDEsXCJhXCIsMV0"])
def test_a_value_that_is_none_has_no_page(house: House, name: str) -> None:
    browser = house.browser(house.anna)

    assert browser.get(f"/readings/one/{name}").status_code == 404
    assert browser.send(f"/readings/one/{name}/note", {"note": "x"}, seen_on="/today").status_code == 404


def test_the_list_goes_back_two_weeks_a_page(house: House) -> None:
    house.measure(163, hours_ago=20 * 24)
    today = house.now.date()

    now, before = (house.page(house.anna, f"/readings/all?to={day}") for day in (today, today - timedelta(days=14)))

    assert "<strong>163</strong>" not in now
    assert f'href="?to={today - timedelta(days=14)}"' in now
    assert "<strong>163</strong>" in before


@pytest.mark.parametrize("to", ["yesterday", "0001-01-05", "2026-13-01"])
def test_a_day_that_is_none_is_not_found(house: House, to: str) -> None:
    assert house.browser(house.anna).get(f"/readings/all?to={to}").status_code == 404


def test_a_strange_value_is_asked_about_before_it_is_kept(house: House) -> None:
    form = {"value": "1.6", "unit": "mmol/L", "time": "2026-03-04T07:05"}
    browser = house.browser(house.anna)

    asked = browser.send("/readings/new/glucose", form)
    other = browser.send("/readings/new/glucose", form | {"value": "1.7", "sure": "1.6 mmol/L"})
    before = house.readings()
    kept = browser.send("/readings/new/glucose", form | {"sure": "1.6 mmol/L"})

    assert "You wrote 1.6 mmol/L. Is that right?" in asked.get_data(as_text=True)
    assert (other.status_code, before) == (200, [])
    assert [(one.value, one.kind) for one in house.readings()] == [(Decimal("1.6"), Kind.TYPED)]
    assert kept.location.endswith("/urgent")


def test_a_danger_that_is_no_slip_is_kept_at_once(house: House) -> None:
    form = {"value": "185", "diastolic": "121", "time": "2026-03-04T07:05"}

    answer = house.browser(house.anna).send("/readings/new/blood-pressure", form)

    assert answer.status_code == 302
    assert len(house.readings(Metric.BLOOD_PRESSURE)) == 1
