"""The tables of an export: what each is called, its columns, and its rows one after the other.

CSV and JSON are two ways of writing these. An instant stands in two columns: `…_at`, local with its offset, and
`…_at_utc`. Amounts and values are Decimals with the digits that were measured or prescribed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from companion.advice.alarms.urgent_models import UrgentEpisode
from companion.care.consent import CareLink
from companion.care.contact_models import ContactPoint, MessageConsent
from companion.care.contacts import shown_address
from companion.care.data_consent import said_of
from companion.care.emergency_access import opened_of
from companion.care.erasure_requests import ErasureRequest
from companion.care.facts import Fact
from companion.care.people import Person
from companion.care.read_log import ReadEntry
from companion.care.reported import Reported
from companion.devices.models import Device, Intake
from companion.devices.uploaded_files import UploadedFile
from companion.exporting.from_programme import coupons, guides_read, points, posts, questions
from companion.exporting.from_records import conflicts, from_records
from companion.exporting.of_care import agreed, answered, checkup_values, checkups, plan_reviews
from companion.exporting.of_outreach import survey_answers, tips_sent, traits
from companion.exporting.ordered import order_events, orders, pharmacy_consents
from companion.exporting.rows import Row, found, local, local_and_utc
from companion.exporting.subject import Subject
from companion.exporting.told import Remark, tell
from companion.exporting.treatment import as_needed, change_answers, doses, medicines, packs, pauses, withdrawals
from companion.messages.models import Delivery, Inbound, Message
from companion.sealing.columns import INBOUND, texts_by_id

Rows = Callable[[Subject], Iterator[Row]]


@dataclass(frozen=True)
class Table:
    """One table. `rows` gives values in the order of `columns`: text, numbers, days, None, or what JSON nests."""

    name: str
    columns: tuple[str, ...]
    rows: Rows


def _patient(subject: Subject) -> Iterator[Row]:
    person = subject.patient
    yield (
        person.public_id, person.name, person.birth_on, person.sex, person.phone, person.login, person.language,
        person.zone, *local_and_utc(person.created_at, subject),
    )  # fmt: skip


def _readings(subject: Subject) -> Iterator[Row]:
    patient = subject.patient.public_id
    for reading, why_not, remarks in tell(
        subject.session, subject.names, patient, subject.store.export_patient(patient)
    ):
        yield (
            reading.metric.value, *local_and_utc(reading.taken_at, subject), reading.value, reading.unit,
            reading.diastolic, reading.pulse, reading.limit and reading.limit.value, reading.kind.value,
            reading.meal and reading.meal.value, why_not is None, why_not and why_not.value,
            [_remark(remark, subject) for remark in remarks], reading.device, reading.sequence, reading.device_time,
            reading.clock_offset_s, reading.flags, reading.source,
        )  # fmt: skip


def _remark(remark: Remark, subject: Subject) -> dict[str, str | None]:
    told = {"about": remark.about, "old": remark.old, "new": remark.new, "by": remark.by}
    return told | {"at": local(remark.at, subject), "why": remark.why}


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
    for message, tries, channel in found(subject, query):
        yield (
            *local_and_utc(message.created_at, subject), message.purpose, subject.names.of(message.recipient_id),
            message.state, channel, tries or 0,
        )  # fmt: skip


def _answers(subject: Subject) -> Iterator[Row]:
    query = select(Inbound).where(Inbound.person_id == subject.patient.id).order_by(Inbound.id)
    texts = [text for (text,) in found(subject, query)]
    said = texts_by_id(subject.session.connection(), INBOUND, texts)
    for text in texts:
        yield *local_and_utc(text.received_at, subject), text.channel, said[text.id], text.understood_as


def _addresses(subject: Subject) -> Iterator[Row]:
    query = select(ContactPoint).where(ContactPoint.person_id == subject.patient.id).order_by(ContactPoint.id)
    for (point,) in found(subject, query):
        yield (
            point.kind, shown_address(point), point.label, point.position, point.state, point.verified_by,
            local(point.verified_at, subject), local(point.created_at, subject), local(point.removed_at, subject),
        )  # fmt: skip


def _consents(subject: Subject) -> Iterator[Row]:
    query = select(MessageConsent).where(MessageConsent.person_id == subject.patient.id).order_by(MessageConsent.id)
    for (row,) in found(subject, query):
        noted = subject.names.of(row.noted_by), *local_and_utc(row.at, subject)
        yield row.kind, row.topic, row.is_agreed, row.text, row.text_version, *noted


def _devices(subject: Subject) -> Iterator[Row]:
    query = select(Device).where(Device.patient_id == subject.patient.id).order_by(Device.id)
    for (device,) in found(subject, query):
        yield (
            device.public_id, device.kind, device.name, device.identity, device.firmware,
            local(device.first_seen_at, subject), local(device.last_seen_at, subject),
            local(device.removed_at, subject),
        )  # fmt: skip


def _arrivals(subject: Subject) -> Iterator[Row]:
    query = (
        select(Intake, Device.public_id, UploadedFile.filename)
        .outerjoin(Device, Device.id == Intake.device_id)
        .outerjoin(UploadedFile, UploadedFile.intake == Intake.public_id)
        .where(Intake.patient_id == subject.patient.id)
        .order_by(Intake.id)
    )
    for intake, device, filename in found(subject, query):
        yield (
            intake.public_id, intake.kind, local(intake.received_at, subject), subject.names.of(intake.by_id), device,
            intake.format, filename, intake.content_sha256, intake.new, intake.known, intake.refused,
        )  # fmt: skip


def _facts(subject: Subject) -> Iterator[Row]:
    query = select(Fact).where(Fact.patient_id == subject.patient.id).order_by(Fact.id)
    for (fact,) in found(subject, query):
        noted = subject.names.of(fact.noted_by), local(fact.noted_at, subject)
        yield fact.kind, fact.name, fact.value, fact.typed, fact.measured_on, fact.source, *noted


def _reports(subject: Subject) -> Iterator[Row]:
    query = select(Reported).where(Reported.patient_id == subject.patient.id).order_by(Reported.id)
    for (report,) in found(subject, query):
        told = *local_and_utc(report.told_at, subject), subject.names.of(report.told_by), report.via
        yield report.what, *told, local(report.ended_at, subject), report.ended_as


def _urgent(subject: Subject) -> Iterator[Row]:
    query = select(UrgentEpisode).where(UrgentEpisode.patient_id == subject.patient.id).order_by(UrgentEpisode.id)
    for (episode,) in found(subject, query):
        yield (
            episode.event, *local_and_utc(episode.first_at, subject), local(episode.last_at, subject),
            local(episode.found_at, subject), local(episode.read_at, subject),
        )  # fmt: skip


def _reads(subject: Subject) -> Iterator[Row]:
    """Who was shown the patient's data: a person's id and name, or what it was instead (a calendar, a link)."""
    query = select(ReadEntry, Person.name, Person.role).outerjoin(Person, Person.public_id == ReadEntry.who)
    hers = query.where(ReadEntry.patient == subject.patient.public_id).order_by(ReadEntry.id)
    for entry, name, role in found(subject, hers):
        yield *local_and_utc(entry.at, subject), entry.who, name, role, entry.kind, entry.route


def _people(subject: Subject) -> Iterator[Row]:
    member = aliased(Person)
    query = (
        select(CareLink, member.name, member.role)
        .join(member, member.id == CareLink.member_id)
        .where(CareLink.patient_id == subject.patient.id)
        .order_by(CareLink.id)
    )
    for link, name, role in found(subject, query):
        span = local(link.starts_at, subject), local(link.ends_at, subject)
        yield name, role, link.scope, *span, link.consent_text, link.consent_version


def _emergencies(subject: Subject) -> Iterator[Row]:
    for opened in opened_of(subject.session, subject.patient.id):
        span = *local_and_utc(opened.opened_at, subject), local(opened.ends_at, subject)
        yield *span, opened.clinician.name, opened.reason, opened.words, local(opened.reviewed_at, subject)


def _data_consents(subject: Subject) -> Iterator[Row]:
    for row in said_of(subject.session, subject.patient.id):
        yield row.is_agreed, row.text, row.text_version, *local_and_utc(row.at, subject)


def _requests(subject: Subject) -> Iterator[Row]:
    query = select(ErasureRequest).where(ErasureRequest.patient_id == subject.patient.id).order_by(ErasureRequest.id)
    for (request,) in found(subject, query):
        by = subject.names.of(request.settled_by) if request.settled_by else None
        asked = local_and_utc(request.asked_at, subject)
        yield *asked, request.state, local(request.settled_at, subject), by, request.why_not


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
            "reason", "made_at", "effective_at", "confirmed_at", "stopped_at", "withdrawn_at",
        ),
        medicines,
    ),
    Table(
        "change_answers",
        ("medicine", "drug", "revision", "amount", "unit", "start_on", "heard", "via", "noted_by", "at"),
        change_answers,
    ),
    Table(
        "withdrawals",
        (
            "medicine", "drug", "revision", "by", "code", "reason", "withdrawn_at", "acknowledged_at",
            "acknowledged_via",
        ),
        withdrawals,
    ),
    Table(
        "doses",
        (
            "medicine", "drug", "due_at", "due_at_utc", "amount", "unit", "state", "answered_at", "answered_by",
            "answered_via", "taken_at", "amount_taken", "is_late", "note", "remark",
        ),
        doses,
    ),
    Table(
        "as_needed",
        (
            "medicine", "drug", "taken_at", "taken_at_utc", "amount", "unit", "against", "by", "via", "undone_at",
        ),
        as_needed,
    ),
    Table(
        "pauses",
        ("medicine", "drug", "from_on", "to_on", "reason", "note", "by", "made_at", "ended_at"),
        pauses,
    ),
    Table(
        "packs",
        (
            "medicine", "drug", "kind", "at", "amount", "unit", "difference", "packs", "pack_size", "expires_on", "by",
            "reason", "undone_at",
        ),
        packs,
    ),
    Table(
        "messages", ("created_at", "created_at_utc", "purpose", "to", "state", "channel", "attempts"), _messages
    ),
    Table("answers", ("received_at", "received_at_utc", "channel", "text", "understood_as"), _answers),
    Table(
        "addresses",
        (
            "kind", "address", "label", "position", "state", "verified_by", "verified_at", "added_at", "removed_at",
        ),
        _addresses,
    ),
    Table("consents", ("kind", "topic", "is_agreed", "text", "text_version", "noted_by", "at", "at_utc"), _consents),
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
    Table("facts", ("kind", "name", "value", "typed", "measured_on", "source", "by", "noted_at"), _facts),
    Table("reports", ("what", "told_at", "told_at_utc", "by", "via", "ended_at", "ended_as"), _reports),
    Table("urgent", ("event", "first_at", "first_at_utc", "last_at", "found_at", "read_at"), _urgent),
    Table(
        "from_records",
        ("imported_at", "imported_at_utc", "source", "by", "resource", "outcome", "said", "reason"),
        from_records,
    ),
    Table(
        "conflicts",
        (
            "found_at", "found_at_utc", "about", "name", "ours", "theirs", "state", "decided_at", "decided_by",
            "reason",
        ),
        conflicts,
    ),
    Table("people", ("name", "role", "scope", "starts_at", "ends_at", "consent_text", "consent_version"), _people),
    Table(
        "emergencies", ("opened_at", "opened_at_utc", "ends_at", "by", "reason", "words", "reviewed_at"), _emergencies
    ),
    Table("data_consents", ("is_agreed", "text", "text_version", "at", "at_utc"), _data_consents),
    Table("erasure_requests", ("asked_at", "asked_at_utc", "state", "settled_at", "settled_by", "why_not"), _requests),
    Table("questionnaires", ("name", "version", "answered_at", "answered_at_utc", "by", "via", "answers"), answered),
    Table(
        "agreed",
        (
            "kind", "words", "owner", "due_on", "state", "made_at", "made_by", "closed_at", "closed_by", "end_words",
        ),
        agreed,
    ),
    Table("plan_reviews", ("reviewed_at", "reviewed_at_utc", "by", "next_on"), plan_reviews),
    Table("checkups", ("id", "sent_at", "sent_at_utc", "by", "format", "name", "sha256", "left"), checkups),
    Table(
        "checkup_values",
        ("checkup", "kind", "value", "told", "measured_on", "state", "decided_at", "decided_by"),
        checkup_values,
    ),
    Table("points", ("at", "at_utc", "points", "for"), points),
    Table("coupons", ("name", "points", "code", "issued_at", "expires_at", "used_at"), coupons),
    Table("board_posts", ("sent_at", "sent_at_utc", "board", "name_there", "said", "state", "why"), posts),
    Table(
        "questions",
        (
            "at", "at_utc", "conversation", "about", "channel", "state", "rating", "said_by", "name", "words", "source",
        ),
        questions,
    ),
    Table("traits", ("trait",), traits),
    Table("tips", ("sent_at", "sent_at_utc", "title", "opened_at", "answer", "answered_at"), tips_sent),
    Table("surveys", ("quarter", "asked_at", "answered_at", "score", "good", "better"), survey_answers),
    Table("guides_read", ("read_at", "read_at_utc", "guide", "version"), guides_read),
    Table(
        "orders",
        (
            "order", "placed_at", "placed_at_utc", "placed_by", "pharmacy", "medicine", "drug", "pieces", "piece",
            "packs", "is_urgent", "area", "address", "state", "why", "promised_by", "delivered_at", "value", "currency",
        ),
        orders,
    ),
    Table("order_events", ("order", "event", "at", "at_utc", "received_at", "is_applied"), order_events),
    Table(
        "pharmacy_consents",
        ("pharmacy", "is_agreed", "text", "text_version", "noted_by", "at", "at_utc"),
        pharmacy_consents,
    ),
    Table("reads", ("at", "at_utc", "who", "name", "role", "kind", "route"), _reads),
)  # fmt: skip
"""Every table but the patient's own line."""
