"""What the readings come to, on the pages of the doctor and the patient: figures only where they mean what they say."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from companion.db import writing
from companion.readings.amendments import Field, amend
from companion.readings.reading import Kind, Limit, Metric, Reading
from companion.readings.units import PRESSURE_UNIT
from tests.web.loop.house import House


def summary_page(house: House) -> str:
    return house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}/values")


def sensor(
    house: House, days: float, value: str = "120", unit: str = "mg/dL", kind: Kind = Kind.CGM, swing: int = 0
) -> None:
    """A value every five minutes, up to now; `swing` more during every other three hours."""
    count = int(days * 288)
    store(
        house,
        [
            Reading(house.anna.public_id, Metric.GLUCOSE, house.now - timedelta(minutes=5 * n), "sensor", n,
                    Decimal(value) + swing * (n // 36 % 2), unit, kind, "a file")
            for n in range(count)
        ],
    )  # fmt: skip


def cuff(house: House, days: int, systolic: int = 141, diastolic: int = 83, flags: str = "", days_ago: int = 0) -> None:
    """Two readings each morning and each evening of the last days, the patient's time."""
    last = house.now.replace(hour=6, minute=3) - timedelta(days=days_ago)
    store(
        house,
        [
            Reading(house.anna.public_id, Metric.BLOOD_PRESSURE,
                    last - timedelta(days=day, hours=half * 12, minutes=minute), "cuff", 0, Decimal(systolic),
                    PRESSURE_UNIT, Kind.CUFF, "a download", Decimal(diastolic), Decimal(66), flags=flags)
            for day in range(days)
            for half in (0, 1)
            for minute in (0, 2)
        ],
    )  # fmt: skip


def store(house: House, readings: Sequence[Reading]) -> None:
    house.stores.readings.append(readings)


def test_fourteen_days_of_a_sensor_show_time_in_range_gmi_and_the_profile(house: House) -> None:
    sensor(house, 14, swing=50)

    page = summary_page(house)

    for words in ("Time in range, 70 mg/dL to 180 mg/dL", "100.0 %", "GMI", "6.8 %", "MODD", "MAGE", "CONGA"):
        assert words in page
    assert "(Fernandes 2022)</dt><dd><strong>50 mg/dL" in page
    assert page.count("profile-wide-only-title") == 2


def test_the_doctors_first_page_of_a_patient_tells_the_main_figures_of_a_sensor(house: House) -> None:
    sensor(house, 14, swing=50)

    page = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}")

    for words in ("Glucose, sensor", "Time in range, 70 mg/dL to 180 mg/dL", "GMI", "profile-wide-only-title"):
        assert words in page
    for words in ("No finger-stick values", "MAGE"):
        assert words not in page


def test_a_sensor_that_measured_too_little_shows_why_and_no_figure(house: House) -> None:
    sensor(house, 9)

    page = summary_page(house)

    assert "The sensor measured 64 % of 14 days." in page
    assert "shown from 14 days with 70 % on" in page
    assert "GMI, from" not in page
    assert "profile-wide-only-title" not in page


def test_seven_full_days_are_too_few_on_the_patients_page(house: House) -> None:
    sensor(house, 14)

    week, fortnight = (house.page(house.anna, f"/readings?days={days}") for days in (7, 14))

    assert "Time in range, 70" not in week
    assert "Time in range, 70" in fortnight


def test_finger_stick_values_are_called_readings_and_never_times(house: House) -> None:
    house.fast(150, 148, 155)

    page = summary_page(house)

    assert "100 % of 3 readings in range (70 to 180 mg/dL); 0 below, 0 above." in page
    assert "modal-wide-only-title" in page
    for words in ("Time in range, ", "GMI, from"):
        assert words not in page


def test_scans_are_no_part_of_a_sensors_even_trace(house: House) -> None:
    sensor(house, 14, kind=Kind.SCAN)

    assert "The sensor measured" not in summary_page(house)


def test_a_sensor_in_mmol_is_shown_in_mmol_and_ten_is_in_range(house: House) -> None:
    sensor(house, 14, "10.0", "mmol/L")

    page = summary_page(house)

    assert "Time in range, 3.9 mmol/L to 10.0 mmol/L" in page
    assert "<strong>100.0 %</strong>" in page
    assert "<strong>10.0 mmol/L</strong>" in page


def test_what_a_sensor_called_lo_is_below_and_an_episode(house: House) -> None:
    sensor(house, 14)
    low = [
        Reading(house.anna.public_id, Metric.GLUCOSE, house.now - timedelta(days=1, minutes=5 * n, seconds=30),
                "other", n, None, "mg/dL", Kind.CGM, "a file", limit=Limit.LOW)
        for n in range(12)
    ]  # fmt: skip
    store(house, low)

    page = summary_page(house)

    assert "Time below 54 mg/dL</dt><dd><strong>0.3 %" in page


def test_a_value_left_out_is_in_no_figure(house: House) -> None:
    house.measure(120, hours_ago=5)
    house.measure(300, hours_ago=3)
    with writing(house.engine) as session:
        amend(
            session, house.readings()[-1], field=Field.EXCLUDED, new="yes", by_id=house.anna.id, why="x", now=house.now
        )

    assert "100 % of 1 readings in range" in summary_page(house)


@pytest.mark.parametrize(("systolic", "verdict"), [(141, "at or above 135/85 mmHg"), (128, "below 135/85 mmHg")])
def test_enough_blood_pressure_is_judged_by_every_method(house: House, systolic: int, verdict: str) -> None:
    cuff(house, 7, systolic)

    page = summary_page(house)

    assert page.count(verdict) == 3
    assert f"{systolic}.0/83.0 mmHg" in page
    assert "ARV, from session to session" in page


def test_too_little_blood_pressure_says_in_words_what_is_missing(house: House) -> None:
    cuff(house, 2)

    page = summary_page(house)

    assert "not enough yet: 3 of 4 days" in page or "not enough yet: 2 of 4 days" in page
    assert "readings after the first day" in page


def test_what_is_missing_is_said_in_chinese_to_whoever_reads_chinese(house: House) -> None:
    cuff(house, 2)
    browser = house.browser(house.anna)
    browser.send("/display/language", {"language": "zh", "next": "/readings"}, seen_on="/readings")

    page = browser.get("/readings/average").get_data(as_text=True)

    assert "数据还不够" in page


def test_disturbed_and_irregular_measurements_are_told(house: House) -> None:
    cuff(house, 5, flags="irregular_pulse")
    cuff(house, 1, systolic=90, diastolic=81)

    page = summary_page(house)

    assert "20 with an irregular pulse: measure at least 3 times then" in page


def test_blood_pressure_older_than_two_weeks_is_in_no_average(house: House) -> None:
    cuff(house, 3, days_ago=20)

    average, page = (house.page(house.anna, path) for path in ("/readings/average", "/readings?days=30"))

    assert "141.0/83.0" not in average
    assert "No values" in average
    assert "141/83" in page
