"""One patient's data into one file, in the format that was asked for."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import IO

from companion.care import audit
from companion.care.people import Person
from companion.db import reading, writing
from companion.exporting.as_csv import write_readings, write_zip
from companion.exporting.as_fhir import write_fhir
from companion.exporting.as_json import write_json
from companion.exporting.subject import Subject
from companion.flows import Stores


class Format(StrEnum):
    """`ZIP` holds a CSV file of every table, `CSV` is the readings alone."""

    ZIP = "zip"
    CSV = "csv"
    JSON = "json"
    FHIR = "fhir"


WRITERS: dict[Format, Callable[[Subject, IO[bytes]], None]] = {
    Format.ZIP: write_zip,
    Format.CSV: write_readings,
    Format.JSON: write_json,
    Format.FHIR: write_fhir,
}
ENDINGS = {Format.ZIP: ".zip", Format.CSV: ".csv", Format.JSON: ".json", Format.FHIR: ".fhir.json"}
CONTENT_TYPES = {
    Format.ZIP: "application/zip",
    Format.CSV: "text/csv",
    Format.JSON: "application/json",
    Format.FHIR: "application/fhir+json",
}


def format_of(filename: str) -> Format | None:
    """By the ending; None for one that names none. `.fhir.json` is looked for before `.json`."""
    longest_first = sorted(ENDINGS, key=lambda one: -len(ENDINGS[one]))
    return next((one for one in longest_first if filename.lower().endswith(ENDINGS[one])), None)


def export(stores: Stores, patient: Person, as_: Format, out: IO[bytes], *, by: str, now: datetime) -> None:
    """Writes the patient's data to `out`, a part at a time, from one look at the records; noted in the audit trail
    before the first byte. `by` is the public id of who asked."""
    with writing(stores.engine) as session:
        audit.note(session, actor=by, action="exported", now=now, patient=patient.public_id, format=as_.value)
    with reading(stores.engine) as session:
        WRITERS[as_](Subject(session, stores.readings, patient, now), out)
