"""What came out of an uploaded file: its readings, and what became of every row that gave none.

The one door that makes it is `companion.devices.uploads.read_export`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from companion.devices.uploads.unknown_table import UnknownTable
from companion.readings.reading import Kind, Limit, Meal, Metric


class UploadedReading(NamedTuple):
    """One reading as the file gives it, its instant decided.

    `taken_at` is aware UTC; `local_text` is the time as the file writes it and `device_time` the same as
    local ISO, no zone. `value` is the glucose, the ketone or the systolic pressure, None exactly when `limit`
    is set; `unit` is UCUM ("mg/dL", "mmol/L", "mm[Hg]"). `device` is the file's own text for it, or "".
    `subject` is the person's id in files of several people, or "". `row` is the 1-based line in the file,
    `raw` the cell or cells the value was read from.

    `member` is the file within a zip archive that it was in, or "". `vendor_id` is an id that every export of
    this record repeats, or "". `is_absolute`: the file states the offset from UTC, so that another export may
    show another local time of the same instant.

    `occurrence` is 1 for the first record of this device, kind, local time and value (2 when a clock change
    repeats them): with those four it is the record's own identity.

    `flags`: "gap" (the local time did not exist and was moved forward), "fold" (it came twice that night, and
    the transmitter's count or the order of the rows decided which), "pulse_unread" (a pulse was there but is no
    plausible number), "day_only" (the file tells the day and no hour: noon stands in).
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
    member: str = ""
    vendor_id: str = ""
    occurrence: int = 1
    flags: tuple[str, ...] = ()
    is_absolute: bool = False


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


class Rejection(NamedTuple):
    """A row that cannot be a reading. `row` is its line in the file, or in the `member` of a zip archive; its item
    in JSON, its element in XML. `content` is how it begins."""

    row: int
    reason: str
    content: str
    member: str = ""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"{self.member}, row {self.row}" if self.member else f"row {self.row}"


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

    `rows` are made while one goes through them, which reads the file again: they are never in the memory
    together. `subjects` are the persons whom the rows name. `unread` are the members of a zip archive that are no
    readings. `table` is how the first table with dates begins, whether a format knows it or not.
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
    rows: Sequence[UploadedReading]
    subjects: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()
    table: UnknownTable | None = None


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
        "rejected": [_rejection(rejection) for rejection in report.rejected],
        "skipped": dict(report.skipped),
        "questions": [{"about": asked.about, "choices": list(asked.choices)} for asked in report.questions],
    }


def _rejection(rejection: Rejection) -> dict[str, Any]:
    told = {"row": rejection.row, "reason": rejection.reason}
    return {**told, "member": rejection.member} if rejection.member else told


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
