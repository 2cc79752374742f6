"""The step to plans for blood pressure keeps every plan there is; the step back ends those it cannot say."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, Table, select
from sqlalchemy.exc import IntegrityError

from companion.db import make_engine
from companion.migrations import downgrade, upgrade

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
BEFORE, AFTER = "0012", "0013"
GLUCOSE = {"target_low": "80", "target_high": "130", "max_daily": "40"}


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """A database as it was before, with a patient, a clinician, a medicine and a plan for glucose."""
    engine = make_engine(database)
    upgrade(engine, BEFORE)
    at = instant(engine, NOW)
    for number, role in ((1, "patient"), (2, "clinician")):
        known = {"id": number, "public_id": f"p{number}", "role": role, "name": "x", "language": "en", "zone": "UTC"}
        insert(engine, "person", known | {"is_demo": False, "created_at": at})
    medicine = {"id": 1, "public_id": "rg", "patient_id": 1, "drug": "x", "drug_class": "arb", "unit": "mg", "food": ""}
    insert(engine, "regimen", medicine | {"grace_minutes": 60, "is_critical": False, "created_at": at})
    insert(engine, "plan", plan(engine, 1) | GLUCOSE)
    yield engine
    downgrade(engine, "base")
    engine.dispose()


def instant(engine: Engine, at: datetime) -> Any:
    """As the columns of that database keep it."""
    return int(at.timestamp() * 1000) if engine.dialect.name == "sqlite" else at


def insert(engine: Engine, name: str, values: dict[str, Any]) -> None:
    table = Table(name, MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        connection.execute(table.insert().values(values))


def plan(engine: Engine, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "patient_id": 1,
        "regimen_id": 1,
        "protocol": "x",
        "version": "1",
        "protocol_hash": "0" * 64,
        "signed_by": 2,
        "clinician_role": "clinician",
        "signed_at": instant(engine, NOW),
        "ends_on": date(2026, 5, 1),
    }


def plans(engine: Engine) -> list[dict[str, Any]]:
    table = Table("plan", MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(table.c.id)).mappings()]


def said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in GLUCOSE}


def test_a_plan_for_glucose_goes_up_and_down_as_it_was_and_one_for_blood_pressure_is_ended(engine: Engine) -> None:
    (before,) = plans(engine)
    upgrade(engine, AFTER)
    insert(engine, "plan", plan(engine, 2) | {"target_systolic": "135", "target_diastolic": "85"})
    up = plans(engine)

    downgrade(engine, BEFORE)

    glucose, pressure = plans(engine)
    assert [said(row) for row in up] == [GLUCOSE, dict.fromkeys(GLUCOSE)]
    assert glucose == before
    assert pressure["stopped_at"] is not None
    assert set(said(pressure).values()) == {"0"}
    with pytest.raises(IntegrityError):  # as it was refused before
        insert(engine, "plan", plan(engine, 3) | GLUCOSE | {"target_low": None})
