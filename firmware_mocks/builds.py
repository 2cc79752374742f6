"""How one model differs from another, as its firmware is built: names, clock, pairing, what its memory can do.

Nothing of this is shared with the product's own table of models: what is read wrongly there shows here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Build:
    """What every device has."""

    name: str
    """As it advertises itself."""
    manufacturer: str = "Virtual Diagnostics"
    model: str = ""
    serial: str | None = None
    firmware: str | None = None
    battery: int | None = None
    """In percent; None: no Battery Service."""
    passkey: int | None = None
    """Shown on the device, or printed on it: it pairs only with who types this number."""
    serves_one_central: bool = False
    """It remembers the first it paired with; everybody else is refused."""
    has_current_time: bool = False
    """A Current Time Service of its own."""
    has_date_time: bool = False
    """Date Time inside the measuring service."""
    clock_can_be_set: bool = False


@dataclass(frozen=True)
class MeterBuild(Build):
    has_contexts: bool = True
    only_from_number: bool = False
    """It understands "records from number n", and nothing else."""
    numbers_backwards: bool = False
    """Its newest record is number 0: with every measurement all numbers move."""
    has_time_command: bool = False
    """FFF1 takes C0 03 01 00 and a Date Time (i-SENS)."""


@dataclass(frozen=True)
class CuffBuild(Build):
    sends_unsent_only: bool = False
    empties_memory: bool = False
    notifies_time: bool = False
    """Its clock is told as a notification, at which it may be set."""
    hangs_up: bool = True


STANDARD_METER = MeterBuild(
    name="meter 01234567",
    model="GM-1",
    serial="01234567",
    firmware="1.0.0",
    battery=81,
    has_current_time=True,
    has_date_time=True,
)
ACCU_CHEK = MeterBuild(
    name="meter+09876543",
    manufacturer="Roche",
    model="925",
    serial="09876543",
    firmware="v1.9.0",
    passkey=271828,
    has_date_time=True,
)
CONTOUR_NEXT = MeterBuild(
    name="Contour7830H7001234",
    manufacturer="Ascensia Diabetes Care",
    model="Contour 7800",
    serial="7830H7001234",
    has_current_time=True,
    only_from_number=True,
)
TAIDOC = MeterBuild(
    name="Diamond Mini",
    manufacturer="TaiDoc Technology",
    model="DM30b",
    serial="4272000000001234",
    firmware="1.2.4",
    has_contexts=False,
    numbers_backwards=True,
)
CARESENS = MeterBuild(
    name="CareSens 0123",
    manufacturer="i-SENS",
    model="CareSens Dual",
    serial="GM02AA001234",
    has_time_command=True,
)

STANDARD_CUFF = CuffBuild(name="cuff 89ABCDEF", model="BC-1", serial="89ABCDEF", has_date_time=True)
AND = CuffBuild(
    name="A&D_UA-651BLE_1234AB",
    manufacturer="A&D Medical",
    model="UA-651BLE",
    serial="5150901234",
    battery=100,
    serves_one_central=True,
    has_date_time=True,
    clock_can_be_set=True,
    sends_unsent_only=True,
)
OMRON = CuffBuild(
    name="BP7000",
    manufacturer="OMRON HEALTHCARE",
    model="BP7000",
    serial="20190101234F",
    battery=95,
    clock_can_be_set=True,
    sends_unsent_only=True,
    notifies_time=True,
)
OMRON_X4 = CuffBuild(
    name="X4 Smart",
    manufacturer="OMRON HEALTHCARE",
    model="X4 Smart",
    serial="20210101234F",
    clock_can_be_set=True,
    empties_memory=True,
    notifies_time=True,
)
MEDISANA = CuffBuild(name="1872B", manufacturer="Medisana", model="BU 546", serial="54600001234")
BEURER = CuffBuild(name="BM57", manufacturer="Beurer GmbH", model="BM57", serial="57000001234")
SILVERCREST = CuffBuild(name="SBM69", manufacturer="Hans Dinslage GmbH", model="SBM 69", passkey=314159)
BOSO = CuffBuild(name="boso medicus", manufacturer="Bosch + Sohn", model="medicus system", serial="BS0001234")

SENSOR = Build(
    name="sensor 55AA55AA",
    model="CS-1",
    serial="55AA55AA",
    firmware="2.1.0",
    battery=64,
    has_current_time=True,
)
