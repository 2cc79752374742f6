"""Reading a meter over Bluetooth."""

import asyncio
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bumble.core import UUID
from bumble.device import Device, DeviceConfiguration, Peer
from bumble.hci import Address
from bumble.keys import MemoryKeyStore

from companion.benches.figure import Figure, settle_memory
from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.download import download
from companion.devices.radio.session import Order
from firmware_mocks.air import Air
from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.encode import Context, Glucose
from firmware_mocks.glucose_meter import GlucoseMeter

RECORDS = 500
ROUNDS = 9
"""Each side reads so often, in turns; the medians are compared."""
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = datetime(2025, 11, 1, 7)  # noqa: DTZ001 a meter's own time
MEASUREMENT, CONTEXT, CONTROL = 0x2A18, 0x2A34, 0x2A52
COUNT_ALL, REPORT_ALL = b"\x04\x01", b"\x01\x01"
SUCCESS = b"\x06\x00\x01\x01"


def measure(_folder: Path) -> list[Figure]:
    """500 records with a context each from a virtual meter, by bleak and the product's own session (which looks for
    whatever is odd about them); against a bare bumble client on the same meter, which counts, asks and collects."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    air = Air()
    meter = GlucoseMeter(air, _memory())
    await meter.start()
    radio = BleakRadio(BumbleBackend(host=air.new_host("companion")[0]))
    bare = await _bare_client(air)
    ours, baseline = [], []
    for _ in range(ROUNDS):
        settle_memory()
        ours.append(await _by_bleak(radio, meter))
        baseline.append(await _by_bumble(bare, meter))
    await radio.close()
    return [
        Figure(
            "download of 500 records with contexts over the virtual radio",
            "records",
            RECORDS / median(ours),
            RECORDS / median(baseline),
            "a bare bumble client on the same meter: subscribe, count, report, collect",
            0.7,
        )
    ]


def _memory() -> list[Glucose]:
    return [
        Glucose(number, FIRST + timedelta(hours=5 * number), f"0.00{100 + number % 150}", context=Context(meal=3))
        for number in range(RECORDS)
    ]


async def _by_bleak(radio: BleakRadio, meter: GlucoseMeter) -> float:
    """Seconds, from the open link to the end of the session."""
    async with radio.connect(meter.address) as link:
        start = time.perf_counter()
        session = await download(link, Order(lambda: NOW))
        seconds = time.perf_counter() - start
    assert (session.complete, len(session.payloads)) == (True, 2 * RECORDS), session.anomalies
    return seconds


async def _bare_client(air: Air) -> Device:
    host, _ = air.new_host("bare")
    device = Device(config=DeviceConfiguration(name="bare", address=Address("F2:F3:F4:F5:F6:F7")), host=host)
    device.keystore = MemoryKeyStore()
    await device.power_on()
    return device


async def _by_bumble(device: Device, meter: GlucoseMeter) -> float:
    """The same, with nothing in between."""
    connection = await device.connect(Address(meter.address))
    await connection.pair()
    peer = Peer(connection)
    await peer.request_mtu(517)
    await peer.discover_services()
    for service in peer.services:
        await service.discover_characteristics()
    start = time.perf_counter()
    came = await _collect(peer)
    seconds = time.perf_counter() - start
    assert came == 2 * RECORDS, came
    await connection.disconnect()
    return seconds


async def _collect(peer: Peer) -> int:
    values: list[bytes] = []
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    measurement, context, control = (_characteristic(peer, uuid) for uuid in (MEASUREMENT, CONTEXT, CONTROL))
    await context.subscribe(values.append)
    await measurement.subscribe(values.append)
    await control.subscribe(answers.put_nowait)
    await control.write_value(COUNT_ALL, with_response=True)
    (counted,) = struct.unpack_from("<H", await answers.get(), 2)
    await control.write_value(REPORT_ALL, with_response=True)
    assert (await answers.get(), counted) == (SUCCESS, RECORDS)
    return len(values)


def _characteristic(peer: Peer, uuid: int) -> Any:
    return peer.get_characteristics_by_uuid(UUID.from_16_bits(uuid))[0]
