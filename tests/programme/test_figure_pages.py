"""The programme's figures as an administrator sees them: with definitions, without numbers of few people, as files."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.people import Role
from companion.db import writing
from companion.devices.models import Intake
from companion.programme.figures.definitions import FIGURES, Counted, quarter_of
from companion.web.in_words.programme_figure_words import DEFINITIONS, value_text
from companion.web.programme.figure_cells import cell_of, cells_of, quarters_of
from companion.web.programme.figures_office import report_page
from tests.web.loop.house import House
from tests.web.page_words import words_of

JANUARY = 2026 * 12


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Twelve patients, seven of them active in February; it is March."""
    house = House(tmp_path)
    with writing(house.engine) as session:
        people = [house.anna, *(house.add(session, Role.PATIENT, f"P{n}", None) for n in range(11))]
        for n, person in enumerate(people[:7]):
            at = house.now - timedelta(days=20)
            session.add(Intake(public_id=f"in_{n}", patient_id=person.id, kind="download", received_at=at, new=1))
    return house


def test_every_figure_stands_with_its_definition_and_its_view(house: House) -> None:
    page = words_of(house.page(house.admin, "/clinic/programme-figures"))

    for definition in DEFINITIONS:
        assert str(definition.title) in page
        assert definition.view in page
    assert [definition.name for definition in DEFINITIONS] == [figure.name for figure in FIGURES]
    assert "2026-02 58 % (7 of 12) 12" in page


def test_only_an_administrator_sees_them(house: House) -> None:
    paths = ("/clinic/programme-figures", "/clinic/programme-figures.csv", "/clinic/programme-figures/2025-Q4.pdf")

    for person in (house.doctor, house.anna, house.ben):
        assert {house.browser(person).get(path).status_code for path in paths} == {403}
        assert house.browser(person).get("/api/v1/programme-figures").status_code == 403


def test_the_file_and_the_api_hide_what_the_page_hides(house: House) -> None:
    with writing(house.engine) as session:
        at = house.now - timedelta(days=40)  # one person in January
        session.add(Intake(public_id="in_x", patient_id=house.anna.id, kind="download", received_at=at, new=1))
    browser = house.browser(house.admin)

    lines = browser.get("/clinic/programme-figures.csv").get_data(as_text=True).splitlines()
    shown: Any = browser.get("/api/v1/programme-figures").get_json()["figures"]

    assert "2026-01,mau,,fewer than 5,fewer than 5,fewer than 5,figure_mau" in lines
    assert "2026-02,mau,,7,12,12,figure_mau" in lines
    by_month = {each["month"]: each for each in shown if each["figure"] == "mau"}
    assert (by_month["2026-01"]["is_hidden"], by_month["2026-01"]["counted"]) == (True, None)
    assert (by_month["2026-02"]["counted"], by_month["2026-02"]["among"]) == (7, 12)


def test_the_quarters_report_is_a_pdf_of_a_quarter_that_is_over(house: House) -> None:
    house.clock.advance(days=40)  # April
    browser = house.browser(house.admin)

    answer = browser.get("/clinic/programme-figures/2026-Q1.pdf")

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    for wrong in ("2026-Q2", "2024-Q1", "2026", "2026-Q9"):
        assert browser.get(f"/clinic/programme-figures/{wrong}.pdf").status_code == 404


def test_the_report_tells_months_beside_their_quarter_with_definitions(house: House) -> None:
    with house.app.test_request_context():
        page = words_of(report_page(quarter_of("2026-Q1")))

    assert "Active in the month – 58 % (7 of 12) – –" in page
    assert "patients who were here on any day of the month" in page
    assert "figure_retention" in page


def share(period: int, counted: int, among: int, people: int) -> Counted:
    return Counted("orders.on_time", period, counted, among, people)


def test_a_quarter_with_a_hidden_month_is_hidden_too() -> None:
    months = cells_of([share(JANUARY, 9, 10, 9), share(JANUARY + 1, 1, 1, 1), share(JANUARY + 2, 9, 10, 9)])

    (hidden,) = quarters_of([share(quarter_of("2026-Q1"), 19, 21, 12)], months)
    (shown,) = quarters_of([share(quarter_of("2026-Q1"), 18, 20, 12)], [months[0], months[2]])

    assert (hidden.is_hidden, shown.counted, shown.among) == (True, 18, 20)


def test_months_of_people_are_not_added_up() -> None:
    assert quarters_of([Counted("mau", quarter_of("2026-Q1"), 30, 60, 20)], []) == []


@given(counted=st.integers(0, 40), rest=st.integers(0, 40))
def test_of_people_neither_a_few_nor_the_few_others_are_told(counted: int, rest: int) -> None:
    cell = cell_of(Counted("mau", JANUARY, counted, counted + rest, counted + rest))

    assert cell.is_hidden is (counted < 5 or rest < 5)


@given(people=st.integers(0, 40), counted=st.integers(0, 400))
def test_of_things_the_people_behind_them_decide(people: int, counted: int) -> None:
    cell = cell_of(share(JANUARY, counted, 400, people))

    assert cell.is_hidden is (people < 5)


def test_money_is_told_with_its_currency_to_the_hundredth(house: House) -> None:
    cell = cell_of(Counted("orders.value", JANUARY, 12005, 6, 5, "EUR"))

    with house.app.test_request_context():
        assert value_text(cell) == "20.00 EUR each (6 orders, 120.05 together)"
