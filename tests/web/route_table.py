"""Who may call which route, written down a second time, by hand: the gate's own table must come to the same.

A new route is added here, or test_access.py fails.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from tests.people import Cast
from tests.web.things import (
    her_act,
    her_dose,
    her_dose_alert,
    her_message,
    her_reading_alert,
    her_report,
    her_run,
    her_suggestion,
    her_task,
)

PATIENT, DOCTOR, CAREGIVER, ADMIN = "patient", "clinician", "caregiver", "admin"
EVERY_ROLE = frozenset({PATIENT, DOCTOR, CAREGIVER, ADMIN})


@dataclass(frozen=True)
class Row:
    """`roles` may call it. `of_one_patient`: and among them (administrators aside) only those linked to Mrs. Wang."""

    roles: frozenset[str]
    of_one_patient: bool = False


OPEN_TO_ALL = None
ANYBODY_SIGNED_IN = Row(EVERY_ROLE)
WHO_IS_TOLD = Row(frozenset({PATIENT, CAREGIVER}))
STAFF = Row(frozenset({DOCTOR, ADMIN}))
HER_STAFF = Row(frozenset({DOCTOR, ADMIN}), of_one_patient=True)
ADMINS = Row(frozenset({ADMIN}))
ENROLLERS = Row(frozenset({ADMIN, DOCTOR}))
HER_ENROLLERS = Row(frozenset({ADMIN, DOCTOR}), of_one_patient=True)
PATIENTS = Row(frozenset({PATIENT}))
HER_DOCTOR = Row(frozenset({DOCTOR}), of_one_patient=True)
ALL_DOCTORS = Row(frozenset({DOCTOR}))
ALL_CAREGIVERS = Row(frozenset({CAREGIVER}))
HER_CAREGIVER = Row(frozenset({CAREGIVER}), of_one_patient=True)
HERSELF = Row(frozenset({PATIENT}), of_one_patient=True)
HERSELF_AND_HER_DOCTOR = Row(frozenset({PATIENT, DOCTOR}), of_one_patient=True)
ALL_OF_HERS = Row(frozenset({PATIENT, DOCTOR, CAREGIVER}), of_one_patient=True)

ROUTES: dict[str, Row | None] = {
    "static": OPEN_TO_ALL,
    "home.setup": OPEN_TO_ALL,
    "home.choose_language": OPEN_TO_ALL,
    "home.choose_print": OPEN_TO_ALL,
    "auth.sign_in": OPEN_TO_ALL,
    "auth.sign_out": OPEN_TO_ALL,
    "auth.enter": OPEN_TO_ALL,
    "auth.enter_by_link": OPEN_TO_ALL,
    "home.index": ANYBODY_SIGNED_IN,
    "auth.account": ANYBODY_SIGNED_IN,
    "auth.confirm_password": ANYBODY_SIGNED_IN,
    "auth.end_session": ANYBODY_SIGNED_IN,
    "auth.new_password": ANYBODY_SIGNED_IN,
    "enrolment.people": ADMINS,
    "enrolment.person": ADMINS,
    "enrolment.sign_in_link": ADMINS,
    "enrolment.forget_password": ADMINS,
    "enrolment.enrol": ENROLLERS,
    "reach.index": ANYBODY_SIGNED_IN,
    "reach.new": ANYBODY_SIGNED_IN,
    "reach.move": ANYBODY_SIGNED_IN,
    "reach.remove": ANYBODY_SIGNED_IN,
    "reach.agree": ANYBODY_SIGNED_IN,
    "reach.names": ANYBODY_SIGNED_IN,
    "reach.quiet": ANYBODY_SIGNED_IN,
    "proving.code": ANYBODY_SIGNED_IN,
    "proving.send": ANYBODY_SIGNED_IN,
    "reach_patient.index": HER_DOCTOR,
    "reach_patient.new": HER_DOCTOR,
    "reach_patient.move": HER_DOCTOR,
    "reach_patient.remove": HER_DOCTOR,
    "reach_patient.agree": HER_DOCTOR,
    "reach_patient.names": HER_DOCTOR,
    "reach_patient.quiet": HER_DOCTOR,
    "reach_person.index": ADMINS,
    "reach_person.new": ADMINS,
    "reach_person.move": ADMINS,
    "reach_person.remove": ADMINS,
    "reach_person.agree": ADMINS,
    "reach_person.names": ADMINS,
    "reach_person.quiet": ADMINS,
    "enrolment.care_links": HER_ENROLLERS,
    "enrolment.end_care_link": HER_ENROLLERS,
    "enrolment.patients_sign_in_link": HER_ENROLLERS,
    "patients.index": ALL_DOCTORS,
    "patients.summary": HER_DOCTOR,
    "facts.facts": HER_DOCTOR,
    "from_records.index": HER_DOCTOR,
    "from_records.settle": HER_DOCTOR,
    "clinic.new_medicine": HER_DOCTOR,
    "clinic.change_medicine": HER_DOCTOR,
    "clinic.stop_medicine": HER_DOCTOR,
    "clinic_supply.index": HER_DOCTOR,
    "clinic_supply.change": HER_DOCTOR,
    "taken.of_patient": HER_DOCTOR,
    "pausing.rest": HER_DOCTOR,
    "pausing.end_rest": HER_DOCTOR,
    "plans.sign": HER_DOCTOR,
    "plans.end": HER_DOCTOR,
    "protocols.index": ALL_DOCTORS,
    "protocols.one": ALL_DOCTORS,
    "protocols.sign": ALL_DOCTORS,
    "protocols.withdraw": ALL_DOCTORS,
    "rules_in_use.index": ALL_DOCTORS,
    "rules_in_use.lift": ALL_DOCTORS,
    "rules_in_use.start_trial": ALL_DOCTORS,
    "rules_in_use.trial": ALL_DOCTORS,
    "rules_in_use.stop_trial": ALL_DOCTORS,
    "guidance.index": ALL_DOCTORS,
    "guidance.new": ALL_DOCTORS,
    "guidance.one": ALL_DOCTORS,
    "guidance.review": ALL_DOCTORS,
    "guidance.withdraw": ALL_DOCTORS,
    "instructions.index": ALL_DOCTORS,
    "instructions.new": ALL_DOCTORS,
    "instructions.one": ALL_DOCTORS,
    "instructions.sign": ALL_DOCTORS,
    "instructions.withdraw": ALL_DOCTORS,
    "feeling.index": PATIENTS,
    "feeling.tell": PATIENTS,
    "feeling.end": HERSELF,
    "feeling.of_patient": HER_DOCTOR,
    "feeling.end_for_patient": HER_DOCTOR,
    "act_now.index": PATIENTS,
    "act_now.read": PATIENTS,
    "taking.take": HER_DOCTOR,
    "taking.give_back": HER_DOCTOR,
    "taking.untaken": ADMINS,
    "patient.today": PATIENTS,
    "answering.answer": PATIENTS,
    "answering.undo": PATIENTS,
    "one_dose.dose": HERSELF,
    "one_tap.enter": OPEN_TO_ALL,  # the link is what opens them
    "one_tap.ask": OPEN_TO_ALL,
    "one_tap.answer": OPEN_TO_ALL,
    "one_tap.undo": OPEN_TO_ALL,
    "teach_back.ask": PATIENTS,
    "one_tap_change.read": OPEN_TO_ALL,
    "one_tap_change.ask": OPEN_TO_ALL,
    "withdrawing.read": PATIENTS,
    "withdrawing.take_back": HER_DOCTOR,
    "change_by_phone.ask": HER_DOCTOR,
    "patient.meal": PATIENTS,
    "patient.medicines": PATIENTS,
    "pausing.ask": PATIENTS,
    "as_needed.take": PATIENTS,
    "as_needed.undo": PATIENTS,
    "travel.index": PATIENTS,
    "travel.mode": PATIENTS,
    "travel.propose": PATIENTS,
    "travel.decide": PATIENTS,
    "supply.index": PATIENTS,
    "supply.refills": PATIENTS,
    "supply.ask": PATIENTS,
    "supply_notes.medicine": PATIENTS,
    "taken.mine": PATIENTS,
    "readings.index": PATIENTS,
    "readings.exclude": PATIENTS,
    "readings.unread": PATIENTS,
    "readings.new": PATIENTS,
    "uploads.send": PATIENTS,
    "uploads.preview": PATIENTS,
    "uploads.forget": PATIENTS,
    "uploads.progress": PATIENTS,
    "sent_files.index": PATIENTS,
    "sent_files.done": PATIENTS,
    "sent_files.take_back": PATIENTS,
    "columns.name": PATIENTS,
    "correcting.whose": PATIENTS,
    "correcting.link": PATIENTS,
    "moving.readings": HER_DOCTOR,
    "calendar_feed.index": PATIENTS,
    "calendar_feed.make": PATIENTS,
    "calendar_feed.end": PATIENTS,
    "calendar_feed.read": OPEN_TO_ALL,  # the secret in the address is what opens it
    "my_data.index": PATIENTS,
    "my_data.download": PATIENTS,
    "looked.index": PATIENTS,
    "devices.index": PATIENTS,
    "devices.code": PATIENTS,
    "devices.revoke": PATIENTS,
    "devices.remove": PATIENTS,
    "bluetooth.start": PATIENTS,
    "bluetooth.wake": PATIENTS,
    "bluetooth.read": PATIENTS,
    "bluetooth.check": PATIENTS,
    "effect.index": ADMINS,
    "words_office.index": STAFF,
    "effect.new": ADMINS,
    "effect.end": ADMINS,
    "hub_office.hubs": ADMINS,
    "hub_office.revoke": ADMINS,
    "hub_office.quarantine": ADMINS,
    "hub_office.batches": ADMINS,
    "hub_office.content": ADMINS,
    "sent_to_me.index": WHO_IS_TOLD,
    "sent_to_me.of_patient": HERSELF_AND_HER_DOCTOR,
    "messages_office.index": STAFF,
    "messages_office.again": HER_STAFF,
    "messages_office.seen_to": HER_STAFF,
    "doctor.queue": ALL_DOCTORS,
    "my_work.index": ALL_DOCTORS,
    "my_work.away": ALL_DOCTORS,
    "my_work.end": ALL_DOCTORS,
    "reviewing.suggestion": HER_DOCTOR,
    "reviewing.claim": HER_DOCTOR,
    "reviewing.hand_back": HER_DOCTOR,
    "reviewing.decide": HER_DOCTOR,
    "reviewing.second": HER_DOCTOR,
    "reviewing.put_off": HER_DOCTOR,
    "reviewing.look_again": HER_DOCTOR,
    "doctor.task_done": HER_DOCTOR,
    "hearing.agreed": HER_ENROLLERS,
    "hearing.own": HER_CAREGIVER,
    "wechat.index": ANYBODY_SIGNED_IN,
    "wechat.code": ANYBODY_SIGNED_IN,
    "caregiver.home": ALL_CAREGIVERS,
    "caregiver.acknowledge_dose": HER_CAREGIVER,
    "caregiver.acknowledge_reading": HER_CAREGIVER,
    "caregiver.readings": ALL_OF_HERS,
    "hooks.status": OPEN_TO_ALL,  # the provider's signature is what opens them
    "hooks.inbound": OPEN_TO_ALL,
    "hooks.echo": OPEN_TO_ALL,
    "hooks.old_status": OPEN_TO_ALL,
    "hooks.old_inbound": OPEN_TO_ALL,
    "push.index": ANYBODY_SIGNED_IN,
    "push.state": ANYBODY_SIGNED_IN,
    "push.switch_on": ANYBODY_SIGNED_IN,
    "push.switch_off": ANYBODY_SIGNED_IN,
    "push.worker": OPEN_TO_ALL,
    "push.manifest": OPEN_TO_ALL,
    "push.renew": OPEN_TO_ALL,  # the token of the device is what opens it
    "push.seen": OPEN_TO_ALL,  # the token of the notification is what opens them
    "push.answer": OPEN_TO_ALL,
    "cds_hooks.discovery": OPEN_TO_ALL,
    "cds_hooks.patient_view": OPEN_TO_ALL,  # the record system's signed token is what opens them
    "cds_hooks.feedback": OPEN_TO_ALL,
    "health.healthz": OPEN_TO_ALL,
    "health.readyz": OPEN_TO_ALL,
    "health.metrics": OPEN_TO_ALL,
    "openapi": OPEN_TO_ALL,
    "api.me": ANYBODY_SIGNED_IN,
    "api.readings": ALL_OF_HERS,
    "api.add_reading": HERSELF,
    "api.export": HERSELF,
    "api.add_batch": PATIENTS,
    "api.add_device": PATIENTS,
    "api.order": PATIENTS,
    "api.preview": PATIENTS,
    "api.pair": OPEN_TO_ALL,  # the code is what opens it
    "api.messages": HERSELF_AND_HER_DOCTOR,
    "api.doses": HERSELF_AND_HER_DOCTOR,
    "api.answer": HERSELF,
    "api.correct_dose": HERSELF,
    "api.undo_dose": HERSELF,
    "api.dose_history": HERSELF_AND_HER_DOCTOR,
    "api.preview_rule": HER_DOCTOR,
    "api.add_intake": HERSELF,
    "api.supply": HERSELF_AND_HER_DOCTOR,
    "api.add_supply_entry": HERSELF,
    "api.ask_refill": HERSELF,
    "api.adherence": HERSELF_AND_HER_DOCTOR,
    "api.reports": HERSELF_AND_HER_DOCTOR,
    "api.add_report": HERSELF,
    "api.end_report": HERSELF,
    "api.suggestions": ALL_DOCTORS,
    "api.suggestion": HER_DOCTOR,
    "api.review": HER_DOCTOR,
    "api.take_back": HER_DOCTOR,
    "api.claim": HER_DOCTOR,
    "api.hand_back": HER_DOCTOR,
    "api.put_off": HER_DOCTOR,
    "api.second_opinion": HER_DOCTOR,
    "api.import_records": HER_DOCTOR,
    "api.fhir_metadata": OPEN_TO_ALL,
    "api.fhir_requests": ALL_DOCTORS,
    "api.fhir_request": HER_DOCTOR,
    "api.fhir_tasks": ALL_DOCTORS,
    "api.fhir_task": HER_DOCTOR,
    "api.fhir_evaluations": ALL_DOCTORS,
    "api.fhir_evaluation": HER_DOCTOR,
    "api.fhir_patients": ALL_DOCTORS,
    "api.fhir_patient": HER_DOCTOR,
    "api.fhir_provenances": ALL_DOCTORS,
    "api.fhir_provenance": HER_DOCTOR,
    "api.fhir_withdrawals": ALL_DOCTORS,
    "api.fhir_withdrawal": HER_DOCTOR,
    "api.fhir_acts": ALL_DOCTORS,
    "api.fhir_act": HER_DOCTOR,
    "api.fhir_protocols": ALL_DOCTORS,
    "api.fhir_protocol": ALL_DOCTORS,
}
"""By endpoint, or by "endpoint METHOD" where the methods differ."""

ARGUMENTS: dict[str, Callable[[Engine, Cast], str]] = {
    "suspension_id": lambda _engine, _cast: "1",
    "batch_id": lambda engine, cast: "1",
    "absence_id": lambda engine, cast: "1",
    "resource_id": lambda engine, cast: her_suggestion(engine, cast).replace("_", "-"),
    "api.fhir_evaluation resource_id": her_run,
    "api.fhir_act resource_id": her_act,
    "patient_id": lambda engine, cast: cast.patient.public_id,
    "member_id": lambda engine, cast: cast.caregiver.public_id,
    "person_id": lambda engine, cast: cast.caregiver.public_id,
    "suggestion_id": her_suggestion,
    "dose_id": her_dose,
    "task_id": her_task,
    "report_id": her_report,
    "link_id": lambda engine, cast: "1",
    "api.messages person_id": lambda engine, cast: cast.patient.public_id,
    "message_id": her_message,
    "caregiver.acknowledge_dose alert_id": her_dose_alert,
    "caregiver.acknowledge_reading alert_id": her_reading_alert,
}
"""What a route is called with, by argument or by "endpoint argument"; arguments not named here get "x".
A `patient_of` route needs a thing of Mrs. Wang's."""


def argument_of(endpoint: str, name: str, engine: Engine, cast: Cast) -> str:
    """What the route is called with in that place."""
    made = ARGUMENTS.get(f"{endpoint} {name}") or ARGUMENTS.get(name)
    return made(engine, cast) if made else "x"


def row_of(endpoint: str, method: str) -> Row | None:
    """The row of a route; KeyError when nobody wrote one."""
    return ROUTES[f"{endpoint} {method}"] if f"{endpoint} {method}" in ROUTES else ROUTES[endpoint]
