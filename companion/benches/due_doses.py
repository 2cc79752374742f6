"""A database with very many people, medicines or doses, multiplied inside the database from one of each."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, insert, literal, select
from sqlalchemy.orm import Session

from companion.care.due_days import keep_days
from companion.care.due_work import NO_DAY, DueWork, WorkKind
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.care.regimens import Regimen, RegimenRevision, add_regimen, revise
from companion.db import UtcDateTime, writing
from companion.migrations import upgrade
from companion.reminders.doses.models import Dose

GRACE = timedelta(hours=1)


def due_at_once(engine: Engine, now: datetime, doses: int, medicines: int) -> None:
    """`doses` doses, all due `now`, of people who each take so many medicines then. The rows of a person lie apart,
    because each medicine was planned by itself."""
    upgrade(engine)
    keep_days(engine, now, timedelta(hours=24))
    patients = doses // medicines
    with writing(engine) as session:
        revision = add_medicine(session, now)
        session.add(_dose(revision, now))
        session.flush()
        connection = session.connection()
        copy(connection, Person, 2, patients - 1, id="i + 2", public_id="'p' || i", login="NULL")
        turn = f"i - i / {patients} * {patients}"
        copy(connection, Dose, 1, doses - 1, id="i + 1", slot="i", patient_id=f"2 + {turn}")
        connection.exec_driver_sql(
            "INSERT INTO due_work (kind, subject_id, due_on, next_check_at, generation) "
            "SELECT 'dose', id, local_on, due_at, 0 FROM dose ORDER BY id"
        )
    settle(engine)


REACHABLE = """
INSERT INTO contact_point
    (public_id, person_id, kind, address, position, verified_at, verified_by, state_at, created_at)
    SELECT 'cp' || id, id, 'sms', '+1' || (1000000000 + id), 1, created_at, 'clinic', created_at, created_at
    FROM person WHERE role = 'patient';
INSERT INTO message_consent (person_id, kind, topic, is_agreed, text_version, text, at)
    SELECT id, 'sms', 'reminders', true, 'bench', 'bench', created_at FROM person WHERE role = 'patient'
"""


def give_telephones(engine: Engine) -> None:
    """To every patient, who agreed to be reminded by text message."""
    with engine.begin() as connection:
        for statement in REACHABLE.split(";"):
            connection.exec_driver_sql(statement)


def to_be_planned(engine: Engine, now: datetime, medicines: int) -> None:
    """`medicines` medicines of as many people, none of which has a dose yet."""
    upgrade(engine)
    with writing(engine) as session:
        add_medicine(session, now)
        connection = session.connection()
        copy(connection, Person, 2, medicines - 1, id="i + 2", public_id="'p' || i", login="NULL")
        copy(connection, Regimen, 1, medicines - 1, id="i + 1", public_id="'r' || i", patient_id="i + 2")
        copy(connection, RegimenRevision, 1, medicines - 1, id="i + 1", regimen_id="i + 1")
        at_once = literal(WorkKind.PLAN.value), Regimen.id, literal(NO_DAY), literal(now, UtcDateTime()), literal(0)
        columns = ["kind", "subject_id", "due_on", "next_check_at", "generation"]
        connection.execute(insert(DueWork).from_select(columns, select(*at_once)))
    settle(engine)


def add_medicine(session: Session, now: datetime) -> RegimenRevision:
    """One tablet at eight in the morning, prescribed by person 1 for person 2."""
    doctor = add_person(session, role=Role.CLINICIAN, name="Bench doctor", now=now)
    born = now.date().replace(year=1950)
    patient = add_person(session, role=Role.PATIENT, name="Bench patient", birth_on=born, now=now, zone="UTC")
    regimen = add_regimen(session, patient=patient, drug="Bench", drug_class="other", unit="mg", now=now)
    return revise(
        session,
        regimen,
        by=doctor,
        amount=Decimal(1),
        rule={"kind": "daily", "times": ["08:00"]},
        start_on=now.date(),
        end_on=None,
        reason="bench",
        now=now,
        effective_at=now,
    )


def _dose(revision: RegimenRevision, now: datetime) -> Dose:
    return Dose(
        patient_id=2,
        regimen_id=revision.regimen_id,
        revision_id=revision.id,
        local_on=now.date(),
        local_time=f"{now:%H:%M}",
        slot=0,
        due_at=now,
        window_ends_at=now + GRACE,
        amount=Decimal(1),
        state="planned",
        tzdata="bench",
    )


def copy(connection: Connection, model: Any, original: int, times: int, **changed: str) -> None:
    """The row with that id so many times more; `changed`: SQL of the columns that differ, where `i` counts from 1."""
    columns = [column.name for column in model.__table__.columns]
    values = ", ".join(changed.get(name, f"original.{name}") for name in columns)
    connection.exec_driver_sql(
        f"INSERT INTO {model.__tablename__} ({', '.join(columns)}) "  # noqa: S608
        f"WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < {times}) "
        f"SELECT {values} FROM number, {model.__tablename__} AS original WHERE original.id = {original}"
    )


def settle(engine: Engine) -> None:
    """As a database is that has been at work: its statistics known, its log written back."""
    is_sqlite = engine.dialect.name == "sqlite"
    connection: Any = engine.raw_connection().driver_connection
    if not is_sqlite:
        connection.autocommit = True
    for line in ("PRAGMA wal_checkpoint(TRUNCATE)",) if is_sqlite else ("VACUUM ANALYZE", "CHECKPOINT"):
        connection.execute(line)
    engine.dispose()
