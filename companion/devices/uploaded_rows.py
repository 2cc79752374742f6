"""Rows of a file → readings with the identity of their records: what is known again in whatever export it comes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from companion.devices.records.payloads import Refused
from companion.devices.uploads.report import Rejection, UploadedReading
from companion.readings.identity import Identities, content_identity, sequence_from
from companion.readings.reading import Reading

_STATES_OFFSET = re.compile(
    r":[0-9]{2}(?:[.,][0-9]+)?\s*(?:[AP]\.?M\.?)?\s*(?:Z|UTC|GMT|(?:UTC|GMT)?[+-][0-9]{1,2}(?::?[0-9]{2})?)\s*$",
    re.IGNORECASE,
)
"""A time of day with an offset behind it."""

FROM_FILE = "file:"
"""How the device of a reading begins that came in a file: `file:<format>:<device as the file names it>`."""


def uploaded_reading(row: UploadedReading, patient: str, source: str, file_format: str) -> tuple[bytes, Reading]:
    """The identity of the record in that row, and its reading, which the intake `source` brings."""
    identity = identity_of(row, file_format)
    return (
        identity,
        Reading(
            patient=patient,
            metric=row.metric,
            taken_at=row.taken_at,
            device=device_of(row, file_format),
            sequence=sequence_from(identity),
            value=row.value,
            unit=row.unit,
            kind=row.kind,
            source=source,
            diastolic=row.diastolic,
            pulse=row.pulse,
            limit=row.limit,
            meal=row.meal,
            device_time=row.device_time[:40],
            flags=",".join(row.flags)[:60],
            raw=row.raw.encode()[:200],
        ),
    )


def device_of(row: UploadedReading, file_format: str) -> str:
    """What the device of a row is called in the store."""
    return f"{FROM_FILE}{file_format}:{row.device}"[:160]


def identity_of(row: UploadedReading, file_format: str) -> bytes:
    """By the vendor's own id where there is one; else by format, device, kind, time, value, unit and occurrence.

    The time is the local one as the file tells it, whatever its zone is said to be: a second upload with another
    answer adds nothing. Only where the text states its offset is it the instant, because the next export may be
    written in another zone. Times and numbers are compared by what they mean, not by how they are written: a CSV
    and a workbook of the same log tell the same.
    """
    if row.vendor_id:
        parts = ["id", file_format, row.metric, row.vendor_id]
    else:
        numbers = (plain(row.value), plain(row.diastolic), row.limit or "", row.unit)
        parts = [file_format, row.device, row.metric, row.kind, *numbers, str(row.occurrence)]
    return Identities(*(part.encode() for part in parts)).of(_own_time(row), b"")


def _own_time(row: UploadedReading) -> datetime:
    if _STATES_OFFSET.search(row.local_text):
        return row.taken_at.astimezone(UTC).replace(tzinfo=None)
    return datetime.fromisoformat(row.device_time)


def plain(number: Decimal | None) -> str:
    """A number without zeros that say nothing: 5.60 is 5.6."""
    return "" if number is None else format(number.normalize(), "f")


def _place(bad: Rejection) -> str:
    return f"{bad.row}@{bad.member}" if bad.member else str(bad.row)


def refused_rows(rejected: Iterable[Rejection], content_sha256: str) -> list[Refused]:
    """What could not be read, for quarantine: one row of one file is kept once."""
    return [
        Refused(
            content_identity(content_sha256.encode(), _place(bad).encode()),
            bad.place,
            bad.reason,
            bad.content,
        )
        for bad in rejected
    ]
