"""A sensor in mmol/L beside a meter in mg/dL: everybody reads Anna's glucose in one unit."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from companion.care.audit import AuditEntry
from companion.care.people import Person
from companion.readings.reading import Kind, Metric, Reading
from companion.web.identifiers import reading_id
from tests.web.loop.house import House
from tests.web.page_words import main_of, words_of

CHOICE = "/readings/unit"


def both_devices(house: House) -> None:
    """The meter said 158 mg/dL this morning; the sensor, in mmol/L, looks back on 14 days and was last 7.4."""
    house.measure(158, hours_ago=3)
    house.stores.readings.append(
        Reading(house.anna.public_id, Metric.GLUCOSE, house.now - timedelta(minutes=15 * n), "sensor", n,
                Decimal("7.4"), "mmol/L", Kind.CGM, "a file")
        for n in range(14 * 96)
    )  # fmt: skip


def choose(house: House, unit: str) -> int:
    return house.browser(house.anna).send(CHOICE, {"unit": unit}, seen_on=CHOICE).status_code


def units_on(page: str) -> set[str]:
    """The units that stand behind a number in the middle of the page."""
    return set(re.findall(r"\d (mg/dL|mmol/L)", words_of(main_of(page))))


def pages(house: House) -> list[str]:
    """What the patient, the family and the doctor see, every one with glucose on it."""
    patient = f"/clinic/patients/{house.anna.public_id}"
    return [
        *(house.page(house.anna, path) for path in ("/today", "/readings", "/readings/all", "/report")),
        *(house.page(house.ben, path) for path in ("/caregiver", f"/caregiver/people/{house.anna.public_id}/readings")),
        *(house.page(house.doctor, path) for path in (patient, f"{patient}/values")),
    ]


@pytest.mark.parametrize(("unit", "sensor", "meter"), [("mmol/L", "7.4", "8.8"), ("mg/dL", "133", "158")])
def test_patient_family_and_doctor_read_both_devices_in_the_unit_she_chose(
    house: House, unit: str, sensor: str, meter: str
) -> None:
    both_devices(house)

    status = choose(house, unit)
    seen = pages(house)

    assert status == 302
    assert [units_on(page) for page in seen] == [{unit}] * len(seen)
    today, every_value = words_of(seen[0]), words_of(seen[2])
    assert f"{sensor} {unit}" in today
    assert f"{meter} {unit}" in every_value
    assert house.only(Person, id=house.anna.id).glucose_unit == unit
    assert [entry.actor for entry in house.all(AuditEntry) if entry.action == "chose_glucose_unit"] == [
        house.anna.public_id
    ]


def test_without_a_choice_the_meter_tells_the_unit_of_all(house: House) -> None:
    both_devices(house)

    seen = pages(house)

    assert [units_on(page) for page in seen] == [{"mg/dL"}] * len(seen)


def test_the_page_of_one_value_tells_what_the_device_showed_too(house: House) -> None:
    house.measure(158)
    choose(house, "mmol/L")

    page = words_of(house.page(house.anna, f"/readings/one/{reading_id(house.readings(Metric.GLUCOSE)[0])}"))

    assert "8.8 mmol/L" in page
    assert "As the device showed it: 158 mg/dL" in page
    assert house.readings(Metric.GLUCOSE)[0].value == 158


def test_a_low_is_called_by_its_limit_in_her_unit_and_found_by_what_was_measured(house: House) -> None:
    house.measure(53)
    choose(house, "mmol/L")

    page = words_of(house.page(house.anna, "/urgent"))

    assert "glucose below 3.0 mmol/L" in page
    assert "mg/dL" not in page


def test_a_unit_that_nobody_reads_in_is_refused_and_her_own_choice_can_be_taken_back(house: House) -> None:
    choose(house, "mmol/L")

    refused, taken_back = choose(house, "g/L"), choose(house, "meter")

    assert (refused, taken_back) == (400, 302)
    assert house.only(Person, id=house.anna.id).glucose_unit is None
