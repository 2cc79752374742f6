"""300 random histories of a meter with faults, read again and again into a real store: it ends with exactly the
meter's records."""

import asyncio
import os
import secrets
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from companion.arrivals import Download
from companion.care.people import Role
from companion.db import writing
from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.fetch import fetch
from companion.devices.radio.link import Found
from companion.devices.radio.selection import Mark
from companion.devices.radio.session import Session
from companion.flows import take_in
from companion.readings.reading import Metric
from firmware_mocks.air import Air
from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.builds import MeterBuild
from firmware_mocks.encode import Context, Glucose
from firmware_mocks.faults import Abort, Faults
from firmware_mocks.glucose_meter import GlucoseMeter
from firmware_mocks.peripheral import WallClock
from tests.devices.air import QUICK, now, quick_order
from tests.world import METER, World

T = TypeVar("T")
PLAIN = MeterBuild("Plain meter", has_date_time=True)
"""The fewer services, the sooner they are resolved."""
SEQUENCES = 300
MOST_STEPS = 3
FIRST_AT, SHOWS = datetime(2026, 2, 1, 7, 0), datetime(2026, 3, 1, 13, 0)
"""On the meter's wall, which is Berlin's: of its first record, and of the download."""

some = st.integers(0, 6)
places = st.sets(some, min_size=1, max_size=2)
sure = st.just(True)
faults = st.one_of(
    st.builds(Faults, link_lost_after=some),
    st.builds(Faults, hangs_up_after=some),
    st.builds(Faults, silent_after=some),
    st.builds(Faults, stalls_after=some, abort=st.sampled_from(Abort)),
    st.builds(Faults, lost=places),
    st.builds(Faults, counted=some),
    st.builds(Faults, duplicated=places, link_lost_after=some),
    st.builds(Faults, shuffled=sure, link_lost_after=st.none() | some),
    st.builds(Faults, cannot_count=sure, link_lost_after=st.none() | some),
    st.builds(Faults, cannot_select=sure, stalls_after=st.none() | some),
    st.builds(Faults, hangs_up_when_done=sure),
    st.builds(Faults, sends_nothing=sure),
    st.builds(Faults, ends_with=st.just(8)),
    st.builds(Faults, context_lost=sure),
    st.builds(Faults, contexts_late=sure, hangs_up_after=st.none() | some),
    st.builds(Faults, garbled_answers=st.integers(1, 2)),
    st.builds(Faults, busy_for=st.integers(1, 6), busy_code=st.sampled_from([0xFE, 0x80])),
    st.builds(Faults, forgets_subscriptions=st.integers(1, 4)),
)


class House:
    """One meter, one computer and one bond for all histories: pairing anew each time would take most of the time."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, starts_at=now())
        self.loop = asyncio.new_event_loop()
        self.run(self._switch_on())

    async def _switch_on(self) -> None:
        self.air = Air()
        self.air.supervision_timeout_s = 0.02
        self.meter = GlucoseMeter(self.air, [], build=PLAIN, clock=WallClock(SHOWS))
        self.meter.advertising_interval_ms = 1.25
        await self.meter.start()
        host, _ = self.air.new_host("companion")
        self.radio = BleakRadio(BumbleBackend(host=host))
        assert await self.radio.find(["1808"], seconds=30)

    def run(self, story: Awaitable[T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(story, 30))


class MeterHistory(RuleBasedStateMachine):
    """What a patient does with a meter in the course of some days."""

    house: House

    @initialize(first=st.sampled_from([0, 7, 65530, 65533]), records=st.integers(0, 8))
    def begin(self, first: int, records: int) -> None:
        """Another patient, who got the meter as it left the factory."""
        with writing(self.house.world.engine) as session:
            self.patient = self.house.world.add(session, Role.PATIENT, "Somebody", None)
        self.meter = self.house.meter
        self.meter.faults, self.meter.records = Faults(), []
        self.mark: Mark | None = None
        self.next_number, self.measured = first, 0
        self.every_record: dict[bytes, Glucose] = {}
        self.measure(records)

    @rule(records=st.integers(1, 4))
    def measure(self, records: int) -> None:
        for _ in range(records):
            at = FIRST_AT + timedelta(minutes=97 * self.measured)
            value = Decimal(80 + self.measured % 100).scaleb(-5)
            context = Context(meal=3) if self.measured % 3 == 0 else None
            record = Glucose(self.next_number, at, value, context=context)
            self.meter.records.append(record)
            self.every_record[record.encode()] = record
            self.next_number, self.measured = (self.next_number + 1) & 0xFFFF, self.measured + 1

    @rule(wrong=faults)
    def download(self, wrong: Faults) -> None:
        self._read(wrong)

    @rule(wrong=faults)
    def download_everything(self, wrong: Faults) -> None:
        self.mark = None
        self._read(wrong)

    @rule()
    def change_the_battery(self) -> None:
        """The memory is read, then erased, and numbers begin at 0 again."""
        if self._read(Faults()).complete:
            self.meter.records, self.next_number = [], 0

    @invariant()
    def nothing_is_doubled(self) -> None:
        if hasattr(self, "every_record"):
            raws = self._in_the_store()
            assert len(raws) == len(set(raws))
            assert set(raws) <= set(self.every_record)

    def teardown(self) -> None:
        """In the end the meter works, and the patient reads it once more."""
        if hasattr(self, "every_record"):
            assert self._read(Faults()).complete
            assert sorted(self._in_the_store()) == sorted(self.every_record)

    def _read(self, wrong: Faults) -> Session:
        self.meter.faults = wrong
        session = self.house.run(self._fetch(idle_s=0.02 if wrong != Faults() else 1.0))
        arrival = Download(self.patient.id, METER, list(session.payloads), session.clock, is_complete=session.complete)
        take_in(self.house.world.stores, arrival, self.house.world.now)
        if session.mark:
            self.mark = session.mark
        return session

    async def _fetch(self, idle_s: float) -> Session:
        """A meter with a fault may fall silent, and is not waited for; one without is however busy the machine."""
        found = Found(self.meter.address, self.meter.name, ("1808",), -50)
        patience = replace(QUICK, fruitless_links=3)
        return await fetch(self.house.radio, found, quick_order(self.mark, idle_s=idle_s), patience)

    def _in_the_store(self) -> list[bytes]:
        always = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
        found = self.house.world.stores.readings.between(self.patient.public_id, Metric.GLUCOSE, *always)
        return [reading.raw for reading in found]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_300_random_histories_end_with_exactly_the_meters_records(tmp_path: Path) -> None:
    number = int(os.environ.get("RANDOM_FAULTS_SEED") or secrets.randbits(32))
    print(f"RANDOM_FAULTS_SEED={number} repeats this run")
    MeterHistory.house = House(tmp_path)

    run_state_machine_as_test(
        seed(number)(MeterHistory),
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=MOST_STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
