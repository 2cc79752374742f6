"""FHIR R4, read by a clinician or by a record system that acts for one: what waits, what was prescribed, and what the
protocols said. Nothing here decides, and no patient's session or hub ever sees what nobody decided on."""

from functools import partial
from typing import Any

from flask import Response, abort
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.models import Plan, ProtocolRun, Suggestion
from companion.care.people import Person, Role
from companion.care.regimens import Regimen, RegimenRevision
from companion.fhir.bundle import JSON_TYPE
from companion.fhir.coding import Json
from companion.fhir.guidance import guidance
from companion.fhir.ids import public_id, resource_id
from companion.fhir.medication_request import order, proposal
from companion.fhir.others import patient_resource
from companion.fhir.task import approval_task
from companion.web.access import Action, guarded, guarded_list
from companion.web.api import fhir_schemas
from companion.web.api.fhir_conditions import of_proposal, of_task
from companion.web.api.fhir_search import A_RESOURCE, FhirSearch, Found, base, page, patients_sought, seen, told
from companion.web.api.problems import Problem
from companion.web.api.routes import endpoint
from companion.web.context import look, now, subject
from companion.web.for_doctors import deciding
from companion.web.records import fhir_rows as rows

FHIR_JSON: dict[str, Any] = {"gives": A_RESOURCE, "content_type": JSON_TYPE}


def patient_of_resource(session: Session, resource_id: str) -> Person | None:
    """Whom a resource named after a suggestion is about: for the gate."""
    return deciding.patient_of_suggestion(session, public_id(resource_id))


def suggestion_of(db: Session, resource_id: str) -> Suggestion:
    """The suggestion a resource is named after, which the gate has found already."""
    return deciding.find_suggestion(db, public_id(resource_id)) or abort(404)


# MedicationRequest: proposals and orders


@endpoint("GET", "/fhir/MedicationRequest", query=fhir_schemas.RequestSearch, may_fail=(422,), **FHIR_JSON)
@guarded_list(Action.SEE_RECORDS, records=True)
def fhir_requests(query: dict[str, Any]) -> Response:
    """Suggestions are proposals, drafts while they wait; what doctors prescribed are orders."""
    intent, status = query["intent"], query["status"]
    if status and intent != "proposal":
        raise Problem(422, "bad_search", "`status` is searched for with `intent=proposal` only.")
    with look() as db:
        patients = patients_sought(db, query["patient"])
        proposals = _suggestions(db, patients, proposal_of)
        if status:
            proposals = proposals._replace(rows=proposals.rows.where(of_proposal(status, now())))
        wanted = {"proposal": (proposals,), "order": (_orders(db, patients),)}
        return page(db, query, *wanted.get(intent, (proposals, _orders(db, patients))))


def _patient_of_request(session: Session, resource_id: str) -> Person | None:
    if "." not in resource_id:
        return patient_of_resource(session, resource_id)
    regimen = _regimen(session, resource_id)
    return session.get(Person, regimen.patient_id) if regimen else None


@endpoint("GET", "/fhir/MedicationRequest/<resource_id>", **FHIR_JSON)
@guarded(Action.SEE_RECORDS, patient_of=_patient_of_request, records=True)
def fhir_request(resource_id: str) -> Response:
    with look() as db:
        if "." not in resource_id:
            return told(proposal_of(db, subject(), suggestion_of(db, resource_id)))
        regimen = _regimen(db, resource_id) or abort(404)
        number = resource_id.rpartition(".")[2]
        found = next((each for each in regimen.revisions if str(each.number) == number), None) or abort(404)
        return told(order(rows.prescribed(db, regimen, found, subject(), now())))


def _regimen(db: Session, resource_id: str) -> Regimen | None:
    name = public_id(resource_id.rpartition(".")[0])
    return db.scalar(select(Regimen).where(Regimen.public_id == name))


def proposal_of(db: Session, patient: Person, row: Suggestion) -> Json:
    return proposal(rows.suggested(db, row, seen(patient), now()), base())


def task_of(db: Session, patient: Person, row: Suggestion) -> Json:
    return approval_task(rows.suggested(db, row, seen(patient), now()))


def _suggestions(db: Session, patients: dict[int, Person], make: Any) -> Found:
    return Found(
        select(Suggestion).where(Suggestion.patient_id.in_(patients)),
        Suggestion.id,
        lambda row: make(db, patients[row.patient_id], row),
    )


def _orders(db: Session, patients: dict[int, Person]) -> Found:
    found = select(RegimenRevision).join(Regimen, Regimen.id == RegimenRevision.regimen_id)
    return Found(found.where(Regimen.patient_id.in_(patients)), RegimenRevision.id, partial(_order, db, patients))


def _order(db: Session, patients: dict[int, Person], revision: RegimenRevision) -> Json:
    regimen = db.get_one(Regimen, revision.regimen_id)
    return order(rows.prescribed(db, regimen, revision, seen(patients[regimen.patient_id]), now()))


# Task: the queue


@endpoint("GET", "/fhir/Task", query=fhir_schemas.TaskSearch, may_fail=(422,), **FHIR_JSON)
@guarded_list(Action.SEE_RECORDS, records=True)
def fhir_tasks(query: dict[str, Any]) -> Response:
    """The queue: `code=approve&status=requested` is what waits for somebody."""
    with look() as db:
        found = _suggestions(db, patients_sought(db, query["patient"]), task_of)
        if query["status"]:
            found = found._replace(rows=found.rows.where(of_task(query["status"], now())))
        return page(db, query, found)


@endpoint("GET", "/fhir/Task/<resource_id>", **FHIR_JSON)
@guarded(Action.SEE_RECORDS, patient_of=patient_of_resource, records=True)
def fhir_task(resource_id: str) -> Response:
    with look() as db:
        return told(task_of(db, subject(), suggestion_of(db, resource_id)))


# GuidanceResponse: what the newest run of a plan came to


@endpoint("GET", "/fhir/GuidanceResponse", query=FhirSearch, may_fail=(422,), **FHIR_JSON)
@guarded_list(Action.SEE_RECORDS, records=True)
def fhir_evaluations(query: dict[str, Any]) -> Response:
    """A hold is told with its reasons, and with the data it lacks."""
    with look() as db:
        patients = patients_sought(db, query["patient"])
        runs = select(ProtocolRun).join(Plan, Plan.id == ProtocolRun.plan_id)
        running = runs.where(Plan.patient_id.in_(patients), Plan.stopped_at.is_(None))
        return page(db, query, Found(running, ProtocolRun.plan_id, partial(_evaluation, db)))


def _plan(session: Session, resource_id: str) -> Plan | None:
    number = public_id(resource_id).removeprefix("run_")
    return session.get(Plan, int(number)) if number.isdecimal() and len(number) < 19 else None


def _patient_of_run(session: Session, resource_id: str) -> Person | None:
    plan = _plan(session, resource_id)
    return session.get(Person, plan.patient_id) if plan else None


@endpoint("GET", "/fhir/GuidanceResponse/<resource_id>", **FHIR_JSON)
@guarded(Action.SEE_RECORDS, patient_of=_patient_of_run, records=True)
def fhir_evaluation(resource_id: str) -> Response:
    with look() as db:
        plan = _plan(db, resource_id) or abort(404)
        return told(_evaluation(db, db.get(ProtocolRun, plan.id) or abort(404)))


def _evaluation(db: Session, run: ProtocolRun) -> Json:
    plan = db.get_one(Plan, run.plan_id)
    return guidance(rows.evaluated(db, run, plan, seen(db.get_one(Person, plan.patient_id)), now()), base())


# Patient


@endpoint("GET", "/fhir/Patient", query=fhir_schemas.PatientSearch, may_fail=(422,), **FHIR_JSON)
@guarded_list(Action.SEE_RECORDS, records=True)
def fhir_patients(query: dict[str, Any]) -> Response:
    """The clinician's patients."""
    with look() as db:
        found = select(Person).where(Person.id.in_(patients_sought(db, query["identifier"])))
        return page(db, query, Found(found, Person.id, _patient))


@endpoint("GET", "/fhir/Patient/<patient_id>", **FHIR_JSON)
@guarded(Action.SEE_RECORDS, patient_of=lambda session, patient_id: _person(session, patient_id), records=True)
def fhir_patient(patient_id: str) -> Response:
    return told(_patient(subject()))


def _person(session: Session, patient_id: str) -> Person | None:
    wanted = Person.public_id == public_id(patient_id), Person.role == Role.PATIENT, Person.left_at.is_(None)
    return session.scalar(select(Person).where(*wanted))


def _patient(person: Person) -> Json:
    seen(person)
    whole = patient_resource(person.public_id, person.name, person.sex, person.birth_on, person.phone, person.language)
    return whole | {"id": resource_id(person.public_id)}
