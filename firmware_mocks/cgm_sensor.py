"""A glucose sensor of the Continuous Glucose Monitoring Profile. Its records are numbered by the minutes since its
session started."""

from datetime import datetime
from pathlib import Path

from firmware_mocks.air import Air
from firmware_mocks.builds import SENSOR, Build
from firmware_mocks.control_point import RecordKeeper
from firmware_mocks.encode import Sensor, octet, session_start, with_checksum, word
from firmware_mocks.faults import Faults
from firmware_mocks.peripheral import Property, WallClock
from firmware_mocks.record_selection import BY_TIME, NotSelected, Result

RUN_TIME_HOURS = 240
E2E_CRC, TREND, QUALITY = 1 << 12, 1 << 15, 1 << 16
"""Features."""
INTERSTITIAL_FLUID = 0x19
"""Type 9 in the low nibble, location 1 (finger; the profile knows no arm) in the high one."""


class CgmSensor(RecordKeeper[Sensor]):
    """Every value ends in a checksum when the records do."""

    service = 0x181F

    def __init__(
        self,
        air: Air,
        records: list[Sensor],
        *,
        started: datetime,
        zone_quarters: int = 0,
        address: str = "C1:00:00:00:18:1F",
        build: Build = SENSOR,
        clock: WallClock | None = None,
        faults: Faults | None = None,
        bonds: Path | None = None,
    ) -> None:
        """`started` is the wall time of the session's start, on a wall that is so many quarters of an hour ahead of
        UTC."""
        super().__init__(air, address, build, records, clock=clock, faults=faults, bonds=bonds)
        self.started = started
        self._zone_quarters = zone_quarters
        self._has_crc = any(record.with_crc for record in records)
        self.measurement = self.told(0x2AA7, Property.NOTIFY)
        self.add(
            [
                self.measurement,
                self.shown(0x2AA8, self._features),
                self.shown(0x2AA9, self._status),
                self.shown(0x2AAA, self._session_start),
                self.shown(0x2AAB, lambda: self._checked(word(RUN_TIME_HOURS))),
                self.control,
            ]
        )

    def choose(self, selection: bytes) -> list[Sensor]:
        if selection[1:2] == octet(BY_TIME):
            raise NotSelected(Result.OPERAND_NOT_SUPPORTED)
        return super().choose(selection)

    def _features(self) -> bytes:
        bits = TREND | QUALITY | (E2E_CRC if self._has_crc else 0)
        features = bits.to_bytes(3, "little") + octet(INTERSTITIAL_FLUID)
        return with_checksum(features) if self._has_crc else features + word(0xFFFF)

    def _status(self) -> bytes:
        """Now, nothing to annunciate."""
        minutes = self.records[-1].minutes if self.records else 0
        return self._checked(word(minutes) + bytes(3))

    def _session_start(self) -> bytes:
        return self._checked(session_start(self.started, self._zone_quarters))

    def _checked(self, value: bytes) -> bytes:
        return with_checksum(value) if self._has_crc else value
