"""Ketones: which band asks for what."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from companion.advice.alarms.ketones import KetoneReading, ketone_events

NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mmol_l", "events"),
    [
        ("0.5", []),
        ("0.59", []),
        ("0.6", ["ketones_watch"]),
        ("1.5", ["ketones_watch"]),
        ("1.6", ["ketones_watch", "ketones_high"]),
        ("3.0", ["ketones_watch", "ketones_high"]),
        ("3.1", ["ketones_watch", "ketones_high", "ketones_emergency"]),
    ],
)
def test_bands(mmol_l: str, events: list[str]) -> None:
    found = ketone_events([KetoneReading(NINE, Decimal(mmol_l))], NINE)

    assert [event.id for event in found] == events
    assert not any(event.needs_signer for event in found)


def test_only_the_last_day_counts_and_nothing_that_has_not_been() -> None:
    old = KetoneReading(NINE - timedelta(hours=24), Decimal(4))
    to_come = KetoneReading(NINE + timedelta(minutes=1), Decimal(4))

    assert ketone_events([old, to_come], NINE) == ()


def test_the_last_value_that_reached_a_band_tells_when() -> None:
    later = NINE + timedelta(hours=1)

    found = ketone_events([KetoneReading(NINE, Decimal(4)), KetoneReading(later, Decimal(1))], later)

    assert {event.id: event.last_at for event in found} == {
        "ketones_watch": later,
        "ketones_high": NINE,
        "ketones_emergency": NINE,
    }
