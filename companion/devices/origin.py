"""Where a batch of records is from."""

from typing import NamedTuple
from zoneinfo import ZoneInfo


class Origin(NamedTuple):
    """Whose readings these are, from which device (public ids), by which intake, and on whose wall the clock hangs."""

    patient: str
    device: str
    source: str
    zone: ZoneInfo
