"""What is asked about once more: slips of the finger, never what needs help at once."""

from decimal import Decimal

import pytest

from companion.readings.doubts import is_doubtful
from companion.readings.reading import Metric


@pytest.mark.parametrize(
    ("value", "unit", "is_asked"),
    [
        ("7.8", "mmol/L", False),
        ("2.8", "mmol/L", False),
        ("1.9", "mmol/L", True),
        ("27.7", "mmol/L", False),
        ("28.0", "mmol/L", True),
        ("50", "mg/dL", False),
        ("501", "mg/dL", True),
        ("84", "mmol/L", False),  # no glucose at all: refused, not asked about
    ],
)
def test_a_strange_glucose_is_asked_about(value: str, unit: str, is_asked: bool) -> None:
    assert is_doubtful(Metric.GLUCOSE, Decimal(value), unit) is is_asked


@pytest.mark.parametrize(
    ("systolic", "diastolic", "pulse", "is_asked"),
    [
        (142, 88, 72, False),
        (185, 121, None, False),
        (120, 110, None, True),
        (240, 100, None, True),
        (120, 80, 30, True),
        (65, 40, None, True),
        (80, 120, None, False),  # upside down: refused
    ],
)
def test_a_strange_pressure_is_asked_about(systolic: int, diastolic: int, pulse: int | None, is_asked: bool) -> None:
    of_pulse = None if pulse is None else Decimal(pulse)

    found = is_doubtful(Metric.BLOOD_PRESSURE, Decimal(systolic), "mm[Hg]", Decimal(diastolic), of_pulse)

    assert found is is_asked


def test_ketones_beyond_any_meter_are_asked_about() -> None:
    assert is_doubtful(Metric.KETONE, Decimal("8.1"), "mmol/L")
    assert not is_doubtful(Metric.KETONE, Decimal("8.0"), "mmol/L")
