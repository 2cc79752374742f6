"""The clinic's figures on a page and in a file: small numbers hidden in both, definitions beside them."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from companion.db import writing
from companion.kpi.figures import Counted, newest_day, trend_days
from companion.kpi.models import ClinicFigure
from tests.people import NOON, Cast
from tests.web.page_words import words_of

NEWEST = newest_day(NOON)


def keep(engine: Engine, until_on: date, *figures: Counted) -> None:
    with writing(engine) as session:
        for figure in figures:
            session.add(ClinicFigure(until_on=until_on, made_at=NOON, **figure._asdict()))


def clinic(*, active: int = 30, enrolled: int = 40, taken: int = 8) -> list[Counted]:
    return [
        Counted("enrolled", enrolled, None, enrolled),
        Counted("active", active, enrolled, active),
        Counted("inactive", enrolled - active, enrolled, enrolled - active),
        Counted("taken", 10 * taken, 100, 20),
        Counted("glucose.in_range", 90, 100, 3),
        Counted("decision.median", 3 * 3600 + 300, 12, 9),
        Counted("delivery.twilio_sms.answered", 70, 100, 20),
    ]


@pytest.fixture
def office(engine: Engine, cast: Cast, signed_in: Any) -> Any:
    keep(engine, NEWEST, *clinic())
    return signed_in(cast.admin)


def test_before_anything_was_counted_the_page_says_so(cast: Cast, signed_in: Any) -> None:
    page = signed_in(cast.admin).get("/clinic/figures").get_data(as_text=True)

    assert "Nothing was counted yet." in page


def test_figures_stand_with_what_they_are_of_and_of_when(office: Any) -> None:
    told = words_of(office.get("/clinic/figures").get_data(as_text=True))

    assert "As of Nov 21, 2026." in told
    assert "active 75 % (30 of 40) 30" in told
    assert "taken 80 % (80 of 100) 20" in told
    assert "half were decided within 3 h 5 min 9" in told
    assert "text message Figure Value Patients" in told
    assert "answered in time 70 % (70 of 100) 20" in told


def test_a_share_of_three_people_is_hidden_on_the_page_and_in_the_file(office: Any) -> None:
    told = words_of(office.get("/clinic/figures").get_data(as_text=True))
    rows = {row["figure"]: row for row in read(office)}

    assert "values in range fewer than 5 * fewer than 5 *" in told
    hidden = rows["glucose.in_range"]
    assert (hidden["n"], hidden["of"], hidden["people"]) == ("fewer than 5", "fewer than 5", "fewer than 5")


def test_what_tells_of_few_by_subtraction_is_hidden_with_them(engine: Engine, cast: Cast, signed_in: Any) -> None:
    keep(engine, NEWEST, *clinic(active=38))
    office = signed_in(cast.admin)

    told = words_of(office.get("/clinic/figures").get_data(as_text=True))
    rows = {row["figure"]: row for row in read(office)}

    assert "active fewer than 5 *" in told
    assert "not active fewer than 5 *" in told
    assert "38" not in {value for row in rows.values() for value in row.values()}
    assert rows["enrolled"]["n"] == "40"


def test_every_figure_is_defined_with_numerator_denominator_period_and_zone(office: Any) -> None:
    page = office.get("/clinic/figures").get_data(as_text=True)

    definitions = page.split('id="definitions"')[1]
    assert definitions.count("<h3>") == 12
    for term in ("Counted above the line", "Below the line", "Period", "Whose days"):
        assert definitions.count(f"<dt>{term}</dt>") == 12


def test_a_line_over_weeks_has_a_gap_where_a_number_is_hidden(engine: Engine, cast: Cast, signed_in: Any) -> None:
    weeks = trend_days(NEWEST)
    keep(engine, NEWEST, *clinic())
    for number, day in enumerate(weeks):
        keep(engine, day, *clinic(active=39 if number == 5 else 30))

    page = signed_in(cast.admin).get("/clinic/figures").get_data(as_text=True)

    active = page.split("<h3>Active (%)</h3>")[1].split("</section>")[0]
    wide = active.split("</svg>")[0]
    assert (wide.count("<polyline"), wide.count("<circle")) == (2, 11)
    assert active.count("75 % (30 of 40)") == 11
    assert active.count("fewer than 5 *") == 1


def test_the_file_has_the_weeks_too_and_starts_no_formula(engine: Engine, cast: Cast, signed_in: Any) -> None:
    last_week = trend_days(NEWEST)[-1]
    keep(engine, NEWEST, *clinic())
    keep(engine, last_week, *clinic(), Counted("delivery.=cmd()|x.answered", 9, 10, 9))
    keep(engine, NEWEST - timedelta(days=100), *clinic())

    rows = read(signed_in(cast.admin))

    assert {row["until_on"] for row in rows} == {NEWEST.isoformat(), last_week.isoformat()}
    assert all(value[:1] not in "=+-@" or value == "" for row in rows for value in row.values())


def read(office: Any) -> list[dict[str, str]]:
    answer = office.get("/clinic/figures.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="clinic-figures.csv"'
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
