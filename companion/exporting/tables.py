"""The tables of an export: what each is called, its columns, and its rows one after the other.

CSV and JSON are two ways of writing these. An instant stands in two columns: `…_at`, local with its offset, and
`…_at_utc`. Amounts and values are Decimals with the digits that were measured or prescribed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, func, select
from sqlalchemy.orm import aliased

from companion.care.consent import CareLink
from companion.care.facts import Fact
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision
from companion.clock import format_instant
from companion.devices.models import Device, Intake
from companion.devices.uploaded_files import UploadedFile
from companion.exporting.subject import Subject
from companion.exporting.told import Remark, tell
from companion.fhir.names import local_instant
from companion.messages.models import Delivery, Inbound, Message
from companion.reminders.models import Dose

Row = tuple[Any, ...]
Rows = Callable[[Subject], Iterator[Row]]

ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Table:
    """One table. `rows` gives values in the order of `columns`: text, numbers, days, None, or what JSON nests."""

    name: str
    columns: tuple[str, ...]
    rows: Rows


def _both(at: datetime | None, subject: Subject) -> tuple[str | None, str | None]:
    """Local with its offset, and UTC."""
    return (None, None) if at is None else (local_instant(at, subject.zone), format_instant(at))


def _local(at: datetime | None, subject: Subject) -> str | None:
    return None if at is None else local_instant(at, subject.zone)


def _rows(subject: Subject, query: Executable) -> Iterator[Any]:
    """What the query finds, a few at a time."""
    return iter(subject.session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}))


def _patient(subject: Subject) -> Iterator[Row]:
    person = subject.patient
    yield (
        person.public_id, person.name, person.birth_on, person.sex, person.phone, person.login, person.language,
        person.zone, *_both(person.created_at, subject),
    )  # fmt: skip


def _readings(subject: Subject) -> Iterator[Row]:
    patient = subject.patient.public_id
    for reading, why_not, remarks in tell(
        subject.session, subject.names, patient, subject.store.export_patient(patient)
    ):
        yield (
            reading.metric.value, *_both(reading.taken_at, subject), reading.value, reading.unit, reading.diastolic,
            reading.pulse, reading.limit and reading.limit.value, reading.kind.value,
            reading.meal and reading.meal.value, why_not is None, why_not and why_not.value,
            [_remark(remark, subject) for remark in remarks], reading.device, reading.sequence, reading.device_time,
            reading.clock_offset_s, reading.flags, reading.source,
        )  # fmt: skip


def _remark(remark: Remark, subject: Subject) -> dict[str, str | None]:
    told = {"about": remark.about, "old": remark.old, "new": remark.new, "by": remark.by}
    return told | {"at": _local(remark.at, subject), "why": remark.why}


def _medicines(subject: Subject) -> Iterator[Row]:
    query = (
        select(Regimen, RegimenRevision)
        .join(RegimenRevision, RegimenRevision.regimen_id == Regimen.id)
        .where(Regimen.patient_id == subject.patient.id)
        .order_by(Regimen.id, RegimenRevision.number)
    )
    for regimen, revision in _rows(subject, query):
        yield (
            regimen.public_id, regimen.drug, regimen.drug_class, revision.number, revision.amount, regimen.unit,
            regimen.food, revision.rule, revision.start_on, revision.end_on,
            subject.names.of(revision.clinician_id), revision.reason, _local(revision.made_at, subject),
            _local(revision.effective_at, subject), _local(revision.confirmed_at, subject),
            _local(regimen.stopped_at, subject),
        )  # fmt: skip


def _doses(subject: Subject) -> Iterator[Row]:
    query = (
        select(Dose, Regimen.public_id, Regimen.drug, Regimen.unit)
        .join(Regimen, Regimen.id == Dose.regimen_id)
        .where(Dose.patient_id == subject.patient.id)
        .order_by(Dose.due_at, Dose.id)
    )
    for dose, medicine, drug, unit in _rows(subject, query):
        yield (
            medicine, drug, *_both(dose.due_at, subject), dose.amount, unit, dose.state,
            _local(dose.answered_at, subject), subject.names.of(dose.answered_by), dose.answered_via, dose.note,
        )  # fmt: skip


def _messages(subject: Subject) -> Iterator[Row]:
    """What was sent about the patient, to whomever. Its words are made as it leaves and not kept."""
    attempts = (
        select(Delivery.message_id, func.count().label("n"), func.max(Delivery.channel).label("channel"))
        .group_by(Delivery.message_id)
        .subquery()
    )
    query = (
        select(Message, attempts.c.n, attempts.c.channel)
        .outerjoin(attempts, attempts.c.message_id == Message.id)
        .where(Message.patient_id == subject.patient.id)
        .order_by(Message.id)
    )
    for message, tries, channel in _rows(subject, query):
        yield (
            *_both(message.created_at, subject), message.purpose, subject.names.of(message.recipient_id),
            message.state, channel, tries or 0,
        )  # fmt: skip


def _answers(subject: Subject) -> Iterator[Row]:
    query = select(Inbound).where(Inbound.person_id == subject.patient.id).order_by(Inbound.id)
    for (text,) in _rows(subject, query):
        yield *_both(text.received_at, subject), text.channel, text.body, text.understood_as


def _devices(subject: Subject) -> Iterator[Row]:
    query = select(Device).where(Device.patient_id == subject.patient.id).order_by(Device.id)
    for (device,) in _rows(subject, query):
        yield (
            device.public_id, device.kind, device.name, device.identity, device.firmware,
            _local(device.first_seen_at, subject), _local(device.last_seen_at, subject),
            _local(device.removed_at, subject),
        )  # fmt: skip


def _arrivals(subject: Subject) -> Iterator[Row]:
    query = (
        select(Intake, Device.public_id, UploadedFile.filename)
        .outerjoin(Device, Device.id == Intake.device_id)
        .outerjoin(UploadedFile, UploadedFile.intake == Intake.public_id)
        .where(Intake.patient_id == subject.patient.id)
        .order_by(Intake.id)
    )
    for intake, device, filename in _rows(subject, query):
        yield (
            intake.public_id, intake.kind, _local(intake.received_at, subject), subject.names.of(intake.by_id), device,
            intake.format, filename, intake.content_sha256, intake.new, intake.known, intake.refused,
        )  # fmt: skip


def _facts(subject: Subject) -> Iterator[Row]:
    query = select(Fact).where(Fact.patient_id == subject.patient.id).order_by(Fact.id)
    for (fact,) in _rows(subject, query):
        noted = subject.names.of(fact.noted_by), _local(fact.noted_at, subject)
        yield fact.kind, fact.name, fact.value, fact.measured_on, *noted


def _people(subject: Subject) -> Iterator[Row]:
    member = aliased(Person)
    query = (
        select(CareLink, member.name, member.role)
        .join(member, member.id == CareLink.member_id)
        .where(CareLink.patient_id == subject.patient.id)
        .order_by(CareLink.id)
    )
    for link, name, role in _rows(subject, query):
        yield name, role, link.scope, _local(link.starts_at, subject), _local(link.ends_at, subject)


PATIENT = Table(
    "patient",
    (
        "id", "name", "birth_on", "sex", "phone", "login", "language", "zone", "enrolled_at", "enrolled_at_utc",
    ),
    _patient,
)  # fmt: skip
READINGS = Table(
    "readings",
    (
        "metric", "taken_at", "taken_at_utc", "value", "unit", "diastolic", "pulse", "limit", "kind", "meal", "counts",
        "why_not", "remarks", "device", "sequence", "device_time", "clock_offset_s", "flags", "arrival",
    ),
    _readings,
)  # fmt: skip
TABLES = (
    READINGS,
    Table(
        "medicines",
        (
            "medicine", "drug", "drug_class", "revision", "amount", "unit", "food", "rule", "start_on", "end_on", "by",
            "reason", "made_at", "effective_at", "confirmed_at", "stopped_at",
        ),
        _medicines,
    ),
    Table(
        "doses",
        (
            "medicine", "drug", "due_at", "due_at_utc", "amount", "unit", "state", "answered_at", "answered_by",
            "answered_via", "note",
        ),
        _doses,
    ),
    Table(
        "messages", ("created_at", "created_at_utc", "purpose", "to", "state", "channel", "attempts"), _messages
    ),
    Table("answers", ("received_at", "received_at_utc", "channel", "text", "understood_as"), _answers),
    Table(
        "devices", ("id", "kind", "name", "identity", "firmware", "first_seen_at", "last_seen_at", "removed_at"),
        _devices,
    ),
    Table(
        "arrivals",
        (
            "id", "kind", "received_at", "by", "device", "format", "file", "sha256", "new", "known", "refused",
        ),
        _arrivals,
    ),
    Table("facts", ("kind", "name", "value", "measured_on", "by", "noted_at"), _facts),
    Table("people", ("name", "role", "scope", "starts_at", "ends_at"), _people),
)  # fmt: skip
"""Every table but the patient's own line."""
