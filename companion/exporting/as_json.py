"""The tables as one JSON document, written row by row; docs/export.md shows its shape."""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import IO, Any

from companion.exporting.rows import Row
from companion.exporting.subject import Subject
from companion.exporting.tables import PATIENT, TABLES, Table
from companion.fhir.names import local_instant

FORMAT, VERSION = "companion-export", 1


def write_json(subject: Subject, out: IO[bytes]) -> None:
    """{"format", "version", "made_at", "patient": {…}, "readings": [{…}, …], …}: UTF-8, one row a line."""
    (patient,) = PATIENT.rows(subject)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": local_instant(subject.made_at, subject.zone),
        PATIENT.name: dict(zip(PATIENT.columns, patient, strict=True)),
    }
    out.write(f"{_dumped(head).removesuffix('}')}".encode())
    for table in TABLES:
        out.write(f',\n"{table.name}": ['.encode())
        _write_rows(table, table.rows(subject), out)
        out.write(b"]")
    out.write(b"}\n")


def _write_rows(table: Table, rows: Iterable[Row], out: IO[bytes]) -> None:
    between = "\n"
    for row in rows:
        out.write(f"{between}{_dumped(dict(zip(table.columns, row, strict=True)))}".encode())
        between = ",\n"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    """Decimals keep their digits, as text; days are ISO."""
    if isinstance(value, Decimal):
        return format(value, "f")
    assert isinstance(value, date), f"nothing else leaves: {type(value)}"
    return value.isoformat()
