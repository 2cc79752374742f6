"""The report for the visit: two pages, on the screen and as a PDF, of what was measured and taken, and no advice."""

import io

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from companion.advice.models import Suggestion
from companion.care.people import Person
from companion.reminders.doses.dose_state import DoseState
from tests.people import PASSWORD
from tests.web.loop.house import House
from tests.web.loop.test_summaries import cuff, sensor


def report_of(house: House, days: int = 14) -> str:
    return house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}/report?days={days}")


def pdf_of(house: House, who: Person, path: str) -> PdfReader:
    answer = house.browser(who).get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return PdfReader(io.BytesIO(answer.data))


def test_a_fortnight_is_two_pages_with_every_part(house: House) -> None:
    house.fast(150, 148, 152)
    cuff(house, 14)

    made = pdf_of(house, house.doctor, f"/clinic/patients/{house.anna.public_id}/report.pdf")

    assert len(made.pages) == 2
    first, second = (page.extract_text() for page in made.pages)
    assert "Average blood pressure at home" in first
    assert "readings in range" in first
    assert "Day by day, the last 14 days" in second
    assert "141/83" in second


def test_it_speaks_the_language_of_who_asks(house: House) -> None:
    browser = house.browser(house.anna)
    browser.send("/display/language", {"language": "zh", "next": "/today"}, seen_on="/today")

    page = browser.get("/report").get_data(as_text=True)

    assert "就诊报告" in page
    assert "Report for the visit" not in page


def test_a_sensor_with_enough_days_shows_its_profile_and_one_without_says_why(house: House) -> None:
    sensor(house, 14, swing=50)

    page = report_of(house)

    assert "profile-wide-only-title" in page
    assert "Time in range" in page


def test_an_empty_report_says_so(house: House) -> None:
    page = report_of(house)

    assert "No values in this time." in page


def test_a_suggestion_that_waits_is_in_nobodys_report(house: House) -> None:
    house.titration()
    house.fast(150, 148, 152)
    proposed = house.only(Suggestion).to_amount

    pages = report_of(house), house.page(house.anna, "/report")

    assert proposed == 18
    assert all("16 units" in page and "18 U" not in page and "18 units" not in page for page in pages)


@pytest.mark.parametrize("days", ["13", "0", "-1", "x", "36500"])
def test_only_the_periods_offered_are_reported(house: House, days: str) -> None:
    answer = house.browser(house.anna).get(f"/report?days={days}")

    assert answer.status_code == (200 if days == "x" else 404)


def test_the_file_carries_no_name(house: House) -> None:
    answer = house.browser(house.anna).get("/report.pdf")

    assert "Anna" not in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_doses_taken_are_counted_with_their_denominator(house: House) -> None:
    regimen = house.prescribe()
    house.log_doses(regimen, DoseState.TAKEN, DoseState.TAKEN, DoseState.MISSED)

    page = report_of(house)

    assert "2 of 3" in page


def test_it_fits_the_smallest_phone_and_prints_without_buttons(house: House, address: str, phone: Page) -> None:
    cuff(house, 14)
    phone.goto(f"{address}/sign-in")
    phone.get_by_label("Login").fill("anna")
    phone.get_by_label("Password").fill(PASSWORD)
    phone.get_by_role("button", name="Sign in").click()

    phone.goto(f"{address}/report")

    assert phone.evaluate("document.documentElement.scrollWidth") <= 320
    phone.emulate_media(media="print")
    assert not phone.get_by_role("link", name="Save as PDF").is_visible()
