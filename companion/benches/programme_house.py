"""A clinic of a hundred thousand patients for the programme's benchmark: what is known of them, and tips they had."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from companion.benches.due_doses import copy, settle
from companion.care.consent import CareLink, Scope, link
from companion.care.contact_models import Kind, MessageConsent, Topic
from companion.care.enrolling import add_person
from companion.care.message_consent import say
from companion.care.people import Person, Role
from companion.db import writing
from companion.migrations import upgrade
from companion.programme.outreach.reviewing import review
from companion.programme.outreach.tip_models import TipChosen, TipEntry
from companion.programme.outreach.tips import Tip
from companion.programme.segments import keeping
from companion.programme.segments.definitions import Definitions, Figure
from companion.programme.segments.placing import Sheet
from companion.programme.segments.sheet_models import PatientSheet, PatientTrait

CLASSES = ("acei", "metformin", "statin", "dhp_ccb", "basal_insulin")
KINDS = 40
"""So many different sheets; every patient has one of them."""


def furnish(engine: Engine, definitions: Definitions, tips: tuple[Tip, ...], patients: int, now: datetime) -> int:
    """Half of the patients agreed to tips, all are one doctor's; a third had tips lately. Gives the doctor's id."""
    upgrade(engine)
    with writing(engine) as session:
        doctor = add_person(session, role=Role.CLINICIAN, name="Bench doctor", now=now)
        first = add_person(
            session, role=Role.PATIENT, name="Bench patient", birth_on=date(1950, 1, 1), now=now, zone="UTC"
        )
        link(session, patient=first, member=doctor, scope=Scope.CARE, noted_by=doctor, now=now)
        say(session, first, Kind.SMS, [Topic.PROGRAMME], agrees=True, now=now)
        _copy_people(session, patients)
        for number in range(KINDS):
            keeping.keep(session, definitions, [(2 + number, _sheet(number))], now)
        _copy_sheets(session, patients)
        _had_tips(session, doctor, tips, patients, now)
    settle(engine)
    return doctor.id


def _copy_people(session: Session, patients: int) -> None:
    connection, more = session.connection(), patients - 1
    copy(connection, Person, 2, more, id="i + 2", public_id="'p' || i", login="NULL")
    copy(connection, CareLink, 1, more, id="i + 1", patient_id="i + 2")
    half = {"person_id": "2 * i + 2", "noted_by": "2 * i + 2", "id": "i + 1"}
    copy(connection, MessageConsent, 1, more // 2, **half)


def _sheet(number: int) -> Sheet:
    """One of the forty."""
    figures: dict[Figure, float] = {Figure.SYSTOLIC: 118.0 + 1.5 * number, Figure.TAKEN: 100.0 - 2 * (number % 30)}
    if number % 3:
        figures[Figure.NO_READING_DAYS] = number % 20
    said = {f"class:{CLASSES[number % 5]}"}
    if number % 2:
        said.add("diagnosis:diabetes_type2")
    if number % 10 == 0:
        said.add("event:first_month")
    return Sheet(figures, frozenset(said))


def _copy_sheets(session: Session, patients: int) -> None:
    """Everybody after the first forty has what one of them has."""
    numbers = f"WITH RECURSIVE n(i) AS (SELECT {KINDS} UNION ALL SELECT i + 1 FROM n WHERE i < {patients - 1}) "  # noqa: S608
    for model in (PatientSheet, PatientTrait):
        names = [column.name for column in model.__table__.columns]
        values = ", ".join("i + 2" if name == "patient_id" else f"one.{name}" for name in names)
        session.connection().exec_driver_sql(
            f"INSERT INTO {model.__tablename__} ({', '.join(names)}) {numbers}"  # noqa: S608
            f"SELECT {values} FROM n JOIN {model.__tablename__} AS one ON one.patient_id = i % {KINDS} + 2"
        )


def _had_tips(session: Session, doctor: Person, tips: tuple[Tip, ...], patients: int, now: datetime) -> None:
    """All tips are on. Entries of all who agreed; every third of them had two tips, and said something of each."""
    for tip in tips:
        review(session, tip, seen=tip.digest, by=doctor, now=now)
    session.add(TipEntry(patient_id=2, arm="sent", entered_at=now))
    session.flush()
    connection = session.connection()
    _copy_where(
        connection,
        TipEntry,
        2,
        patients // 2 - 1,
        "2 * i + 2",
        {"arm": "CASE WHEN i % 10 THEN 'sent' ELSE 'held_out' END"},
    )
    for number, tip in enumerate(tips[:2]):
        at = now - timedelta(days=3 if number else 40)
        made = TipChosen(
            id=number + 1, public_id=f"tp_{number}", patient_id=2, review_id=1, tip_key=tip.key, subject=tip.subject,
            arm="sent", chosen_at=at, answer="not_for_me" if number else "useful", answered_at=at,
        )  # fmt: skip
        session.add(made)
        session.flush()
        names = {"id": f"i * 2 + {number + 1}", "public_id": f"'tp{number}_' || i", "patient_id": "6 * i + 2"}
        copy(connection, TipChosen, made.id, patients // 6 - 1, **names)


def _copy_where(connection: Any, model: Any, original: int, times: int, patient: str, changed: dict[str, str]) -> None:
    """Like `copy`, of a table whose key is the patient."""
    names = [column.name for column in model.__table__.columns]
    told = changed | {"patient_id": patient}
    values = ", ".join(told.get(name, f"original.{name}") for name in names)
    connection.exec_driver_sql(
        f"INSERT INTO {model.__tablename__} ({', '.join(names)}) "  # noqa: S608
        f"WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < {times}) "
        f"SELECT {values} FROM number, {model.__tablename__} AS original WHERE original.patient_id = {original}"
    )
