"""FHIR R4 of what is behind a decision: who stood for it, what the audit trail says, what was taken back, and the
protocols themselves."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Response, abort
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion import __version__
from companion.advice.models import Review, Suggestion, Withdrawal
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care.audit import AuditEntry
from companion.care.people import Person
from companion.fhir.bundle import capability_statement, searchset
from companion.fhir.coding import Json
from companion.fhir.decision import audit_event, provenance, withdrawal
from companion.fhir.ids import public_id
from companion.fhir.parts import plan_definition_id
from companion.fhir.plan_definition import plan_definition
from companion.web.access import Action, guarded, guarded_list, public
from companion.web.api import fhir_schemas
from companion.web.api.fhir import FHIR_JSON, patient_of_resource, suggestion_of
from companion.web.api.fhir_search import FHIR, FhirSearch, Found, base, page, patients_sought, seen, told
from companion.web.api.routes import endpoint
from companion.web.context import look, now, outside, subject
from companion.web.records import fhir_rows as rows

SUGGESTIONS = "suggestion.%"
"""The acts on suggestions, among those of the audit trail."""
DESCRIBED_ON = "2026-11-23"
SEARCHED: dict[str, Sequence[str]] = {
    "MedicationRequest": ("patient", "intent", "status"),
    "Task": ("patient", "code", "status"),
    "GuidanceResponse": ("patient",),
    "Provenance": ("patient",),
    "AuditEvent": ("patient",),
    "Communication": ("patient",),
    "PlanDefinition": (),
    "Patient": ("identifier",),
}


@endpoint("GET", "/fhir/metadata", **FHIR_JSON)
@public
def fhir_metadata() -> Response:
    """The CapabilityStatement: what can be asked."""
    return told(capability_statement(base=base(), software_version=__version__, date=DESCRIBED_ON, kinds=SEARCHED))


# Provenance: who decided


@endpoint("GET", "/fhir/Provenance", query=FhirSearch, may_fail=(422,), **FHIR_JSON)
@guarded_list(Action.SEE_RECORDS, records=True)
def fhir_provenances(query: dict[str, Any]) -> Response:
    """One for every decision of a doctor."""
    with look() as db:
        patients = patients_sought(db, query["patient"])
        decided = select(Suggestion).join(Review, Review.suggestion_id == Suggestion.id)
        found = decided.where(Suggestion.patient_id.in_(patients))
        return page(db, query, Found(found, Review.id, partial(_provenance, db)))


@endpoint("GET", "/fhir/Provenance/<resource_id>", **FHIR_JSON)
@guarded(Action.SEE_RECORDS, patient_of=patient_of_resource, records=True)
def fhir_provenance(resource_id: str) -> Response:
    with look() as db:
        return told(_provenance(db, suggestion_of(db, resource_id)))


def _provenance(db: Session, row: Suggestion) -> Json:
    suggested = rows.suggested(db, row, seen(db.get_one(Person, row.patient_id)), now())
    return provenance(suggested, suggested.decided or abort(404))


# Communication: what was taken back


@endpoint("GET", "/fhir/Communication", query=FhirSearch, may_fail=(422,), **FHIR_JSON)
@guarded_list(Action.SEE_RECORDS, records=True)
def fhir_withdrawals(query: dict[str, Any]) -> Response:
    """One for every approved change that a doctor took back."""
    with look() as db:
        patients = patients_sought(db, query["patient"])
        withdrawn = select(Suggestion).join(Withdrawal, Withdrawal.suggestion_id == Suggestion.id)
        found = withdrawn.where(Suggestion.patient_id.in_(patients))
        return page(db, query, Found(found, Withdrawal.review_id, partial(_withdrawal, db)))


@endpoint("GET", "/fhir/Communication/<resource_id>", **FHIR_JSON)
@guarded(Action.SEE_RECORDS, patient_of=patient_of_resource, records=True)
def fhir_withdrawal(resource_id: str) -> Response:
    with look() as db:
        return told(_withdrawal(db, suggestion_of(db, resource_id)))


def _withdrawal(db: Session, row: Suggestion) -> Json:
    suggested = rows.suggested(db, row, seen(db.get_one(Person, row.patient_id)), now())
    told_patient = withdrawal(suggested, suggested.decided) if suggested.decided else None
    return told_patient or abort(404)


# AuditEvent


@endpoint("GET", "/fhir/AuditEvent", query=FhirSearch, may_fail=(422,), **FHIR_JSON)
@guarded_list(Action.SEE_RECORDS, records=True)
def fhir_acts(query: dict[str, Any]) -> Response:
    """The acts on suggestions, out of the audit trail."""
    with look() as db:
        patients = {each.public_id: each for each in patients_sought(db, query["patient"]).values()}
        found = select(AuditEntry).where(*_about_suggestions(), AuditEntry.patient.in_(patients))
        return page(db, query, Found(found, AuditEntry.id, partial(_act, db, patients)))


def _about_suggestions() -> tuple[Any, ...]:
    return AuditEntry.action.like(SUGGESTIONS), AuditEntry.details["suggestion"].as_string().is_not(None)


def _entry(session: Session, resource_id: str) -> AuditEntry | None:
    number = public_id(resource_id).removeprefix("ae_")
    if not number.isdecimal() or len(number) > 18:
        return None
    return session.scalar(select(AuditEntry).where(AuditEntry.id == int(number), *_about_suggestions()))


def _patient_of_entry(session: Session, resource_id: str) -> Person | None:
    entry = _entry(session, resource_id)
    return session.scalar(select(Person).where(Person.public_id == entry.patient)) if entry else None


@endpoint("GET", "/fhir/AuditEvent/<resource_id>", **FHIR_JSON)
@guarded(Action.SEE_RECORDS, patient_of=_patient_of_entry, records=True)
def fhir_act(resource_id: str) -> Response:
    with look() as db:
        return told(_act(db, {subject().public_id: subject()}, _entry(db, resource_id) or abort(404)))


def _act(db: Session, patients: dict[str, Person], entry: AuditEntry) -> Json:
    return audit_event(rows.noted(db, entry, seen(patients[entry.patient or ""])))


# PlanDefinition: the protocols


@endpoint("GET", "/fhir/PlanDefinition", query=fhir_schemas.PlanDefinitionSearch, may_fail=(422,), **FHIR_JSON)
@guarded_list(Action.SEE_RECORDS, records=True)
def fhir_protocols(query: dict[str, Any]) -> Response:
    """All protocols of this version at once: they are few."""
    with look() as db:
        found = [_protocol(db, name) for name in outside().stores.registry.protocols]
    links = [("self", f"{outside().settings.public_url}{FHIR}/PlanDefinition")]
    return told(searchset(found, base=base(), total=len(found), links=links))


@endpoint("GET", "/fhir/PlanDefinition/<resource_id>", **FHIR_JSON)
@guarded_list(Action.SEE_RECORDS, records=True)
def fhir_protocol(resource_id: str) -> Response:
    names = {plan_definition_id(name): name for name in outside().stores.registry.protocols}
    with look() as db:
        return told(_protocol(db, names.get(resource_id) or abort(404)))


def _protocol(db: Session, name: str) -> Json:
    registry = outside().stores.registry
    text_hash = registry.digests[name]
    return plan_definition(registry.protocols[name], text_hash, base(), _signers(db, name, text_hash))


def _signers(db: Session, protocol: str, text_hash: str) -> list[str]:
    """Who stands for this very text; a demo signer is visibly one."""
    query = select(ProtocolSignature).where(
        ProtocolSignature.protocol == protocol, ProtocolSignature.text_hash == text_hash
    )
    standing = [each for each in db.scalars(query.order_by(ProtocolSignature.id)) if each.withdrawal is None]
    return [f"{each.signer.name} (demo)" if each.is_demo else each.signer.name for each in standing]
