"""The ways in which readings arrive: by Bluetooth, as a file, typed. Each says where it is from and what it brings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine

from companion.care.people import Person
from companion.devices import ingest
from companion.devices.ingest import DeviceIdentity, IntakeKind, NewIntake, Owner, TypedReading
from companion.devices.radio.record_kinds import last_mark
from companion.devices.records.device_time import ClockReading
from companion.devices.records.origin import Origin
from companion.devices.records.payloads import Batch, RawPayload, read_payloads
from companion.devices.uploaded_rows import refused_rows, uploaded_reading
from companion.devices.uploads import UploadedReading, UploadReport
from companion.devices.uploads.report import Rejection
from companion.readings.batch import Incoming


class Arrival(Protocol):
    """Something that brings readings of one patient."""

    @property
    def patient_id(self) -> int: ...

    @property
    def device(self) -> DeviceIdentity | None:
        """The device they come from; None when they do not come from one."""
        ...

    def open(self, engine: Engine, patient: Owner, now: datetime) -> tuple[NewIntake, Batch]:
        """Where the readings come from (not written yet), and what they are."""
        ...

    def close(self, connection: Connection, intake: NewIntake, batch: Batch, now: datetime) -> None:
        """Notes what may only be noted once the readings are durable."""
        ...


@dataclass(frozen=True)
class Download:
    """One Bluetooth session, from the hub or the browser: raw payloads and the device's clock.

    `is_undated`: nobody knows when it took place, so that nothing of it was surely just measured.
    """

    patient_id: int
    device: DeviceIdentity
    payloads: list[RawPayload]
    clock: ClockReading | None
    is_complete: bool = True
    is_undated: bool = False

    def open(self, engine: Engine, patient: Owner, now: datetime) -> tuple[NewIntake, Batch]:
        device = patient.device or ingest.find_or_add_device(engine, patient.id, self.device, now)
        intake = ingest.new_intake(
            kind=IntakeKind.DOWNLOAD,
            patient_id=patient.id,
            now=now,
            device=device,
            is_complete=self.is_complete,
        )
        quirks = replace(self.device.quirks, resends_everything=True) if self.is_undated else self.device.quirks
        origin = Origin(patient.public_id, device.public_id, intake.public_id, patient.zone, quirks)
        return intake, read_payloads(self.payloads, origin, self.clock)

    def close(self, connection: Connection, intake: NewIntake, batch: Batch, now: datetime) -> None:
        assert intake.device_id is not None, "a download comes from a device"
        # After a broken one the meter is asked for all of it again: what was lost may lie before its last record.
        mark = last_mark(self.payloads) if self.is_complete else None
        ingest.note_device(connection, intake.device_id, self.device.address, mark, batch.clock_offset_s, now)


@dataclass(frozen=True)
class Upload:
    """Rows of a file that was understood, their instants decided: all of them, or a part.

    The parts of one file name the same `intake`; whoever sends a file in one go leaves it out.
    """

    patient_id: int
    rows: Sequence[UploadedReading]
    rejected: Sequence[Rejection]
    file_format: str
    content_sha256: str
    by_id: int | None = None
    intake: str = ""

    @classmethod
    def whole(cls, patient_id: int, report: UploadReport, content_sha256: str, by: Person | None = None) -> "Upload":
        """Everything that a report tells of a small file."""
        by_id = by.id if by else None
        return cls(patient_id, report.rows, report.rejected, report.format or "", content_sha256, by_id)

    @property
    def device(self) -> None:
        return None

    def open(self, engine: Engine, patient: Owner, now: datetime) -> tuple[NewIntake, Batch]:
        intake = ingest.new_intake(
            kind=IntakeKind.UPLOAD,
            patient_id=patient.id,
            now=now,
            by_id=self.by_id,
            file_format=self.file_format,
            content_sha256=self.content_sha256,
            public_id=self.intake,
        )
        records = (uploaded_reading(row, patient.public_id, intake.public_id, self.file_format) for row in self.rows)
        return intake, Batch(Incoming.of(records), refused_rows(self.rejected, self.content_sha256), None)

    def close(self, connection: Connection, intake: NewIntake, batch: Batch, now: datetime) -> None:
        pass  # what a file holds is stored with its readings


@dataclass(frozen=True)
class Typed:
    """A reading somebody typed in."""

    patient_id: int
    entry: TypedReading
    by: Person

    @property
    def device(self) -> None:
        return None

    def open(self, engine: Engine, patient: Owner, now: datetime) -> tuple[NewIntake, Batch]:
        intake = ingest.new_intake(kind=IntakeKind.TYPED, patient_id=patient.id, now=now, by_id=self.by.id)
        return intake, ingest.typed(self.entry, patient.public_id, intake.public_id, patient.zone, now)

    def close(self, connection: Connection, intake: NewIntake, batch: Batch, now: datetime) -> None:
        pass  # nothing goes on from a typed reading
