"""Names of resources: derived from ours, so that the same export twice names the same things the same."""

from datetime import datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

_OURS = UUID("6f0a3f6e-7f0c-4d0b-9a52-2f1f3a6f5c11")
"""The space of our names: any fixed UUID."""


def id_of(*parts: str) -> str:
    """The id of a resource (R4 allows letters, digits, `-` and `.`): a UUID of version 5 over its parts."""
    return str(uuid5(_OURS, "\x1f".join(parts)))


def url_of(resource_id: str) -> str:
    """How other entries of the Bundle point to it."""
    return f"urn:uuid:{resource_id}"


def local_instant(instant: datetime, zone: ZoneInfo) -> str:
    """RFC 3339 with the offset of that zone; milliseconds only where there are any."""
    local = instant.astimezone(zone)
    offset = local.utcoffset()
    assert offset is not None, "an aware instant has an offset"
    if offset.total_seconds() % 60:  # zones of before 1930 had seconds, which RFC 3339 cannot write
        local = instant
    return local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")
