"""Anna's values: shown for some days, typed in, left out, and what could not be read."""

from decimal import Decimal

import pytest

from companion.advice.models import Suggestion
from companion.care.people import Person
from companion.db import writing
from companion.devices.models import Intake
from companion.readings.amendments import Amendment
from companion.readings.reading import Kind, Meal, Metric
from companion.web.identifiers import reading_id
from tests.web.loop.house import House


def type_in(house: House, kind: str, **form: str) -> int:
    return house.browser(house.anna).send(f"/readings/new/{kind}", form).status_code


@pytest.mark.parametrize(("days", "shown"), [(7, False), (14, True), (30, True), (90, True)])
def test_values_are_shown_for_so_many_days(house: House, days: int, shown: bool) -> None:
    house.measure(163, hours_ago=10 * 24)

    page = house.page(house.anna, f"/readings?days={days}")

    assert ("in the target: 1 of 1." in page) is shown
    assert ("See it as a table" in page) is shown


def test_other_spans_are_not_found(house: House) -> None:
    response = house.browser(house.anna).get("/readings?days=365")

    assert response.status_code == 404


def test_a_value_left_out_stays_struck_through_and_counts_no_more(house: House) -> None:
    house.titration()
    house.fast(150, 148, 155)
    newest = house.readings()[-1]

    house.browser(house.anna).send(
        "/readings/exclude", {"reading": reading_id(newest), "excluded": "yes"}, seen_on="/readings/all"
    )

    page = house.page(house.anna, "/readings/all")
    assert '<del class="struck">' in page
    assert house.only(Amendment).new == "yes"
    assert house.only(Suggestion).state == "superseded"
    assert len(house.readings()) == 3


def test_a_value_left_out_can_be_taken_back_in(house: House) -> None:
    house.measure(163)
    form = {"reading": reading_id(house.readings()[0])}
    browser = house.browser(house.anna)

    for excluded in ("yes", "no"):
        browser.send("/readings/exclude", form | {"excluded": excluded}, seen_on="/readings/all")

    assert "<del" not in browser.get("/readings/all").get_data(as_text=True)


@pytest.mark.parametrize("name", ["", "x", "W10", "bnVsbA", "W1wiZ2x1Y29zZVwiLDEsXCJhXCIsMV0"])
def test_a_value_that_does_not_exist_cannot_be_left_out(house: House, name: str) -> None:
    response = house.browser(house.anna).send(
        "/readings/exclude", {"reading": name, "excluded": "yes"}, seen_on="/readings/all"
    )

    assert response.status_code == 404


def test_a_glucose_is_typed_in_with_a_comma_in_the_patients_own_time(house: House) -> None:
    status = type_in(house, "glucose", value="7,8", unit="mmol/L", meal="fasting", time="2026-03-04T07:05")

    (reading,) = house.readings()
    assert status == 302
    assert (reading.value, reading.unit, reading.kind) == (Decimal("7.8"), "mmol/L", Kind.TYPED)
    assert reading.meal is Meal.FASTING
    assert reading.taken_at == house.local("2026-03-04 07:05")


def test_a_blood_pressure_is_typed_in(house: House) -> None:
    status = type_in(house, "blood-pressure", value="142", diastolic="88", pulse="72", time="2026-03-04T07:05")

    (reading,) = house.readings(Metric.BLOOD_PRESSURE)
    assert status == 302
    assert (reading.value, reading.diastolic, reading.pulse) == (Decimal(142), Decimal(88), Decimal(72))
    assert reading.unit == "mm[Hg]"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"value": "7.8", "unit": "mg/dL", "time": "2026-03-04T07:05"}, "value"),
        ({"value": "126", "unit": "mmol/L", "time": "2026-03-04T07:05"}, "value"),
        ({"value": "seven", "unit": "mmol/L", "time": "2026-03-04T07:05"}, "value"),
        ({"value": "NaN", "unit": "mmol/L", "time": "2026-03-04T07:05"}, "value"),
        ({"value": "7.8", "unit": "mol", "time": "2026-03-04T07:05"}, "unit"),
        ({"value": "7.8", "unit": "mmol/L", "time": "2026-03-05T07:05"}, "time"),
        ({"value": "7.8", "unit": "mmol/L", "time": "yesterday"}, "time"),
        ({"value": "7.8", "unit": "mmol/L", "time": "0001-01-01T00:00"}, "time"),
        ({"value": "7.8", "unit": "mmol/L"}, "time"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(house: House, form: dict[str, str], field: str) -> None:
    response = house.browser(house.anna).send("/readings/new/glucose", form)

    assert response.status_code == 422
    assert f'id="{field}-error"' in response.get_data(as_text=True)
    assert house.all(Intake) == []


def test_a_pressure_upside_down_is_refused(house: House) -> None:
    status = type_in(house, "blood-pressure", value="80", diastolic="120", time="2026-03-04T07:05")

    assert status == 422


def test_typing_the_same_twice_adds_nothing(house: House) -> None:
    form = {"value": "7.8", "unit": "mmol/L", "time": "2026-03-04T07:05"}

    for _ in range(2):
        type_in(house, "glucose", **form)

    assert len(house.readings()) == 1


@pytest.mark.parametrize(("language", "unit"), [("en", "mg/dL"), ("zh", "mmol/L")])
def test_before_the_first_value_the_unit_is_that_of_the_language(house: House, language: str, unit: str) -> None:
    with writing(house.engine) as session:
        session.get_one(Person, house.anna.id).language = language

    page = house.page(house.anna, "/readings/new/glucose")

    assert f'value="{unit}" checked' in page


def test_afterwards_the_unit_is_that_of_the_last_value(house: House) -> None:
    type_in(house, "glucose", value="7.8", unit="mmol/L", time="2026-03-04T07:05")

    page = house.page(house.anna, "/readings/new/glucose")

    assert 'value="mmol/L" checked' in page


def test_what_could_not_be_read_is_listed_with_its_reason(house: House) -> None:
    (good,) = house.payloads(163, house.now)
    house.download([good._replace(raw=good.raw[:5])])

    page = house.page(house.anna, "/readings/unread")

    assert good.raw[:5].hex() in page
