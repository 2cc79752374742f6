"""Where a batch of records is from."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.devices.quirks import STANDARD, Quirks


class Origin(NamedTuple):
    """Whose readings these are, from which device (public ids), by which intake, on whose wall the clock hangs, and
    where the device departs from its profile."""

    patient: str
    device: str
    source: str
    zone: ZoneInfo
    quirks: Quirks = STANDARD
