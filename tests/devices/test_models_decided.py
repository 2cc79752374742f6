"""What the service makes of everything that every virtual model sends over real GATT."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from companion.devices.quirk_table import quirks_of
from companion.devices.records.origin import Origin
from companion.devices.records.payloads import Batch, read_payloads
from firmware_mocks.air import Air
from firmware_mocks.lives import steady_fortnight
from firmware_mocks.models import MODELS, make
from firmware_mocks.peripheral import WallClock
from tests.devices.air import fetch_quickly, play, quick_order, radio_on

SHOWS = datetime(2026, 3, 15, 9, 0)
READ_AT = SHOWS.replace(tzinfo=UTC)
GLUCOSE = {"glucose by meter": len(steady_fortnight(SHOWS).glucose)}
PRESSURE = {"blood_pressure by cuff": len(steady_fortnight(SHOWS).blood_pressure)}
METERS = {"meter", "accu-chek", "contour-next", "taidoc-fora"}
GIVES = {name: GLUCOSE if name in METERS else PRESSURE for name in MODELS} | {
    "caresens": GLUCOSE | {"ketone by meter": 1},
    "sensor": {"glucose by cgm": 288},
}
WITHOUT_A_CLOCK = {"taidoc-fora", "caresens", "medisana", "beurer", "boso", "silvercrest"}


def read(name: str) -> Batch:
    """Everything the device of that name sends, decided as the service does. Its clock is right, in UTC."""

    async def story() -> Batch:
        air = Air()
        device = make(name, air, steady_fortnight, WallClock(SHOWS), None)
        await device.start()
        async with radio_on(air, device.build.passkey) as radio:
            session = await fetch_quickly(radio, device, quick_order(may_empty=True, now=lambda: READ_AT))
        quirks = quirks_of(session.identity.manufacturer, session.identity.model, device.name)
        origin = Origin("pa_anna", "de_1", "in_1", ZoneInfo("UTC"), quirks)
        return read_payloads(session.payloads, origin, session.clock)

    return play(story())


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_record_of_every_model_is_a_reading_or_kept_aside(name: str) -> None:
    batch = read(name)

    assert Counter(f"{reading.metric.value} by {reading.kind.value}" for _, reading in batch.incoming) == GIVES[name]
    assert ["failed" in item.reason for item in batch.refused] == ([True] if name == "boso" else [])
    assert all(reading.taken_at <= READ_AT for _, reading in batch.incoming)
    assert all(("clock_unknown" in flags) == (name in WITHOUT_A_CLOCK) for flags in batch.incoming.readings.flags)
