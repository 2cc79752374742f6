"""Virtual devices by name: one of each model whose ways the product knows, and the standard ones."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from firmware_mocks import builds
from firmware_mocks.air import Air
from firmware_mocks.bp_cuff import BloodPressureCuff
from firmware_mocks.builds import CuffBuild, MeterBuild
from firmware_mocks.cgm_sensor import CgmSensor
from firmware_mocks.encode import BloodPressure, Context, Sensor
from firmware_mocks.faults import Faults
from firmware_mocks.glucose_meter import GlucoseMeter
from firmware_mocks.lives import Life
from firmware_mocks.peripheral import Peripheral, WallClock

KETONE_MEAL = 6
"""Outside the profile: an i-SENS meter's mark for a ketone record."""
FAILED = BloodPressure("NAN", "NAN", "NAN", status=0)
"""What a boso sends of a measurement that failed."""
SENSOR_MINUTES = 5
SENSOR_RECORDS = 288


class Owner(NamedTuple):
    """Whose device it is: what it remembers, what its clock shows, where it keeps its bonds, what is wrong with it."""

    life: Life
    clock: WallClock
    bonds: Path | None = None
    faults: Faults | None = None

    def options(self) -> dict[str, Any]:
        return {"clock": self.clock, "bonds": self.bonds, "faults": self.faults}


Make = Callable[[Air, Owner], Peripheral]


def _meter(build: MeterBuild, address: str) -> Make:
    def make(air: Air, owner: Owner) -> Peripheral:
        return GlucoseMeter(air, owner.life.glucose, address=address, build=build, clock=owner.clock, bonds=owner.bonds)

    return make


def _cuff(build: CuffBuild, address: str) -> Make:
    def make(air: Air, owner: Owner) -> Peripheral:
        return BloodPressureCuff(air, owner.life.blood_pressure, address=address, build=build, **owner.options())

    return make


def _caresens(air: Air, owner: Owner) -> Peripheral:
    """Its last record is a ketone, 0.6 mmol/L, sent as if it were 6 mg/dL."""
    build, address = builds.CARESENS, "C1:00:00:00:18:04"
    meter = GlucoseMeter(air, owner.life.glucose, address=address, build=build, **owner.options())
    meter.measure(Decimal("0.00006"), owner.clock.now().replace(microsecond=0), Context(meal=KETONE_MEAL))
    return meter


def _boso(air: Air, owner: Owner) -> Peripheral:
    """The last measurement failed."""
    stored, address = [*owner.life.blood_pressure, FAILED], "C1:00:00:00:10:06"
    return BloodPressureCuff(air, stored, address=address, build=builds.BOSO, **owner.options())


def _sensor(air: Air, owner: Owner) -> Peripheral:
    """A day of values, one every five minutes, around 118 mg/dL."""
    started = owner.clock.now().replace(microsecond=0) - timedelta(minutes=SENSOR_MINUTES * SENSOR_RECORDS)
    records = [
        Sensor(str(110 + number % 17), SENSOR_MINUTES * number, trend="0.1", quality="98", with_crc=True)
        for number in range(1, SENSOR_RECORDS + 1)
    ]
    return CgmSensor(air, records, started=started, **owner.options())


MODELS: dict[str, Make] = {
    "meter": _meter(builds.STANDARD_METER, "C1:00:00:00:18:08"),
    "accu-chek": _meter(builds.ACCU_CHEK, "C1:00:00:00:18:01"),
    "contour-next": _meter(builds.CONTOUR_NEXT, "C1:00:00:00:18:02"),
    "taidoc-fora": _meter(builds.TAIDOC, "C1:00:00:00:18:03"),
    "caresens": _caresens,
    "cuff": _cuff(builds.STANDARD_CUFF, "C1:00:00:00:18:10"),
    "and": _cuff(builds.AND, "C1:00:00:00:10:01"),
    "omron": _cuff(builds.OMRON, "C1:00:00:00:10:02"),
    "omron-x4-smart": _cuff(builds.OMRON_X4, "C1:00:00:00:10:03"),
    "medisana": _cuff(builds.MEDISANA, "C1:00:00:00:10:04"),
    "beurer": _cuff(builds.BEURER, "C1:00:00:00:10:05"),
    "boso": _boso,
    "silvercrest": _cuff(builds.SILVERCREST, "C1:00:00:00:10:07"),
    "sensor": _sensor,
}
"""Named as their pages in docs/devices are."""


def make(
    name: str,
    air: Air,
    life: Callable[[datetime], Life],
    clock: WallClock,
    bonds: Path | None = None,
    faults: Faults | None = None,
) -> Peripheral:
    """One device of that name, on the air; `bonds` is the folder where it remembers its pairings."""
    return MODELS[name](air, Owner(life(clock.now()), clock, bonds and bonds / f"{name}.json", faults))
