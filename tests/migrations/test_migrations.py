"""The schema's way up and down, with something in every table, on every database a clinic may run."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Double,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    func,
    inspect,
    select,
)
from sqlalchemy.types import TypeEngine

from companion.db import Base, DecimalText, UtcDateTime, make_engine, partitions
from companion.migrations import config_for, downgrade, upgrade
from companion.sealing.texts import SealedText
from tests.keys import from_before

CHOSEN: dict[tuple[str, str], Any] = {
    ("person", "role"): "clinician",
    ("person", "glucose_unit"): "mmol/L",
    ("person", "zone"): "Europe/Berlin",
    ("care_link", "scope"): "care",
    ("care_link", "member_id"): 2,
    ("care_link", "hears"): "all",
    ("care_link", "misses"): "every",
    ("care_link", "wait_minutes"): 15,
    ("regimen", "nag_minutes"): 20,
    ("alert", "state"): "open",
    ("dose", "state"): "planned",
    ("suggestion", "state"): "approved",
    ("review", "decision"): "approved",
    ("message", "purpose"): "advice",
    ("message", "review_decision"): "approved",
    ("withdrawal", "review_decision"): "approved",
    ("change_answer", "heard"): "right",
    ("regimen", "grace_minutes"): 60,
    ("web_session", "opened_by"): "password",
    ("half_open", "opened_by"): "password",
    ("passkey_challenge", "ceremony"): "sign_in",
    ("erasure", "state"): "done",
    ("erasure_request", "state"): "done",
    ("regimen_pause", "reason"): "holiday",
    ("as_needed_intake", "against"): "too_soon",
    ("zone_move", "state"): "proposed",
    ("supply_entry", "kind"): "received",
    ("wording_trial", "metric"): "answered",
    ("guidance", "kind"): "drug",
    ("contact_point", "kind"): "email",
    ("contact_point", "state"): "ok",
    ("contact_point", "verified_by"): "code",
    ("message_consent", "kind"): "email",
    ("message_consent", "topic"): "alarms",
    ("integration", "reach"): "checkups",
    ("integration", "person_role"): "clinician",
    ("record_item", "outcome"): "taken",
    ("record_conflict", "state"): "taken_over",
    ("cds_feedback", "outcome"): "accepted",
    ("suggestion", "put_off_code"): "other",
    ("review", "code"): "other",
    ("second_opinion", "proposer_role"): "clinician",
    ("second_opinion", "ended_how"): "signed",
    ("second_opinion", "ended_by"): 2,
    ("second_opinion", "ender_role"): "clinician",
    ("absence", "cover_id"): 2,
    ("invitation", "purpose"): "invitation",
    ("emergency_access", "reason"): "other",
    ("care_ending", "reason"): "moved",
    ("absence", "cover_role"): "clinician",
    ("suggestion_told", "kind"): "waits",
    ("reported", "what"): "ill",
    ("reported", "ended_as"): "over",
    ("task_notice", "turn"): "team",
    ("shadow_run", "action"): "increase",
    ("rule_suspension", "lifter_role"): "clinician",
    ("care_plan_line", "kind"): "step",
    ("care_plan_line", "state"): "done",
    ("tip_review", "reviewer_role"): "clinician",
    ("tip_entry", "arm"): "sent",
    ("tip_chosen", "arm"): "sent",
    ("tip_chosen", "answer"): "useful",
    ("survey_round", "closes_at"): datetime(2026, 4, 4, tzinfo=UTC),
    ("experiment", "place"): "tip_page",
    ("experiment", "metric"): "opened",
    ("checkup", "format"): "pdf",
    ("checkup_value", "state"): "confirmed",
    ("point_transfer", "from_account"): "issued",
    ("point_transfer", "to_account"): "patient",
    ("board_post", "state"): "released",
    ("board_report", "reason"): "danger",
    ("conversation", "subject"): "medicines",
    ("conversation", "channel"): "page",
    ("conversation", "state"): "closed",
    ("conversation_line", "said_by"): "patient",
    ("guide", "about"): "drug",
    ("guide", "topic"): "general",
    ("staff_specialty", "role"): "clinician",
    ("staff_specialty", "specialty"): "heart",
    ("guide_review", "reviewer_id"): 2,
    ("guide_review", "reviewer_role"): "clinician",
    ("medicine_order", "state"): "placed",
    ("order_event", "event"): "sent",
    ("pharmacy_area", "urgent_hours"): 4,
    ("pharmacy_area", "usual_hours"): 48,
    ("uploaded_file", "preview"): "",  # sealed JSON, which may be nothing; a word would be none
    ("record_conflict", "told"): "",
    ("data_key", "wrapped"): None,  # destroyed: while there is a key, the way down is refused
}
"""What the checks of the tables ask for; everything else may be anything of its type."""

ANYTHING: tuple[tuple[type[TypeEngine[Any]], Any], ...] = (
    (UtcDateTime, datetime(2026, 3, 4, 9, 30, tzinfo=UTC)),
    (DecimalText, Decimal(1)),
    (JSON, {}),
    (Boolean, True),
    (Date, date(2026, 3, 4)),
    (LargeBinary, b"x" * 16),
    (Integer, 1),
    (Double, 1.0),
    (SealedText, ""),  # sealed under a key, while which is there the way down is refused
    (String, "x"),
)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'companion.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    engine = make_engine(postgresql_url)
    yield engine
    downgrade(engine, "base")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """An empty database of each kind."""
    empty: Engine = request.getfixturevalue(request.param)
    return empty


def value_for(column: Column[Any]) -> Any:
    """Something of the column's type; ids and what they point to are all 1."""
    if (column.table.name, column.name) in CHOSEN:
        return CHOSEN[column.table.name, column.name]
    if column.name == "clinician_role":
        return "clinician"
    if isinstance(column.type, SealedText):
        return from_before(column, "somebody")
    return next(value for kind, value in ANYTHING if isinstance(column.type, kind))


def fill(engine: Engine) -> None:
    """One row in every table (two people), parents before their children."""
    deferred = {"review_id", "review_decision", "dose_id", "withdrawal_id"}
    with engine.begin() as connection:
        person: Table = Base.metadata.tables["person"]
        for number in (1, 2):
            connection.execute(person.insert().values(row_of(person) | unique(number)))
        for table in in_order():
            late = {name for name in deferred & set(table.columns.keys()) if table.columns[name].nullable}
            plain = row_of(table) | ({"purpose": "reminder"} if table.name == "message" else {})
            connection.execute(table.insert().values({k: v for k, v in plain.items() if k not in late}))


def row_of(table: Table) -> dict[str, Any]:
    return {column.name: value_for(column) for column in table.columns}


def unique(number: int) -> dict[str, Any]:
    return {"id": number, "public_id": f"p{number}", "login": f"p{number}", "phone": None}


def in_order() -> list[Table]:
    """Every table but `person`, so that each comes after those it must point to."""
    waiting = {name: table for name, table in Base.metadata.tables.items() if name != "person"}
    done, ordered = {"person"}, []
    while waiting:
        ready = sorted(n for n, t in waiting.items() if needed_by(t) <= done | {n})
        assert ready, f"these tables point to one another: {sorted(waiting)}"
        for name in ready:
            ordered.append(waiting.pop(name))
            done.add(name)
    return ordered


def needed_by(table: Table) -> set[str]:
    """The tables it cannot be without."""
    return {key.column.table.name for column in table.columns if not column.nullable for key in column.foreign_keys}


def join_the_ends(engine: Engine) -> None:
    """The pointers that go round in a circle: a message and a revision by a review, an alert about a dose."""
    message, alert = (Base.metadata.tables[name] for name in ("message", "alert"))
    with engine.begin() as connection:
        bound = {"review_id": 1, "review_decision": "approved", "withdrawal_id": 1}
        connection.execute(message.update().values(purpose="withdrawal", **bound))
        connection.execute(Base.metadata.tables["regimen_revision"].update().values(withdrawal_id=1))
        connection.execute(alert.update().values(dose_id=1))


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.scalars(select(func.count()).select_from(table)).one()
            for name, table in Base.metadata.tables.items()
        }


def test_the_models_and_the_migrations_describe_one_schema(engine: Engine) -> None:
    upgrade(engine)

    command.check(config_for(engine))


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    fill(engine)

    upgrade(engine)

    assert min(counts(engine).values()) == 1


def test_a_full_database_goes_down_to_nothing_and_up_again(engine: Engine) -> None:
    upgrade(engine)
    fill(engine)
    join_the_ends(engine)
    full = counts(engine)

    downgrade(engine, "base")
    left = set(inspect(engine).get_table_names()) - {"alembic_version"}
    upgrade(engine)

    assert min(full.values()) == 1
    assert left == set()
    assert set(counts(engine).values()) == {0}
    command.check(config_for(engine))


def test_a_schema_built_by_the_models_has_the_same_tables_and_columns(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    migrated = MetaData()
    with engine.connect() as connection:
        parts = partitions(connection)
    migrated.reflect(engine, only=lambda name, _: name not in parts)

    built = {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}

    assert {n: set(t.columns.keys()) for n, t in migrated.tables.items() if n != "alembic_version"} == built
