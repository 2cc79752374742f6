"""The one gate: who may do what to whom. Deny by default; every route declares its action here or is refused."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from flask import g, has_request_context
from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from companion.care.consent import CareLink, Scope, has_link, patients_of, running_for, treated_to_the_end
from companion.care.covers import patients_covered, stands_in_for
from companion.care.emergency_access import EmergencyAccess, find_running
from companion.care.people import Person, Role
from companion.programme.desk.serving import holds


class Action(StrEnum):
    SEE_TODAY = "see_today"
    REPORT_FEELING = "report_feeling"
    SEE_REPORTS = "see_reports"
    ANSWER_DOSE = "answer_dose"
    SEE_READINGS = "see_readings"
    ADD_READINGS = "add_readings"
    ANNOTATE_READINGS = "annotate_readings"
    SEE_MEDICINES = "see_medicines"
    CONFIRM_CHANGE = "confirm_change"
    NOTE_CHANGE_ANSWER = "note_change_answer"
    ANSWER_TEXT = "answer_text"
    TRAVEL = "travel"
    ASK_FOR_REST = "ask_for_rest"
    SEE_ADHERENCE = "see_adherence"
    SEE_SUPPLY = "see_supply"
    NOTE_SUPPLY = "note_supply"
    ASK_REFILL = "ask_refill"
    EDIT_SUPPLY = "edit_supply"
    SEE_ORDERS = "see_orders"
    SEE_ORDERS_OF = "see_orders_of"
    ORDER_FOR = "order_for"
    ORDER_MEDICINES = "order_medicines"
    EDIT_PHARMACIES = "edit_pharmacies"
    SEE_PHARMACIES = "see_pharmacies"
    IMPORT_PRICES = "import_prices"
    COMPARE_PRICES = "compare_prices"
    SEE_DEMAND = "see_demand"
    SEE_PATIENT = "see_patient"
    SEE_WORK_LISTS = "see_work_lists"
    SEE_TAKING = "see_taking"
    SEE_ADVICE = "see_advice"
    DECIDE_ADVICE = "decide_advice"
    EDIT_FACTS = "edit_facts"
    EDIT_REGIMEN = "edit_regimen"
    SIGN_PLAN = "sign_plan"
    MOVE_READINGS = "move_readings"
    SEE_ALERTS = "see_alerts"
    ACKNOWLEDGE_ALERT = "acknowledge_alert"
    SPEAK_WITH_FAMILY = "speak_with_family"
    ENROL = "enrol"
    LINK_PEOPLE = "link_people"
    SEE_PEOPLE = "see_people"
    SEE_OWN_SESSIONS = "see_own_sessions"
    KEEP_CODE_APP = "keep_code_app"
    MANAGE_DEVICES = "manage_devices"
    SEE_HUBS = "see_hubs"
    SEE_QUARANTINE = "see_quarantine"
    EXPORT_DATA = "export_data"
    EDIT_GUIDANCE = "edit_guidance"
    SEE_PROTOCOLS = "see_protocols"
    SIGN_PROTOCOL = "sign_protocol"
    EDIT_INSTRUCTIONS = "edit_instructions"
    SEE_UNTAKEN = "see_untaken"
    SEE_OWN_LOG = "see_own_log"
    USE_CALENDAR = "use_calendar"
    SEE_EFFECT = "see_effect"
    RUN_TRIAL = "run_trial"
    EDIT_CONTACTS = "edit_contacts"
    SEE_SENT = "see_sent"
    SEE_MESSAGES = "see_messages"
    HANDLE_MESSAGES = "handle_messages"
    SEE_WORDS = "see_words"
    SEE_RECORDS = "see_records"
    IMPORT_RECORDS = "import_records"
    EDIT_OWN_WORK = "edit_own_work"
    MANAGE_SHARING = "manage_sharing"
    ASK_ERASURE = "ask_erasure"
    SETTLE_ERASURE = "settle_erasure"
    SEE_FIGURES = "see_figures"
    SEE_DELIVERY = "see_delivery"
    SEE_AUDIT = "see_audit"
    SEE_DEVICES = "see_devices"
    SEE_SIGNATURES = "see_signatures"
    SEE_SERVICE = "see_service"
    OPEN_IN_EMERGENCY = "open_in_emergency"
    REVIEW_EMERGENCY = "review_emergency"
    READ_GUIDES = "read_guides"
    SEE_GUIDE_PICTURES = "see_guide_pictures"
    EDIT_GUIDES = "edit_guides"
    ASK_PHARMACIST = "ask_pharmacist"
    WORK_DESK = "work_desk"
    SIGN_TRIAGE = "sign_triage"
    SET_SPECIALTIES = "set_specialties"
    ANSWER_QUESTION = "answer_question"
    SEE_TIPS = "see_tips"
    ANSWER_SURVEY = "answer_survey"
    REVIEW_TIPS = "review_tips"
    SEE_TIP_EFFECT = "see_tip_effect"
    RUN_SURVEYS = "run_surveys"
    SEE_ROUNDS = "see_rounds"
    SEE_PROGRAMME = "see_programme"
    RUN_EXPERIMENTS = "run_experiments"
    ANSWER_QUESTIONS = "answer_questions"
    SEE_ANSWERS = "see_answers"
    READ_ANSWERS = "read_answers"
    SEE_CARE_PLAN = "see_care_plan"
    EDIT_CARE_PLAN = "edit_care_plan"
    DO_PLAN_STEP = "do_plan_step"
    SEE_CHECKUPS = "see_checkups"
    SEND_CHECKUP = "send_checkup"
    CONFIRM_CHECKUP = "confirm_checkup"
    SEE_POINTS = "see_points"
    SPEND_POINTS = "spend_points"
    USE_COUPONS = "use_coupons"
    SEE_BOARD = "see_board"
    WRITE_BOARD = "write_board"
    MODERATE_BOARD = "moderate_board"


class Relation(StrEnum):
    """What has to hold between the actor and the patient."""

    NONE = "none"  # the action is about no patient, or about anybody
    SELF = "self"
    CARE = "care"
    CARE_TO_THE_END = "care_to_the_end"  # or now
    MISSED_DOSES = "missed_doses"
    READINGS = "readings"
    MEDICINES = "medicines"
    CONVERSATION = "conversation"  # one that the pharmacist took, for as long as the lease runs


PATIENTS_OWN = (
    Action.SEE_TODAY,
    Action.REPORT_FEELING,
    Action.ANSWER_QUESTIONS,
    Action.SEE_ANSWERS,
    Action.SEE_CARE_PLAN,
    Action.DO_PLAN_STEP,
    Action.SEE_CHECKUPS,
    Action.SEND_CHECKUP,
    Action.SEE_REPORTS,
    Action.ANSWER_DOSE,
    Action.SEE_READINGS,
    Action.ADD_READINGS,
    Action.ANNOTATE_READINGS,
    Action.SEE_MEDICINES,
    Action.CONFIRM_CHANGE,
    Action.TRAVEL,
    Action.ASK_FOR_REST,
    Action.SEE_ADHERENCE,
    Action.SEE_SUPPLY,
    Action.NOTE_SUPPLY,
    Action.ASK_REFILL,
    Action.SEE_ORDERS,
    Action.ORDER_MEDICINES,
    Action.MANAGE_DEVICES,
    Action.EXPORT_DATA,
    Action.SEE_OWN_LOG,
    Action.USE_CALENDAR,
    Action.SEE_SENT,
    Action.MANAGE_SHARING,
    Action.ASK_ERASURE,
    Action.READ_GUIDES,
    Action.ASK_PHARMACIST,
    Action.SEE_TIPS,
    Action.ANSWER_SURVEY,
    Action.SEE_POINTS,
    Action.SPEND_POINTS,
    Action.SEE_BOARD,
    Action.WRITE_BOARD,
)
CLINICIANS_PATIENT = (
    Action.SEE_WORK_LISTS,
    Action.EDIT_CONTACTS,
    Action.SEE_PATIENT,
    Action.SEE_ANSWERS,
    Action.READ_ANSWERS,
    Action.SEE_CARE_PLAN,
    Action.EDIT_CARE_PLAN,
    Action.SEE_CHECKUPS,
    Action.SEND_CHECKUP,
    Action.CONFIRM_CHECKUP,
    Action.SEE_REPORTS,
    Action.SEE_READINGS,
    Action.SEE_MEDICINES,
    Action.SEE_ADHERENCE,
    Action.SEE_SUPPLY,
    Action.EDIT_SUPPLY,
    Action.SEE_ORDERS,
    Action.ORDER_MEDICINES,
    Action.SEE_ORDERS_OF,
    Action.ORDER_FOR,
    Action.SEE_ADVICE,
    Action.DECIDE_ADVICE,
    Action.NOTE_CHANGE_ANSWER,
    Action.ANSWER_TEXT,
    Action.EDIT_FACTS,
    Action.EDIT_REGIMEN,
    Action.SIGN_PLAN,
    Action.MOVE_READINGS,
    Action.LINK_PEOPLE,
    Action.SEE_SENT,
    Action.SEE_MESSAGES,
    Action.HANDLE_MESSAGES,
    Action.SEE_RECORDS,
    Action.IMPORT_RECORDS,
    Action.SEE_DEVICES,
)

COVERS_TOO = frozenset(
    {
        Action.SEE_ANSWERS,
        Action.READ_ANSWERS,
        Action.SEE_CARE_PLAN,
        Action.EDIT_CARE_PLAN,
        Action.SEE_CHECKUPS,
        Action.SEND_CHECKUP,
        Action.CONFIRM_CHECKUP,
        Action.SEE_WORK_LISTS,
        Action.SEE_PATIENT,
        Action.SEE_REPORTS,
        Action.SEE_READINGS,
        Action.SEE_MEDICINES,
        Action.SEE_ADHERENCE,
        Action.SEE_SUPPLY,
        Action.SEE_ORDERS,
        Action.ORDER_MEDICINES,
        Action.SEE_ORDERS_OF,
        Action.ORDER_FOR,
        Action.SEE_ADVICE,
        Action.DECIDE_ADVICE,
        Action.NOTE_CHANGE_ANSWER,
        Action.ANSWER_TEXT,
        Action.EDIT_FACTS,
        Action.EDIT_REGIMEN,
        Action.SEE_SENT,
        Action.SEE_MESSAGES,
        Action.HANDLE_MESSAGES,
    }
)
"""What a clinician may do for a colleague who is away and named them. Not what outlasts that: plans, links, addresses,
whose a reading is."""

IN_EMERGENCY = frozenset(
    {
        Action.SEE_PATIENT,
        Action.SEE_REPORTS,
        Action.SEE_READINGS,
        Action.SEE_MEDICINES,
        Action.SEE_ADHERENCE,
        Action.SEE_SUPPLY,
    }
)
"""What a clinician who opened a patient in an emergency may read, and only read: the gate lets no write through. No
advice, which is its doctor's until decided; nothing of messages, addresses, files or people."""

# What is not in this table is forbidden. A patient never sees advice: it is a doctor's until approved.
NEEDED: dict[tuple[Role, Action], Relation] = {
    **{(Role.PATIENT, action): Relation.SELF for action in PATIENTS_OWN},
    **{(Role.CLINICIAN, action): Relation.CARE for action in CLINICIANS_PATIENT},
    (Role.CLINICIAN, Action.ENROL): Relation.NONE,
    (Role.CLINICIAN, Action.KEEP_CODE_APP): Relation.NONE,
    (Role.CLINICIAN, Action.EDIT_GUIDANCE): Relation.NONE,
    (Role.CLINICIAN, Action.SEE_PROTOCOLS): Relation.NONE,
    (Role.CLINICIAN, Action.SIGN_PROTOCOL): Relation.NONE,
    (Role.CLINICIAN, Action.SIGN_TRIAGE): Relation.NONE,
    (Role.CLINICIAN, Action.EDIT_INSTRUCTIONS): Relation.NONE,
    (Role.CLINICIAN, Action.SEE_WORDS): Relation.NONE,
    (Role.CLINICIAN, Action.EDIT_OWN_WORK): Relation.NONE,
    (Role.CLINICIAN, Action.SPEAK_WITH_FAMILY): Relation.CARE_TO_THE_END,
    (Role.CLINICIAN, Action.OPEN_IN_EMERGENCY): Relation.NONE,
    (Role.CAREGIVER, Action.SEE_ALERTS): Relation.MISSED_DOSES,
    (Role.CAREGIVER, Action.ACKNOWLEDGE_ALERT): Relation.MISSED_DOSES,
    (Role.CAREGIVER, Action.SEE_READINGS): Relation.READINGS,
    (Role.CAREGIVER, Action.SEE_SENT): Relation.SELF,
    # A pharmacist decides, prescribes and signs nothing.
    (Role.PHARMACIST, Action.KEEP_CODE_APP): Relation.NONE,
    (Role.PHARMACIST, Action.EDIT_GUIDES): Relation.NONE,
    (Role.PHARMACIST, Action.WORK_DESK): Relation.NONE,
    (Role.PHARMACIST, Action.ANSWER_QUESTION): Relation.CONVERSATION,
    (Role.PHARMACIST, Action.SEE_TAKING): Relation.MEDICINES,
    (Role.CLINICIAN, Action.EDIT_GUIDES): Relation.NONE,
    (Role.PHARMACIST, Action.REVIEW_TIPS): Relation.NONE,
    (Role.CLINICIAN, Action.REVIEW_TIPS): Relation.NONE,
    (Role.ADMIN, Action.SEE_TIP_EFFECT): Relation.NONE,
    (Role.ADMIN, Action.RUN_SURVEYS): Relation.NONE,
    (Role.ADMIN, Action.RUN_EXPERIMENTS): Relation.NONE,
    **{(r, Action.SEE_GUIDE_PICTURES): Relation.NONE for r in (Role.PATIENT, Role.CLINICIAN, Role.PHARMACIST)},
    (Role.ADMIN, Action.ENROL): Relation.NONE,
    (Role.ADMIN, Action.KEEP_CODE_APP): Relation.NONE,
    (Role.ADMIN, Action.LINK_PEOPLE): Relation.NONE,
    (Role.ADMIN, Action.SEE_PEOPLE): Relation.NONE,
    (Role.ADMIN, Action.SET_SPECIALTIES): Relation.NONE,
    (Role.ADMIN, Action.SEE_HUBS): Relation.NONE,
    (Role.ADMIN, Action.SEE_EFFECT): Relation.NONE,
    (Role.ADMIN, Action.SEE_UNTAKEN): Relation.NONE,
    (Role.ADMIN, Action.SETTLE_ERASURE): Relation.NONE,
    (Role.ADMIN, Action.RUN_TRIAL): Relation.NONE,
    (Role.ADMIN, Action.SEE_QUARANTINE): Relation.NONE,
    (Role.ADMIN, Action.SEE_MESSAGES): Relation.NONE,
    (Role.ADMIN, Action.HANDLE_MESSAGES): Relation.NONE,
    (Role.ADMIN, Action.SEE_WORDS): Relation.NONE,
    (Role.ADMIN, Action.SEE_FIGURES): Relation.NONE,
    (Role.ADMIN, Action.SEE_DELIVERY): Relation.NONE,
    (Role.ADMIN, Action.SEE_AUDIT): Relation.NONE,
    (Role.ADMIN, Action.SEE_DEVICES): Relation.NONE,
    (Role.ADMIN, Action.SEE_SIGNATURES): Relation.NONE,
    (Role.ADMIN, Action.SEE_SERVICE): Relation.NONE,
    (Role.ADMIN, Action.REVIEW_EMERGENCY): Relation.NONE,
    **{(role, Action.USE_COUPONS): Relation.NONE for role in (Role.CLINICIAN, Role.PHARMACIST, Role.ADMIN)},
    **{(role, Action.MODERATE_BOARD): Relation.NONE for role in (Role.CLINICIAN, Role.PHARMACIST)},
    (Role.ADMIN, Action.EDIT_PHARMACIES): Relation.NONE,
    (Role.ADMIN, Action.SEE_PHARMACIES): Relation.NONE,
    (Role.ADMIN, Action.IMPORT_PRICES): Relation.NONE,
    (Role.ADMIN, Action.SEE_ROUNDS): Relation.NONE,
    **{(role, Action.SEE_PROGRAMME): Relation.NONE for role in (Role.CLINICIAN, Role.PHARMACIST, Role.ADMIN)},
    **{(role, Action.COMPARE_PRICES): Relation.NONE for role in (Role.CLINICIAN, Role.PHARMACIST, Role.ADMIN)},
    **{(role, Action.SEE_DEMAND): Relation.NONE for role in (Role.CLINICIAN, Role.PHARMACIST, Role.ADMIN)},
    **{(role, Action.SEE_OWN_SESSIONS): Relation.NONE for role in Role},
}
ABOUT_ONESELF = frozenset({Action.SEE_OWN_SESSIONS, Action.KEEP_CODE_APP})
"""What stays open to staff who have to set up a second factor first."""
LINK_SCOPE = {
    Relation.CARE: Scope.CARE,
    Relation.CARE_TO_THE_END: Scope.CARE,
    Relation.MISSED_DOSES: Scope.MISSED_DOSES,
    Relation.READINGS: Scope.READINGS,
    Relation.MEDICINES: Scope.MEDICINES,
}


def may_ever(actor: Person | None, action: Action) -> bool:
    """Whether the actor's role can take the action on anybody at all."""
    return actor is not None and (Role(actor.role), action) in NEEDED


def can(session: Session, actor: Person | None, action: Action, patient: Person | None, now: datetime) -> bool:
    """Whether the actor may take the action on that patient now (None: the action is about no patient)."""
    if actor is None:
        return False
    needed = NEEDED.get((Role(actor.role), action))
    if needed is Relation.NONE:
        return True
    if needed is None or patient is None:
        return False
    if needed is Relation.SELF:
        return actor.id == patient.id
    if needed is Relation.CONVERSATION:
        return holds(session, actor.id, patient.id, now)
    if has_link(session, patient.id, actor.id, LINK_SCOPE[needed], now):
        return True
    if needed is Relation.CARE_TO_THE_END and treated_to_the_end(session, patient, actor.id):
        return True
    return _may_cover(actor, action) and patient.id in stands_in_for(session, actor.id, now, [patient.id])


def _may_cover(actor: Person, action: Action) -> bool:
    return actor.role == Role.CLINICIAN and action in COVERS_TOO


def opened_in_emergency(
    session: Session, actor: Person, action: Action, patient: Person | None, now: datetime
) -> EmergencyAccess | None:
    """By what the actor, who `can` not, may all the same read that patient now."""
    if patient is None or actor.role != Role.CLINICIAN or action not in IN_EMERGENCY:
        return None
    return find_running(session, patient.id, actor.id, now)


def patients_for(session: Session, actor: Person, action: Action, now: datetime) -> list[Person]:
    """Every patient on whom the actor may take the action, by a running link or as a cover; what a list may show."""
    scope = LINK_SCOPE.get(NEEDED.get((Role(actor.role), action), Relation.NONE))
    found = patients_of(session, actor.id, scope, now) if scope else []
    if _may_cover(actor, action):
        found = sorted(found + patients_covered(session, actor.id, now), key=lambda patient: (patient.name, patient.id))
    if has_request_context():
        g.listed = [*g.get("listed", ()), *found]  # for the log of reads, unless the view says more exactly
    return found


def is_listed(
    actor: Person, action: Action, now: datetime, patient_id: InstrumentedAttribute[int], covered: Collection[int]
) -> ColumnElement[bool]:
    """The same as a condition on a row about the patient of that id, for lists of which most patients have no row:
    none is loaded for it, so the view itself says whom it shows. `covered`: whom the actor stands in for just now.

    Looked at for each row: twenty wait where a doctor has a thousand patients.
    """
    patient = aliased(Person)
    own = _own(actor, action, now).where(CareLink.patient_id == patient.id).exists()
    theirs = _with_covered(own, patient.id, actor, action, covered)
    return select(patient.id).where(patient.id == patient_id, patient.left_at.is_(None), theirs).exists()


def _listed(actor: Person, action: Action, now: datetime, covered: Collection[int]) -> Select[int]:
    theirs = _with_covered(Person.id.in_(_own(actor, action, now)), Person.id, actor, action, covered)
    return select(Person.id).where(Person.left_at.is_(None), theirs)


def _own(actor: Person, action: Action, now: datetime) -> Select[int]:
    """The actor's own running links that allow the action, as the ids of their patients."""
    scope = LINK_SCOPE.get(NEEDED.get((Role(actor.role), action), Relation.NONE))
    own = select(CareLink.patient_id).where(CareLink.member_id == actor.id)
    return own.where(*running_for(scope, now)) if scope else own.where(false())


def _with_covered(
    own: ColumnElement[bool],
    patient_id: InstrumentedAttribute[int],
    actor: Person,
    action: Action,
    covered: Collection[int],
) -> ColumnElement[bool]:
    return or_(own, patient_id.in_(covered)) if covered and _may_cover(actor, action) else own


Whose = Callable[[InstrumentedAttribute[int]], ColumnElement[bool]]
"""Which patients, as a condition on the column with the patient's id."""


def listed_for(session: Session, actor: Person, action: Action, now: datetime) -> Whose:
    """`is_listed` for whatever column; for whom the actor stands in is looked up once."""
    covered = stands_in_for(session, actor.id, now) if _may_cover(actor, action) else ()
    listed = _listed(actor, action, now, covered)  # once: a page asks for many columns
    return lambda patient_id: patient_id.in_(listed)


def whose_of(patients: Iterable[Person]) -> Whose:
    """Just those patients, on whom the gate let the actor take the action."""
    ids = [patient.id for patient in patients]
    return lambda patient_id: patient_id.in_(ids)


PatientOf = Callable[..., Person | None]
"""Finds the patient a route is about: called with the session and the route's arguments."""


@dataclass(frozen=True)
class Declaration:
    """What a route says of itself. `action` None: open to everybody. `hubs`: a hub may do it for its patient, too.
    `records`: a record system may do it, too, in the place of the clinician it acts for; `integrations`: a program
    with a token of that scope, in the place of whoever it is for.
    """

    action: Action | None
    patient_of: PatientOf | None = None
    over_list: bool = False
    hubs: bool = False
    records: bool = False
    integrations: bool = False


View = TypeVar("View", bound=Callable[..., Any])
_DECLARED = "declared_access"


def guarded(
    action: Action,
    *,
    patient_of: PatientOf | None = None,
    hubs: bool = False,
    records: bool = False,
    integrations: bool = False,
) -> Callable[[View], View]:
    """Declares what the route does. Its patient is the URL's `patient_id`, else what `patient_of` finds, else the
    signed-in patient or the hub's. Works on view functions and on the methods (or the whole class) of a MethodView.
    """
    return _declare(Declaration(action, patient_of, hubs=hubs, records=records, integrations=integrations))


def guarded_list(action: Action, *, records: bool = False) -> Callable[[View], View]:
    """Declares a page over all the actor's patients. The view takes them from `patients_for(…, action, …)` only, or
    lists rows under the condition of `listed_for(…, action, …)` and says itself whom it shows."""
    return _declare(Declaration(action, over_list=True, records=records))


def public(view: View) -> View:
    """Declares a route open to everybody, signed in or not."""
    return _declare(Declaration(None))(view)


def _declare(declaration: Declaration) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _DECLARED, declaration)
        return view

    return mark


def declaration_of(view: Callable[..., Any], method: str) -> Declaration | None:
    """What the view declares for that HTTP method; None: nothing, and then nobody may call it."""
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        name = "get" if method == "HEAD" and not hasattr(view_class, "head") else method.lower()
        own = getattr(getattr(view_class, name, None), _DECLARED, None)
        return own or getattr(view_class, _DECLARED, None)
    declared = getattr(view, _DECLARED, None)
    assert declared is None or isinstance(declared, Declaration)
    return declared
