"""A clinic after two years, for the benchmark of its pages: what its people measured, took and wait for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.grammar.cited_numbers import unverified
from companion.advice.models import Suggestion
from companion.advice.signed import plans, signing
from companion.advice.signed.plan_terms import Terms
from companion.benches.due_doses import copy
from companion.care.consent import CareLink, Scope, link
from companion.care.enrolling import add_person
from companion.care.facts import FactKind, note_fact
from companion.care.people import Person, Role
from companion.care.regimens import Regimen, add_regimen, revise
from companion.clock import system_clock
from companion.db import reading, writing
from companion.kpi.keeping import keep_figures
from companion.migrations import upgrade
from companion.readings.reading import Kind, Meal, Metric, Reading
from companion.reminders.doses.models import Dose
from companion.services import Services, build_services
from companion.settings import load_settings, set_environment
from companion.web.door.sessions import OpenedBy, open_session

PATIENTS = 1_000
TITRATED = 20
"""So many have two years of values, a signed plan, and a suggestion that waits. The next one has a sensor."""
YEARS = timedelta(days=730)
EVERY = timedelta(minutes=5)
PROTOCOL = "basal.ada_2u3d"
BORN = date(1950, 1, 1)
KNOWN = {
    FactKind.DIABETES_TYPE: "type2",
    FactKind.PREGNANT: "no",
    FactKind.WEIGHT_KG: "72",
    FactKind.EGFR: "78",
    FactKind.POTASSIUM: "4.3",
    FactKind.FRAILTY: "fit",
    FactKind.DRUG_LIST_CONFIRMED: "yes",
}


@dataclass(frozen=True)
class House:
    """Who looks at the pages, each signed in: the secret of the cookie by role."""

    services: Services
    measured: Person
    sensed: Person
    suggestion: str
    cookies: dict[str, str]


def house(folder: Path) -> House:
    """One doctor with all the patients, a caregiver of the first, an administrator; everything in one SQLite file."""
    now = system_clock().replace(hour=9, minute=30, second=0, microsecond=0)
    services = _services(folder, now)
    with writing(services.engine) as session:
        doctor = add_person(session, role=Role.CLINICIAN, name="Bench doctor", now=now - YEARS)
        admin = add_person(session, role=Role.ADMIN, name="Bench administrator", now=now - YEARS)
        caregiver = add_person(session, role=Role.CAREGIVER, name="Bench caregiver", now=now - YEARS)
        _sign_protocol(session, services, doctor, now)
        patients = [_patient(session, services, doctor, number, now) for number in range(TITRATED + 1)]
        for scope in (Scope.READINGS, Scope.MISSED_DOSES):
            link(session, patient=patients[0], member=caregiver, scope=scope, noted_by=patients[0], now=now - YEARS)
        _copy_patients(session, patients[-1], now)
        looking = {
            "patient": patients[0],
            "sensor": patients[-1],
            "doctor": doctor,
            "admin": admin,
            "caregiver": caregiver,
        }
        cookies = {name: _cookie(session, person, now) for name, person in looking.items()}
    for patient in patients[:TITRATED]:
        services.store.append(list(_measured(patient, now)))
    services.store.append(list(_sensed(patients[-1], now)))
    services.beat(now)
    keep_figures(services.engine, services.store, now)
    return House(services, patients[0], patients[-1], _waiting(services, patients[0]), cookies)


def _services(folder: Path, now: datetime) -> Services:
    set_environment({"SECRET_KEY": "b" * 40, "DEMO": "true"})
    url = f"sqlite:///{folder / 'pages.db'}"
    settings = replace(
        load_settings(),
        database_url=url,
        readings_url=url,
        console_outbox=folder / "outbox.jsonl",
        audit_key_file=folder / "audit.key",
        audit_anchor_key_file=folder / "anchor.pem",
        vapid_key_file=folder / "vapid.pem",
    )
    services = build_services(settings, lambda: now)
    upgrade(services.engine)
    return services


def _sign_protocol(session: Session, services: Services, doctor: Person, now: datetime) -> None:
    registry = services.stores.registry
    numbers = [number.key for number in unverified(registry.get(PROTOCOL))]
    signing.sign(session, registry, PROTOCOL, by=doctor, accepted=numbers, now=now - YEARS)


def _patient(session: Session, services: Services, doctor: Person, number: int, now: datetime) -> Person:
    """Two medicines, one of them under a plan, and two years of their doses, one in nine of them missed."""
    since = now - YEARS
    patient = add_person(
        session, role=Role.PATIENT, name=f"Patient {number}", birth_on=BORN, sex="female", zone="UTC", now=since
    )
    link(session, patient=patient, member=doctor, scope=Scope.CARE, noted_by=doctor, now=since)
    for kind, value in KNOWN.items():
        day = now.date() - timedelta(days=10)
        note_fact(session, patient=patient, kind=kind, value=value, measured_on=day, noted_by=doctor, now=now)
    insulin = _prescribe(
        session, patient, doctor, ("Insulin glargine", "basal_insulin", "U", Decimal(16), "22:00"), since
    )
    _prescribe(session, patient, doctor, ("Amlodipine 5 mg", "dhp_ccb", "tablet", Decimal(1), "08:00"), since)
    if number < TITRATED:
        terms = Terms(PROTOCOL, Decimal(80), Decimal(130), Decimal(36), now.date() + timedelta(days=80))
        plans.sign(
            session,
            services.stores.registry,
            insulin,
            by=doctor,
            terms=terms,
            today=now.date(),
            now=now - timedelta(days=5),
        )
    return patient


def _prescribe(
    session: Session, patient: Person, doctor: Person, told: tuple[str, str, str, Decimal, str], since: datetime
) -> Regimen:
    drug, drug_class, unit, amount, at = told
    regimen = add_regimen(session, patient=patient, drug=drug, drug_class=drug_class, unit=unit, now=since)
    revise(
        session,
        regimen,
        by=doctor,
        amount=amount,
        rule={"kind": "daily", "times": [at]},
        start_on=since.date(),
        end_on=None,
        reason="bench",
        now=since,
        effective_at=since,
    )
    session.add_all(_doses(patient, regimen, amount, at, since))
    return regimen


def _doses(patient: Person, regimen: Regimen, amount: Decimal, at: str, since: datetime) -> Iterator[Dose]:
    hour = int(at[:2])
    for day in range(YEARS.days):
        due_at = (since + timedelta(days=day)).replace(hour=hour, minute=0)
        yield Dose(
            patient_id=patient.id,
            regimen_id=regimen.id,
            revision_id=regimen.revisions[-1].id,
            local_on=due_at.date(),
            local_time=at,
            slot=60 * hour,
            due_at=due_at,
            window_ends_at=due_at + timedelta(hours=1),
            amount=amount,
            state="missed" if day % 9 == 0 else "taken",
            reminders=1,
            tzdata="bench",
        )


def _copy_patients(session: Session, patient: Person, now: datetime) -> None:
    """The rest of the doctor's patients: nothing is known of them but that they are."""
    connection = session.connection()
    last = patient.id
    many = PATIENTS - TITRATED - 1
    copy(connection, Person, last, many, id=f"i + {last}", public_id="'pa_bench' || i", login="NULL")
    known = session.scalars(select(CareLink.id).where(CareLink.patient_id == last)).one()
    newest = max(session.scalars(select(CareLink.id)))
    copy(connection, CareLink, known, many, id=f"i + {newest}", patient_id=f"i + {last}")


def _measured(patient: Person, now: datetime) -> Iterator[Reading]:
    """A fasting value that is too high, one in the evening, and two pressures a day."""
    for day in range(YEARS.days):
        morning = (now - timedelta(days=day)).replace(hour=7, minute=0)
        evening = morning - timedelta(hours=11)
        own = 37 * day % 40
        yield _reading(patient, Metric.GLUCOSE, morning, 4 * day, Decimal(140 + own), meal=Meal.FASTING)
        yield _reading(patient, Metric.GLUCOSE, evening, 4 * day + 1, Decimal(150 + own), meal=Meal.AFTER_MEAL)
        yield _reading(patient, Metric.BLOOD_PRESSURE, morning, 4 * day + 2, Decimal(120 + own), Decimal(70 + own // 2))
        yield _reading(patient, Metric.BLOOD_PRESSURE, evening, 4 * day + 3, Decimal(118 + own), Decimal(72 + own // 2))


def _reading(
    patient: Person,
    metric: Metric,
    at: datetime,
    sequence: int,
    value: Decimal,
    low: Decimal | None = None,
    meal: Meal | None = None,
) -> Reading:
    is_glucose = metric is Metric.GLUCOSE
    unit, kind = ("mg/dL", Kind.METER) if is_glucose else ("mm[Hg]", Kind.CUFF)
    device = f"de_{kind.value}_{patient.id}"
    return Reading(patient.public_id, metric, at, device, sequence, value, unit, kind, "in_bench", low, meal=meal)


def _sensed(patient: Person, now: datetime) -> Iterator[Reading]:
    """A value every five minutes."""
    for number in range(YEARS // EVERY):
        at, value = now - EVERY * number, Decimal(80 + number * 7 % 130)
        yield Reading(
            patient.public_id, Metric.GLUCOSE, at, f"de_{patient.id}", number, value, "mg/dL", Kind.CGM, "in_bench"
        )


def _cookie(session: Session, person: Person, now: datetime) -> str:
    return open_session(session, person, by=OpenedBy.PASSWORD, address="", browser="", now=now)


def _waiting(services: Services, patient: Person) -> str:
    """The suggestion about that patient."""
    with reading(services.engine) as session:
        return session.scalars(select(Suggestion.public_id).where(Suggestion.patient_id == patient.id)).one()
