"""The step to addresses takes every telephone number along, with what its owner had said; and back again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, Table, select

from companion.db import make_engine
from companion.migrations import downgrade, upgrade

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
STOPPED = NOW + timedelta(days=1)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """A database as it was before addresses, with people in it."""
    engine = make_engine(database)
    upgrade(engine, "0011")
    yield engine
    downgrade(engine, "base")
    engine.dispose()


def table(engine: Engine, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=engine)


def instant(engine: Engine, at: datetime) -> Any:
    """As the columns of that database keep it."""
    return int(at.timestamp() * 1000) if engine.dialect.name == "sqlite" else at


def add(
    engine: Engine, number: int, role: str, phone: str | None, *, language: str = "en", stopped: bool = False
) -> None:
    values = {
        "id": number,
        "public_id": f"p{number}",
        "role": role,
        "name": "x",
        "phone": phone,
        "phone_opted_out_at": instant(engine, STOPPED) if stopped else None,
        "language": language,
        "zone": "UTC",
        "is_demo": False,
        "created_at": instant(engine, NOW),
    }
    person = table(engine, "person")
    with engine.begin() as connection:
        connection.execute(person.insert().values(values))


def rows(engine: Engine, name: str) -> list[dict[str, Any]]:
    everything = select(table(engine, name)).order_by("id")
    with engine.connect() as connection:
        found = connection.execute(everything).mappings()
        return [dict(row) for row in found]


def to_addresses(engine: Engine) -> None:
    upgrade(engine, "0012")


def test_a_number_becomes_an_address_that_the_clinic_vouches_for(engine: Engine) -> None:
    add(engine, 1, "patient", "+8613800138000")
    add(engine, 2, "clinician", None)

    to_addresses(engine)

    [point] = rows(engine, "contact_point")
    assert (point["person_id"], point["kind"], point["address"], point["position"]) == (1, "sms", "+8613800138000", 1)
    assert (point["verified_by"], point["verified_at"], point["state"]) == ("clinic", point["created_at"], "ok")
    assert point["public_id"].startswith("cp_")
    assert len(point["public_id"]) == 15


def test_what_was_agreed_to_by_word_of_mouth_is_written_down_as_that(engine: Engine) -> None:
    add(engine, 1, "patient", "+8613800138000", language="zh")
    add(engine, 2, "caregiver", "+491700000001")

    to_addresses(engine)

    agreed = {(row["person_id"], row["topic"]): row["text"] for row in rows(engine, "message_consent")}
    assert {topic for person, topic in agreed if person == 1} == {"reminders", "changes", "alarms", "supply"}
    assert {topic for person, topic in agreed if person == 2} == {"caregiving", "reminders", "alarms", "supply"}
    assert agreed[1, "reminders"].startswith("诊所登记号码时口头同意")
    assert agreed[2, "reminders"].startswith("Agreed to by word of mouth")


def test_who_had_said_stop_stays_stopped(engine: Engine) -> None:
    add(engine, 1, "patient", "+8613800138000", stopped=True)

    to_addresses(engine)

    [point] = rows(engine, "contact_point")
    latest = {row["topic"]: (bool(row["is_agreed"]), row["text_version"]) for row in rows(engine, "message_consent")}
    assert point["state"] == "opted_out"
    assert set(latest.values()) == {(False, "stopped")}


def test_on_the_way_back_numbers_and_stops_are_where_they_were(engine: Engine) -> None:
    add(engine, 1, "patient", "+8613800138000", stopped=True)
    add(engine, 2, "caregiver", "+491700000001")
    before = rows(engine, "person")
    to_addresses(engine)

    downgrade(engine, "0011")

    assert sorted(rows(engine, "person"), key=lambda row: int(row["id"])) == before
