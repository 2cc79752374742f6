"""Reads a file that was sent, with what the patient said about it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from companion.apart import read_apart
from companion.apart.watched import Told
from companion.care.people import Person
from companion.clock import get_zone
from companion.db import reading
from companion.devices.uploaded_files import UploadedFile
from companion.devices.uploads import UploadReport
from companion.devices.uploads.mapped import ColumnMapping
from companion.devices.uploads.source import Source
from companion.flows import Stores
from companion.originals import Originals
from companion.sent.files import mappings_of


class Sent(NamedTuple):
    """A file, whose it is, its bytes, and the columns that this patient explained."""

    file: UploadedFile
    patient: Person
    original: Source
    mappings: list[ColumnMapping]

    def read(self, told: Told | None = None) -> UploadReport:
        """What stands in it. Raises BadInput if it cannot be read."""
        return read_sent(self.original, self.patient.zone, self.file.choices, self.mappings, told)


def open_sent(stores: Stores, originals: Originals, file_id: int) -> Sent:
    """The file with everything that reading it needs."""
    with reading(stores.engine) as session:
        file = session.get_one(UploadedFile, file_id)
        patient = session.get_one(Person, file.patient_id)
        mappings = mappings_of(session, patient.id)
    return Sent(file, patient, originals.get(patient.public_id, file.sha256), mappings)


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
