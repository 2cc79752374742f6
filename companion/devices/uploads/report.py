"""What came out of an uploaded file: its readings, and what became of every row that gave none.

The one door that makes it: `companion.devices.uploads.read_export(content: bytes, *, zone: ZoneInfo | None,
unit: str | None, dates: str | None) -> UploadReport`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from companion.readings.reading import Kind, Limit, Meal, Metric


@dataclass(frozen=True, slots=True)
class UploadedReading:
    """One reading as the file gives it, its instant decided.

    `taken_at` is aware UTC; `local_text` is the time as the file writes it and `device_time` the same as
    local ISO, no zone. `value` is the glucose, the ketone or the systolic pressure, None exactly when `limit`
    is set; `unit` is UCUM ("mg/dL", "mmol/L", "mm[Hg]"). `device` is the file's own text for it, or "".
    `subject` is the person's id in files of several people, or "". `row` is the 1-based line in the file,
    `raw` the cell or cells the value was read from.

    `occurrence` is 1 for the first record of this device, kind, local time and value (2 when a clock change
    repeats them): with those four it is the record's own identity. `sequence` counts this device's readings
    of this metric at this very instant from 1, so that two values at one time are both kept.

    `flags`: "gap" (the local time did not exist and was moved forward), "fold" (it came twice that night, and
    the order of the rows decided which), "pulse_unread" (a pulse was there but is no plausible number).
    """

    metric: Metric
    kind: Kind
    taken_at: datetime
    local_text: str
    device_time: str
    value: Decimal | None
    unit: str
    row: int
    raw: str
    diastolic: Decimal | None = None
    pulse: Decimal | None = None
    limit: Limit | None = None
    meal: Meal | None = None
    device: str = ""
    subject: str = ""
    occurrence: int = 1
    sequence: int = 1
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KindTotals:
    """The figures of one kind of reading, in the unit of the file (blood pressure: of the systolic).

    All over the measured numbers: out-of-range readings are counted elsewhere. `first` and `last` are the
    earliest and the latest local time, ISO, None while the order of the dates is not known.
    """

    n: int
    first: str | None
    last: str | None
    least: Decimal
    greatest: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that cannot be a reading. `row` is its 1-based line in the file, `content` that line as it stands."""

    row: int
    reason: str
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can answer: about "unit", "dates", "zone" or "format"."""

    about: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What was read, skipped and rejected: each of the `rows_read` rows is in exactly one class.

    `rows_read` = rows that gave readings + `duplicates_in_file` + rejected + skipped. While a question is
    open `rows` is empty; the counts and figures are there all the same, as far as they can be known.
    `unit` is "mg/dL", "mmol/L", "mmHg" or None; `date_order` "DMY", "MDY", "YMD" or None. `zone_source` is
    "file" (the rows say it), "argument", "mixed" (some rows say it, the argument the others) or "none".
    """

    format: str | None
    unit: str | None
    date_order: str | None
    zone: str | None
    zone_source: str
    rows_read: int
    readings: Mapping[str, int]
    kinds: Mapping[str, KindTotals]
    duplicates_in_file: int
    out_of_range: Mapping[str, int]
    rejected: tuple[Rejection, ...]
    skipped: Mapping[str, int]
    questions: tuple[Question, ...]
    rows: tuple[UploadedReading, ...]


def as_json(report: UploadReport) -> dict[str, Any]:
    """The object that `companion inspect --json` prints: everything but the readings themselves."""
    return {
        "format": report.format,
        "unit": report.unit,
        "date_order": report.date_order,
        "zone": report.zone,
        "zone_source": report.zone_source,
        "rows_read": report.rows_read,
        "readings": dict(report.readings),
        "kinds": {kind: _figures(totals) for kind, totals in report.kinds.items()},
        "duplicates_in_file": report.duplicates_in_file,
        "out_of_range": dict(report.out_of_range),
        "rejected": [{"row": rejection.row, "reason": rejection.reason} for rejection in report.rejected],
        "skipped": dict(report.skipped),
        "questions": [{"about": asked.about, "choices": list(asked.choices)} for asked in report.questions],
    }


def _figures(totals: KindTotals) -> dict[str, Any]:
    return {
        "n": totals.n,
        "first": totals.first,
        "last": totals.last,
        "min": _number(totals.least),
        "max": _number(totals.greatest),
        "sum": _number(totals.total),
    }


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
