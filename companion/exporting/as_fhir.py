"""A FHIR R4 Bundle, written entry by entry: the patient, each device before its first value, the values, and after
each run of values from one source where they come from."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import IO

import simplejson
from sqlalchemy import select

from companion.devices.models import Device, Intake
from companion.devices.uploaded_files import UploadedFile
from companion.devices.uploaded_rows import FROM_FILE
from companion.exporting.subject import Subject
from companion.exporting.told import Remark, Told, tell
from companion.fhir.coding import Json
from companion.fhir.names import id_of, local_instant, url_of
from companion.fhir.observation import Note, Standing, observation, observation_id
from companion.fhir.others import Arrival, DeviceTold, device_resource, patient_resource, provenance_resource
from companion.readings.reading import Kind

TARGETS_AT_MOST = 500
"""Observations that one Provenance speaks of: a long run gets several."""

AGENTS = {"download": "companion, from the device", "upload": "companion, from a file", "moved": "the clinic"}


def write_fhir(subject: Subject, out: IO[bytes]) -> None:
    """A Bundle of type `collection`; numbers keep the digits that were measured."""
    made_at = local_instant(subject.made_at, subject.zone)
    out.write(f'{{"resourceType": "Bundle", "type": "collection", "timestamp": "{made_at}", "entry": ['.encode())
    between = "\n"
    for resource in _resources(subject):
        entry = {"fullUrl": url_of(resource["id"]), "resource": resource}
        out.write(f"{between}{simplejson.dumps(entry, use_decimal=True, ensure_ascii=False)}".encode())
        between = ",\n"
    out.write(b"\n]}\n")


def _resources(subject: Subject) -> Iterator[Json]:
    person = subject.patient
    whole = patient_resource(person.public_id, person.name, person.sex, person.birth_on, person.phone, person.language)
    yield whole
    devices, arrivals = _Devices(subject, whole["id"]), _Arrivals(subject, whole["id"])
    stored = subject.store.export_patient(person.public_id)
    told = tell(subject.session, subject.names, person.public_id, stored)
    for source, run in groupby(told, key=lambda one: one.reading.source):
        yield from _of_one_source(run, subject, whole["id"], devices, arrivals.of(source))


def _of_one_source(
    run: Iterable[Told], subject: Subject, subject_id: str, devices: "_Devices", arrival: Arrival | None
) -> Iterator[Json]:
    """The run's values, every device before the first of its own, and a Provenance for every few hundred."""
    ids: list[str] = []
    for told in run:
        device_id, is_new = devices.id_of(told)
        if is_new:
            yield devices.resource(told.reading.device)
        yield observation(told.reading, _standing(told), subject.zone, subject_id, device_id)
        ids.append(observation_id(told.reading))
        if arrival is not None and len(ids) == TARGETS_AT_MOST:
            yield provenance_resource(arrival, ids, subject.zone)
            ids = []
    if arrival is not None and ids:
        yield provenance_resource(arrival, ids, subject.zone)


def _standing(told: Told) -> Standing:
    notes = tuple(Note(remark.by, remark.at, _in_words(remark)) for remark in told.remarks)
    return Standing(told.why_not is None, bool(notes), notes)


def _in_words(remark: Remark) -> str:
    change = f"{remark.old} → {remark.new}" if remark.old else remark.new
    return f"{remark.about}: {change} ({remark.why})"


class _Devices:
    """The devices of the Bundle, each written before its first value."""

    def __init__(self, subject: Subject, subject_id: str) -> None:
        self._subject, self._subject_id = subject, subject_id
        self._written: set[str] = set()

    def id_of(self, told: Told) -> tuple[str | None, bool]:
        """The device's id, and whether it is met for the first time; None for what somebody typed."""
        key = told.reading.device
        if told.reading.kind is Kind.TYPED:
            return None, False
        is_new = key not in self._written
        self._written.add(key)
        return id_of("Device", self._subject_id, key), is_new

    def resource(self, key: str) -> Json:
        query = select(Device).where(Device.public_id == key, Device.patient_id == self._subject.patient.id)
        row = self._subject.session.scalar(query)
        if row is None:  # the device of a file, or of the patient whose readings these were taken for
            name = key.removeprefix(FROM_FILE).rstrip(":").replace(":", ": ")
            return device_resource(DeviceTold(key, name), self._subject_id)
        told = DeviceTold(
            key, row.name or key, row.kind, row.identity, row.firmware or "", is_removed=row.removed_at is not None
        )
        return device_resource(told, self._subject_id)


class _Arrivals:
    """Where readings came from, by the public id of their intake."""

    def __init__(self, subject: Subject, subject_id: str) -> None:
        self._subject, self._subject_id = subject, subject_id
        self.of = lru_cache(maxsize=1000)(self._find)

    def _find(self, source: str) -> Arrival | None:
        query = (
            select(Intake, Device.public_id, UploadedFile.filename)
            .outerjoin(Device, Device.id == Intake.device_id)
            .outerjoin(UploadedFile, UploadedFile.intake == Intake.public_id)
            .where(Intake.public_id == source)
        )
        found = self._subject.session.execute(query).first()
        return None if found is None else self._arrival(*found)

    def _arrival(self, intake: Intake, device: str | None, filename: str | None) -> Arrival:
        by_patient = intake.by_id == self._subject.patient.id
        agent_id = id_of("Device", self._subject_id, device) if device and intake.kind == "download" else None
        return Arrival(
            intake=intake.public_id,
            kind=intake.kind,
            received_at=intake.received_at,
            agent=self._subject.names.of(intake.by_id) or AGENTS.get(intake.kind, "companion"),
            agent_id=self._subject_id if by_patient else agent_id,
            file=filename or "",
            sha256=intake.content_sha256,
        )
