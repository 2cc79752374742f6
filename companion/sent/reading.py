"""Reads a file that was sent, with what the patient said about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from companion.apart import read_apart
from companion.apart.watched import Told
from companion.clock import get_zone
from companion.devices.uploads import UploadReport
from companion.devices.uploads.mapped import ColumnMapping
from companion.devices.uploads.source import Source


def read_sent(
    original: Source, zone: str, choices: Mapping[str, Any], mappings: Sequence[ColumnMapping], told: Told | None = None
) -> UploadReport:
    """The report; `choices` (unit, dates, zone) speak where the file does not. Raises BadInput."""
    return read_apart(
        original,
        zone=get_zone(choices.get("zone") or zone, "zone"),
        unit=choices.get("unit"),
        dates=choices.get("dates"),
        more=mappings,
        told=told,
    )
