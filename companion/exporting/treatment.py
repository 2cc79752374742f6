"""Rows of what was prescribed and what was taken."""

from collections.abc import Iterator

from sqlalchemy import select

from companion.advice.models import Withdrawal
from companion.care.change_answers import ChangeAnswer
from companion.care.regimens import Regimen, RegimenRevision
from companion.exporting.rows import Row, found, local, local_and_utc
from companion.exporting.subject import Subject
from companion.reminders.doses.models import Dose
from companion.reminders.schedules.schedule_models import AsNeededIntake, RegimenPause
from companion.reminders.supply.supply_models import SupplyEntry, SupplyUndone


def medicines(subject: Subject) -> Iterator[Row]:
    query = (
        select(Regimen, RegimenRevision)
        .join(RegimenRevision, RegimenRevision.regimen_id == Regimen.id)
        .where(Regimen.patient_id == subject.patient.id)
        .order_by(Regimen.id, RegimenRevision.number)
    )
    for regimen, revision in found(subject, query):
        yield (
            regimen.public_id, regimen.drug, regimen.drug_class, revision.number, revision.amount, regimen.unit,
            regimen.food, revision.rule, revision.start_on, revision.end_on,
            subject.names.of(revision.clinician_id), revision.reason, local(revision.made_at, subject),
            local(revision.effective_at, subject), local(revision.confirmed_at, subject),
            local(regimen.stopped_at, subject), local(revision.withdrawn_at, subject),
        )  # fmt: skip


def change_answers(subject: Subject) -> Iterator[Row]:
    """What was said back of a changed dose."""
    query = (
        select(ChangeAnswer, RegimenRevision.number, Regimen.public_id, Regimen.drug, Regimen.unit)
        .join(RegimenRevision, RegimenRevision.id == ChangeAnswer.revision_id)
        .join(Regimen, Regimen.id == RegimenRevision.regimen_id)
        .where(ChangeAnswer.patient_id == subject.patient.id)
        .order_by(ChangeAnswer.id)
    )
    for said, number, medicine, drug, unit in found(subject, query):
        yield (
            medicine, drug, number, said.amount, unit, said.start_on, said.heard, said.via,
            subject.names.of(said.noted_by), local(said.at, subject),
        )  # fmt: skip


def withdrawals(subject: Subject) -> Iterator[Row]:
    """Changes that a doctor took back."""
    query = (
        select(Withdrawal, RegimenRevision.number, Regimen.public_id, Regimen.drug)
        .join(RegimenRevision, RegimenRevision.id == Withdrawal.revision_id)
        .join(Regimen, Regimen.id == RegimenRevision.regimen_id)
        .where(Withdrawal.patient_id == subject.patient.id)
        .order_by(Withdrawal.withdrawn_at, Withdrawal.review_id)
    )
    for taken, number, medicine, drug in found(subject, query):
        yield (
            medicine, drug, number, subject.names.of(taken.clinician_id), taken.code, taken.reason,
            local(taken.withdrawn_at, subject), local(taken.acknowledged_at, subject), taken.acknowledged_via,
        )  # fmt: skip


def doses(subject: Subject) -> Iterator[Row]:
    query = (
        select(Dose, Regimen.public_id, Regimen.drug, Regimen.unit)
        .join(Regimen, Regimen.id == Dose.regimen_id)
        .where(Dose.patient_id == subject.patient.id)
        .order_by(Dose.due_at, Dose.id)
    )
    for dose, medicine, drug, unit in found(subject, query):
        yield (
            medicine, drug, *local_and_utc(dose.due_at, subject), dose.amount, unit, dose.state,
            local(dose.answered_at, subject), subject.names.of(dose.answered_by), dose.answered_via,
            local(dose.taken_at, subject), dose.amount_taken, dose.is_late, dose.note, dose.remark,
        )  # fmt: skip


def as_needed(subject: Subject) -> Iterator[Row]:
    query = (
        select(AsNeededIntake, Regimen.public_id, Regimen.drug, Regimen.unit)
        .join(Regimen, Regimen.id == AsNeededIntake.regimen_id)
        .where(AsNeededIntake.patient_id == subject.patient.id)
        .order_by(AsNeededIntake.taken_at, AsNeededIntake.id)
    )
    for intake, medicine, drug, unit in found(subject, query):
        yield (
            medicine, drug, *local_and_utc(intake.taken_at, subject), intake.amount, unit, intake.against,
            subject.names.of(intake.recorded_by), intake.via, local(intake.undone_at, subject),
        )  # fmt: skip


def pauses(subject: Subject) -> Iterator[Row]:
    query = (
        select(RegimenPause, Regimen.public_id, Regimen.drug)
        .join(Regimen, Regimen.id == RegimenPause.regimen_id)
        .where(Regimen.patient_id == subject.patient.id)
        .order_by(RegimenPause.id)
    )
    for pause, medicine, drug in found(subject, query):
        yield (
            medicine, drug, pause.from_on, pause.to_on, pause.reason, pause.note, subject.names.of(pause.made_by),
            local(pause.made_at, subject), local(pause.ended_at, subject),
        )  # fmt: skip


def packs(subject: Subject) -> Iterator[Row]:
    """The ledger of packs, in the unit of the dose."""
    query = (
        select(SupplyEntry, Regimen.public_id, Regimen.drug, Regimen.unit, SupplyUndone.at)
        .join(Regimen, Regimen.id == SupplyEntry.regimen_id)
        .outerjoin(SupplyUndone, SupplyUndone.entry_id == SupplyEntry.id)
        .where(Regimen.patient_id == subject.patient.id)
        .order_by(SupplyEntry.id)
    )
    for entry, medicine, drug, unit, undone_at in found(subject, query):
        yield (
            medicine, drug, entry.kind, local(entry.at, subject), entry.amount, unit, entry.difference, entry.packs,
            entry.pack_size, entry.expires_on, subject.names.of(entry.by_id), entry.reason,
            local(undone_at, subject),
        )  # fmt: skip
