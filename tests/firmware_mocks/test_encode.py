"""The encoder by itself, byte by byte: it must not lean on the decoders that it tests."""

from datetime import datetime
from decimal import Decimal

import pytest

from firmware_mocks.encode import BloodPressure, Context, Glucose, Sensor, current_time, date_time, sfloat


@pytest.mark.parametrize(
    ("value", "octets"),
    [("0.00120", "78b0"), ("10.1", "65f0"), (Decimal("308e1"), "3411"), ("-2045", "0308"), ("NRES", "0008")],
)
def test_an_sfloat_has_the_digits_it_was_given(value: Decimal | str, octets: str) -> None:
    assert sfloat(value).hex() == octets


@pytest.mark.parametrize("value", ["2046", "-2046", "0.000000001", "1e8", "NaN"])
def test_a_number_that_does_not_fit_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        sfloat(value)


def test_a_clock_that_was_never_set_sends_zeros() -> None:
    assert (date_time(None), current_time(None)) == (bytes(7), bytes(10))


def test_current_time_tells_the_day_of_the_week() -> None:
    assert current_time(datetime(2026, 3, 1, 7, 0, 30)).hex() == "ea07030107001e070000"  # a Sunday


def test_a_complete_record_is_laid_out_as_the_specification_says() -> None:
    record = Glucose(
        sequence=271, time=datetime(2026, 3, 1, 7, 0, 30), value="0.00120", type=1, location=1, offset_min=-60,
        status=1, context=Context(meal=3),
    )  # fmt: skip

    assert record.encode().hex() == "1b0f01ea07030107001ec4ff78b0110100"
    assert record.context is not None
    assert record.context.encode(271).hex() == "020f0103"


def test_a_pressure_is_laid_out_as_the_specification_says() -> None:
    record = BloodPressure("138", "86", "103", time=datetime(2026, 3, 1, 8, 0), pulse="58.4", user=2, status=4)

    assert record.encode().hex() == "1e8a0056006700ea07030108000048f2020400"


def test_a_sensor_value_has_the_checksum_of_a_documented_packet() -> None:
    value = Sensor("115", 300, cal_temp=3, trend="36", quality="26", with_crc=True)

    assert value.encode().hex() == "0d4373002c010324001a003e04"
