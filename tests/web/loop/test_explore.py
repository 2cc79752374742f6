"""The chart one moves about in: bounded points, doses for whom they are for, and a table that says the same."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from companion.care.consent import Scope
from companion.db import writing
from companion.readings.reading import Kind, Metric, Reading
from tests.web.loop.house import House


def sensor(house: House, days: int) -> None:
    """A value every five minutes up to now: 120 mg/dL, once 300."""
    house.stores.readings.append(
        [
            Reading(house.anna.public_id, Metric.GLUCOSE, house.now - timedelta(minutes=5 * n), "sensor", n,
                    Decimal(300 if n == 500 else 120), "mg/dL", Kind.CGM, "a file")
            for n in range(288 * days)
        ]
    )  # fmt: skip


def ask(house: House, who: str, **query: Any) -> Any:
    path = f"/api/v1/patients/{house.anna.public_id}/readings/points"
    return house.browser(getattr(house, who)).get(path, query_string=query)


def test_never_more_points_than_asked_for_and_no_peak_lost(house: House) -> None:
    sensor(house, 14)

    found = ask(house, "anna", points=100).json

    (series,) = found["series"]
    assert (series["of"], series["is_thinned"], series["n"]) == ("sensor", True, 288 * 14)
    assert len(series["at"]) == len(series["low"]) == len(series["high"]) <= 100
    assert (max(series["high"]), min(series["low"])) == (300, 120)
    assert (found["unit"], found["limits"]) == ("mg/dL", {"low": 70, "high": 180})


def test_values_that_fit_are_each_told(house: House) -> None:
    house.measure(150, hours_ago=2)
    house.measure(160)

    (series,) = ask(house, "anna").json["series"]

    assert (series["of"], series["low"], series["high"]) == ("finger_stick", [150, 160], [150, 160])


def test_both_pressures_are_told_of_each_measurement(house: House) -> None:
    form = {"value": "142", "diastolic": "88", "time": "2026-03-04T07:05"}
    house.browser(house.anna).send("/readings/new/blood-pressure", form)

    found = ask(house, "anna", metric="blood_pressure").json

    assert [(each["of"], each["high"]) for each in found["series"]] == [("systolic", [142]), ("diastolic", [88])]


def test_doses_are_marked_for_the_patient_and_not_for_family_who_may_only_see_values(house: House) -> None:
    house.titration()
    house.measure(150)
    with writing(house.engine) as session:
        house.link(session, house.anna, house.ben, Scope.READINGS)

    mine, theirs = (ask(house, who).json for who in ("anna", "ben"))

    assert {dose["became"] for dose in mine["doses"]} == {"taken"}
    assert theirs["doses"] == []
    assert theirs["series"] == mine["series"]


@pytest.mark.parametrize(
    "query", [{"points": 5}, {"points": 3000}, {"metric": "ketone"}, {"from": "2020-01-01T00:00:00Z"}]
)
def test_what_is_out_of_bounds_is_refused(house: House, query: dict[str, Any]) -> None:
    assert ask(house, "anna", **query).status_code == 422


def test_the_table_says_what_the_chart_shows(house: House) -> None:
    sensor(house, 2)

    page = house.page(house.anna, "/readings/explore")

    assert '<td class="number">300</td>' in page
    assert page.count('<th scope="row">') == 3
    assert 'data-points="/api/v1/patients/' in page


@pytest.mark.parametrize(
    "query", ["from=x", "from=2026-03-05&to=2026-03-04", "from=2020-01-01", "metric=ketone", "to=0001-01-01"]
)
def test_spans_that_are_none_are_not_found(house: House, query: str) -> None:
    assert house.browser(house.anna).get(f"/readings/explore?{query}").status_code == 404
