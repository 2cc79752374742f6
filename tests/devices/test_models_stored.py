"""From the virtual device of every model to the store: what each remembers is stored as what it is, once."""

from datetime import datetime

import pytest

from companion.arrivals import Download
from companion.devices.ingest import DeviceIdentity
from companion.devices.models import Quarantined
from companion.devices.radio.session import Session
from companion.flows import TakenIn, take_in
from companion.readings.reading import Metric
from firmware_mocks.air import Air
from firmware_mocks.lives import steady_fortnight
from firmware_mocks.models import MODELS, make
from firmware_mocks.peripheral import Peripheral, WallClock
from tests.devices.air import fetch_quickly, now, play, quick_order, radio_on
from tests.world import World

SHOWS = datetime(2026, 3, 1, 13, 0)
"""Noon in UTC, on a wall in Berlin."""
LIFE = steady_fortnight(SHOWS)
KINDS = {0x1808: "meter", 0x1810: "cuff", 0x181F: "sensor"}
REMEMBERED = {
    "meter": {Metric.GLUCOSE: len(LIFE.glucose)},
    "cuff": {Metric.BLOOD_PRESSURE: len(LIFE.blood_pressure)},
    "sensor": {Metric.GLUCOSE: 288},
}
ALSO = {"caresens": {Metric.KETONE: 1}}
REFUSED = {"boso": 1}
"""The measurement that failed is kept, and is no reading."""


async def read(name: str) -> tuple[Peripheral, Session]:
    air = Air()
    device = make(name, air, steady_fortnight, WallClock(SHOWS), None)
    await device.start()
    async with radio_on(air, device.build.passkey) as radio:
        return device, await fetch_quickly(radio, device, quick_order(may_empty=True))


def taken_in(world: World, device: Peripheral, session: Session) -> TakenIn:
    told = session.identity
    identity = DeviceIdentity(
        f"{told.manufacturer}/{told.model}/{told.serial}",
        KINDS[device.service],
        device.name,
        device.address,
        manufacturer=told.manufacturer,
        model=told.model,
    )
    arrival = Download(world.anna.id, identity, list(session.payloads), session.clock, is_complete=session.complete)
    return take_in(world.stores, arrival, now())


@pytest.mark.parametrize("name", sorted(MODELS))
def test_what_a_device_remembers_is_stored_once(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    world = World(tmp_path_factory.mktemp(name), starts_at=now())
    device, session = play(read(name))

    first, again = taken_in(world, device, session), taken_in(world, device, session)

    expected = REMEMBERED[KINDS[device.service]] | ALSO.get(name, {})
    stored = {metric: len(readings) for metric in Metric if (readings := world.readings(metric))}
    assert stored == expected
    assert (first.new, first.known) == (sum(expected.values()), 0)
    assert (again.new, again.known) == (0, sum(expected.values()))
    assert len(world.all(Quarantined)) == REFUSED.get(name, 0)
