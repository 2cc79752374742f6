"""The clinic under load: its patients, doctors and hubs, each already signed in, with a fortnight of values."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.consent import Scope, link
from companion.care.due_work import WorkKind
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.care.regimens import add_regimen, revise
from companion.db import writing
from companion.readings.reading import Kind, Meal, Metric, Reading
from companion.services import Services
from companion.web.cookies import session_cookie
from companion.web.door.hub_door import make_code, pair_hub
from companion.web.door.sessions import OpenedBy, open_session

DAYS = 14
DOCTORS = 10
HUB_EVERY = 5
"""One patient in five has a hub at home."""
SINCE = timedelta(days=60)
PART = 100


def fill(services: Services, patients: int, times: Sequence[str] = ()) -> dict[str, Any]:
    """People, a medicine each and values: who they are, and what lets them in. The medicine is taken at those times of
    day, or just now and twelve hours on."""
    now = services.clock()
    times = times or sorted((now + timedelta(hours=hours)).strftime("%H:%M") for hours in (0, 12))
    with writing(services.engine) as session:
        doctors = [_person(session, Role.CLINICIAN, f"Doctor {number}", now) for number in range(DOCTORS)]
        told: dict[str, Any] = {
            "cookie": session_cookie(services.settings),
            "doctors": [_known(session, doctor, now) for doctor in doctors],
            "patients": [],
            "hubs": [],
        }
    for first in range(0, patients, PART):
        with writing(services.engine) as session:
            some = range(first, min(first + PART, patients))
            people = [_patient(session, doctors[number % DOCTORS], number, times, now) for number in some]
            told["patients"] += [_known(session, person, now) for person in people]
            codes = [make_code(session, person, now) for person in people[::HUB_EVERY]]
        services.store.append([reading for person in people for reading in _values(person, now)])
        # A hub a house: no two come in from one address, whose tries are counted.
        told["hubs"] += [_hub(services, code, first + number, now) for number, code in enumerate(codes)]
    return told


def _person(session: Session, role: Role, name: str, now: datetime, phone: str | None = None) -> Person:
    born = date(1950, 1, 1) if role is Role.PATIENT else None
    return add_person(session, role=role, name=name, zone="UTC", birth_on=born, phone=phone, now=now - SINCE)


def _patient(session: Session, doctor: Person, number: int, times: Sequence[str], now: datetime) -> Person:
    """With one medicine."""
    patient = _person(session, Role.PATIENT, f"Patient {number}", now, f"+49170{number:07d}")
    since = now - SINCE
    link(session, patient=patient, member=doctor, scope=Scope.CARE, noted_by=doctor, now=since)
    regimen = add_regimen(
        session, patient=patient, drug="Metformin 500 mg", drug_class="metformin", unit="tablet", now=since
    )
    regimen.planned_until = now - timedelta(minutes=5)
    revise(
        session,
        regimen,
        by=doctor,
        amount=Decimal(1),
        rule={"kind": "daily", "times": list(times)},
        start_on=since.date(),
        end_on=None,
        reason="load",
        now=since,
        effective_at=since,
    )
    session.flush()
    due_work.put_off(session, WorkKind.PLAN, regimen.id, now)
    return patient


def _values(patient: Person, now: datetime) -> Iterator[Reading]:
    for day in range(1, DAYS + 1):
        at = (now - timedelta(days=day)).replace(hour=7, minute=0, second=0, microsecond=0)
        own = Decimal(100 + 37 * (day + patient.id) % 60)
        glucose = Reading(
            patient.public_id, Metric.GLUCOSE, at, f"de_m{patient.id}", day, own, "mg/dL", Kind.METER, "in_load"
        )
        yield glucose._replace(meal=Meal.FASTING)
        cuff = f"de_c{patient.id}"
        yield Reading(
            patient.public_id, Metric.BLOOD_PRESSURE, at, cuff, day, own + 20, "mm[Hg]", Kind.CUFF, "in_load", own - 30
        )


def _known(session: Session, person: Person, now: datetime) -> dict[str, str]:
    secret = open_session(session, person, by=OpenedBy.PASSWORD, address="", browser="", now=now)
    return {"id": person.public_id, "secret": secret}


def _hub(services: Services, code: str, number: int, now: datetime) -> str:
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return pair_hub(services.engine, code, "At home", address, now)[1]
