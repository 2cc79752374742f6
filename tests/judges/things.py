"""What the routes are about: for every argument of an address, the things in the house that it may name."""

from collections.abc import Callable
from itertools import product
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.advice.alarms import instructions
from companion.advice.alarms.urgent_models import Instruction
from companion.advice.models import Plan, Suggestion
from companion.advice.quality.quality_models import ShadowTrial
from companion.care.audit import AuditEntry
from companion.care.contact_models import ContactPoint
from companion.care.erasure_requests import ErasureRequest
from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.db import reading
from companion.devices.models import Device, Hub, RefusedBatch
from companion.devices.uploaded_files import UploadedFile
from companion.programme.checkups.checkup_models import Checkup
from companion.programme.desk.desk_models import Conversation
from companion.programme.guides.models import Guide, GuideVersion
from companion.programme.orders.order_models import MedicineOrder
from companion.programme.orders.pharmacy_models import Pharmacy
from companion.programme.questionnaires.answer_models import QuestionnaireAnswer
from companion.programme.surveys.survey_models import SurveyRound
from companion.readings.reading import Metric
from companion.readings.sql_store import SqlReadingStore
from companion.reminders.doses.models import Dose
from companion.reminders.guidance_models import Guidance
from companion.services import Services
from companion.web.door.factor_models import Passkey
from companion.web.identifiers import dose_id, reading_id

Values = Callable[[Session, Person | None], list[Any]]


def _public_ids(model: Any, *wanted: Any) -> Values:
    return lambda session, _person: list(session.scalars(select(model.public_id).where(*wanted)))


def _only(*values: str) -> Values:
    return lambda _session, _person: list(values)


def _doses(session: Session, _person: Person | None) -> list[str]:
    """One dose in each of its states."""
    newest = session.scalars(select(Dose).order_by(Dose.due_at))
    return [dose_id(dose) for dose in {dose.state: dose for dose in newest}.values()]


def _suggestions(session: Session, _person: Person | None) -> list[str]:
    """One suggestion in each of its states."""
    newest = session.scalars(select(Suggestion).order_by(Suggestion.created_at))
    return [found.public_id for found in {found.state: found for found in newest}.values()]


def _planned(session: Session, _person: Person | None) -> list[str]:
    return list(session.scalars(select(Regimen.public_id).join(Plan, Plan.regimen_id == Regimen.id)))


def _readings(session: Session, person: Person | None) -> list[str]:
    """The newest of each kind."""
    store = SqlReadingStore(session.get_bind().engine)
    found = [store.latest(person.public_id, metric) for metric in Metric] if person else []
    return [reading_id(newest) for one in found for newest in one]


def _passkeys(session: Session, person: Person | None) -> list[str]:
    return list(session.scalars(select(Passkey.public_id).where(Passkey.person_id == (person.id if person else 0))))


def _points_of(role: Role | None) -> Values:
    """An address of the person who looks, or of the first one of that role."""

    def found(session: Session, person: Person | None) -> list[str]:
        whose = Person.role == role if role else Person.id == (person.id if person else 0)
        points = select(ContactPoint.public_id).join(Person, Person.id == ContactPoint.person_id).where(whose)
        return list(session.scalars(points))[:1]

    return found


VALUES: dict[str, Values] = {
    "patient_id": _public_ids(Person, Person.login == "demo.patient"),
    "person_id": _public_ids(Person, Person.login == "demo.caregiver"),
    "ending.ended person_id": _public_ids(Person, Person.login == "other.caregiver"),
    "ending.reopen person_id": _public_ids(Person, Person.login == "other.caregiver"),
    "specialties.index person_id": _public_ids(Person, Person.login == "demo.pharmacist"),
    "key_id": _passkeys,
    "request_id": _public_ids(ErasureRequest),
    "number": lambda session, _person: list(session.scalars(select(func.max(AuditEntry.id)).having(func.count() > 0))),
    "member_id": _public_ids(Person, Person.login == "demo.caregiver"),
    "what": _only("all", "readings"),
    "my_data.download wanted": _only("fhir"),
    "teach_back.ask regimen_id": _public_ids(Regimen, Regimen.drug.contains("Metformin")),
    "regimen_id": _public_ids(Regimen, Regimen.drug.contains("glargine")),
    "plans.end regimen_id": _planned,
    "dose_id": _doses,
    "suggestion_id": _suggestions,
    "device_id": _public_ids(Device),
    "hub_id": _public_ids(Hub),
    "batch_id": lambda session, _person: list(session.scalars(select(RefusedBatch.id))),
    "file_id": _public_ids(UploadedFile),
    "intake_id": lambda session, _person: list(
        session.scalars(select(UploadedFile.intake).where(UploadedFile.intake.is_not(None)))
    ),
    "guidance_id": _public_ids(Guidance),
    "guide_id": _public_ids(Guide),
    "version_id": _public_ids(GuideVersion),
    "conversation_id": _public_ids(Conversation),
    "instruction_id": lambda session, _person: list(
        session.scalars(select(Instruction.public_id).order_by(Instruction.id))
    )[:1],
    "about": _only(instructions.ABOUT[0]),
    "protocol_id": _only("basal.ada_2u3d", "bp.esh_2023"),
    "trial_id": _public_ids(ShadowTrial),
    "record.ask wanted": _only("about_me", "low_sugar"),
    "answer_id": _public_ids(QuestionnaireAnswer),
    "checkup_id": _public_ids(Checkup),
    "point_id": _points_of(None),
    "reach_patient.remove point_id": _points_of(Role.PATIENT),
    "reach_person.remove point_id": _points_of(Role.CAREGIVER),
    "readings.new kind": _only("glucose", "blood-pressure"),
    "reading": _readings,
    "kind": _only("sms"),
    "segments.one key": _only("getting_worse", "high_and_low_adherence"),
    "round_id": _public_ids(SurveyRound),
    "order_id": _public_ids(MedicineOrder),
    "pharmacy_id": _public_ids(Pharmacy),
    "quiz_key": _only("measuring-pressure"),
    "board": _only("diabetes"),
}
"""By argument, or by "endpoint argument". A state with a page of its own is another value of the argument."""


NO_PAGE_HERE = {
    "home.index": "leads to the first page of each role",
    "home.setup": "there is an administrator",
    "first_visit.index": "nobody is here for the first time",
    "change_by_phone.ask": "test_later_pages.py",
    "teach_back.ask": "test_later_pages.py",
    "one_tap.ask": "test_later_pages.py",
    "one_tap.enter": "leads to one_tap.ask",
    "one_tap_change.ask": "test_later_pages.py",
    "my_data.download": "a file",
    "desk_inbox.whose": "a family of several patients wrote: tests/programme/test_triage.py",
    "guides.picture": "a picture",
    "checkups.file": "a file",
    "programme_figures.report": "a file",
    "uploads.preview": "what was taken in leads to its own page: tests/web/loop/test_upload_browser.py",
    "own_passkeys.new": "passkeys need https or localhost: tests/web/door",
    "auth.enter_by_link": "opens once: tests/web/test_auth.py",
    "invited.by_picture": "opens once: tests/web/people",
    "text_links.look_at": "opens once: tests/web/door",
    "second_factor.ask": "between the password and the code: tests/web/door",
}
"""Routes without a page in the crowded house, and why."""


def arguments(services: Services, endpoint: str, names: list[str], person: Person | None) -> list[dict[str, Any]]:
    """Every way to call the route; none when an argument has no value here."""
    with reading(services.engine) as session:
        values = [_values(session, endpoint, name, person) for name in names]
    return [dict(zip(names, chosen, strict=True)) for chosen in product(*values)]


def _values(session: Session, endpoint: str, name: str, person: Person | None) -> list[Any]:
    made = VALUES.get(f"{endpoint} {name}") or VALUES.get(name)
    return made(session, person) if made else []
