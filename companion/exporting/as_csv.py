"""Tables as CSV: one file a table, together in a zip; or the readings alone."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable
from typing import IO, Any, TextIO

from companion.exporting.subject import Subject
from companion.exporting.tables import PATIENT, READINGS, TABLES, Table

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else, and Chinese names for noise."""

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""What spreadsheets take for the start of one (OWASP ASVS 5.0.0, 1.2.10); those of Chinese and Japanese type, too."""
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


def write_zip(subject: Subject, out: IO[bytes]) -> None:
    """Every table as a file of a zip."""
    made_at = subject.made_at.astimezone(subject.zone).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in (PATIENT, *TABLES):
            entry = zipfile.ZipInfo(f"{table.name}.csv", date_time=made_at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # How long it gets is not known yet: without this a file ends at 2 GB.
            with archive.open(entry, "w", force_zip64=True) as file:
                _write_table(table, subject, file)


def write_readings(subject: Subject, out: IO[bytes]) -> None:
    """The readings as one CSV file."""
    _write_table(READINGS, subject, out)


def _write_table(table: Table, subject: Subject, out: IO[bytes]) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=False)
    text.write(BYTE_ORDER_MARK)
    _write_rows(text, table.columns, table.rows(subject))
    text.flush()
    text.detach()


def _write_rows(text: TextIO, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(value) for value in row])


def cell(value: Any) -> str:
    """What stands in the cell. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    text = _as_text(value)
    is_formula = text.startswith(_STARTS_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_in_words(one) for one in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _in_words(remark: dict[str, str]) -> str:
    """One thing that somebody said: "left out: no → yes, Anna (patient), 2026-03-04T08:00:00+01:00, a reason"."""
    change = f"{remark['old']} → {remark['new']}" if remark["old"] else remark["new"]
    return f"{remark['about']}: {change}, {remark['by']}, {remark['at']}, {remark['why']}"
