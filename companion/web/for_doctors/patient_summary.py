"""Everything about one patient that a doctor reads in a minute."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.advice.alarms.urgent_models import UrgentEpisode
from companion.advice.grammar.protocol import Registry
from companion.care.consent import CAREGIVER_SCOPES, CareLink, Scope, running_at
from companion.care.facts import FactKind
from companion.care.people import Person
from companion.care.records import About, has_open_conflict
from companion.devices.models import Device
from companion.messages.history import Sent, sent_to_or_about
from companion.reminders.adherence import WINDOW_DAYS, Figures
from companion.reminders.outcomes import figures_taken
from companion.web.for_doctors.facts_known import Known, history_of, newest_of, running_protocols
from companion.web.for_doctors.open_tasks import Open, open_tasks_of
from companion.web.for_doctors.patient_medicines import Medicine, medicines_of
from companion.web.for_doctors.queue import Waiting, age_of, waiting_of
from companion.web.for_patients.feeling import Line, lines_of
from companion.web.in_words.alarm_words import SAID_SHOWN_FOR, Heard, said_about

EVENTS_SHOWN_FOR = timedelta(days=30)
MESSAGES_SHOWN, TASKS_SHOWN, EVENTS_SHOWN = 5, 5, 5
ASKED = (
    FactKind.DIABETES_TYPE,
    FactKind.PREGNANT,
    FactKind.WEIGHT_KG,
    FactKind.EGFR,
    FactKind.POTASSIUM,
    FactKind.HBA1C,
    FactKind.FRAILTY,
    FactKind.DRUG_LIST_CONFIRMED,
)
"""What gates or doctors ask of everybody: of these a page says so when nobody knows."""
PROBLEMS = frozenset({FactKind.CONDITION, FactKind.ALLERGY, FactKind.DIABETES_TYPE, FactKind.FRAILTY})


@dataclass(frozen=True)
class Family:
    """Somebody to whom the patient is open, and for what, until when if there is an end."""

    name: str
    scopes: tuple[Scope, ...]
    ends_at: datetime | None


@dataclass(frozen=True)
class Summary:
    """`problems` and `values` are the newest facts, `unknown` what nobody said; `taken` is of all medicines together,
    14 days."""

    age: int | None
    problems: Sequence[Known]
    values: Sequence[Known]
    unknown: Sequence[FactKind]
    taken: Figures
    waiting: Sequence[Waiting]
    tasks: Sequence[Open]
    events: Sequence[UrgentEpisode]
    medicines: Sequence[Medicine]
    devices: Sequence[Device]
    family: Sequence[Family]
    sent: Sequence[Sent]
    reports: Sequence[Line]
    heard: Sequence[Heard]
    is_contradicted: bool


def summary_of(db: Session, registry: Registry, patient: Person, language: str, now: datetime) -> Summary:
    """As of that instant."""
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    known = newest_of(history_of(db, patient, running_protocols(db, registry, patient), today))
    taken, by_medicine = figures_taken(db, patient, now, WINDOW_DAYS)
    return Summary(
        age=age_of(patient, now),
        problems=[each for each in known if each.kind in PROBLEMS],
        values=[each for each in known if each.kind not in PROBLEMS],
        unknown=_unknown(patient, known),
        taken=taken,
        waiting=waiting_of(db, [patient], now),
        tasks=open_tasks_of(db, [patient])[:TASKS_SHOWN],
        events=_events(db, patient, now),
        medicines=medicines_of(db, patient, by_medicine, language, now),
        devices=devices_of(db, patient),
        family=_family(db, patient, now),
        sent=sent_to_or_about(db, patient.id, before=None, limit=MESSAGES_SHOWN),
        reports=lines_of(db, patient, now),
        heard=said_about(db, patient, now - SAID_SHOWN_FOR),
        is_contradicted=has_open_conflict(db, patient.id, frozenset(About)),
    )


def _unknown(patient: Person, known: Sequence[Known]) -> list[FactKind]:
    said = {each.kind for each in known} | ({FactKind.PREGNANT} if patient.sex == "male" else set())
    return [kind for kind in ASKED if kind not in said]


def devices_of(db: Session, patient: Person) -> Sequence[Device]:
    """Those in use, the one seen last at the top."""
    return db.scalars(_DEVICES, {"patient": patient.id}).all()


_DEVICES = (
    select(Device)
    .where(Device.patient_id == bindparam("patient"), Device.removed_at.is_(None))
    .order_by(Device.last_seen_at.desc(), Device.id)
)


def _events(db: Session, patient: Person, now: datetime) -> Sequence[UrgentEpisode]:
    return db.scalars(_EVENTS, {"patient": patient.id, "since": now - EVENTS_SHOWN_FOR}).all()


_EVENTS = (
    select(UrgentEpisode)
    .where(UrgentEpisode.patient_id == bindparam("patient"), UrgentEpisode.last_at > bindparam("since"))
    .order_by(UrgentEpisode.last_at.desc())
    .limit(EVENTS_SHOWN)
)


def _family(db: Session, patient: Person, now: datetime) -> list[Family]:
    """Caregivers with a running link, by name."""
    found: defaultdict[tuple[str, int], list[CareLink]] = defaultdict(list)
    for link, name in db.execute(_LINKS, {"patient": patient.id, "now": now}):
        found[name, link.member_id].append(link)
    return [
        Family(
            name, tuple(Scope(link.scope) for link in links), min((a.ends_at for a in links if a.ends_at), default=None)
        )
        for (name, _id), links in sorted(found.items(), key=lambda each: each[0])
    ]


_LINKS = (
    select(CareLink, Person.name)
    .join(Person, Person.id == CareLink.member_id)
    .where(CareLink.patient_id == bindparam("patient"), CareLink.scope.in_(CAREGIVER_SCOPES))
    .where(*running_at(bindparam("now")), Person.left_at.is_(None))
    .order_by(CareLink.id)
)
