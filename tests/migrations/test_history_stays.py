"""What was noted as history can neither be deleted nor rewritten, on every database a clinic may run."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from companion.db import Base, make_engine
from companion.migrations import upgrade
from tests.migrations.test_migrations import fill
from tests.servers import own_database

HISTORY = (
    "audit_entry",
    "audit_anchor",
    "read_log",
    "review",
    "withdrawal",
    "change_answer",
    "dose_event",
    "delivery_event",
    "regimen_revision",
    "supply_entry",
    "exposure",
    "guidance",
    "guidance_review",
    "instruction",
    "instruction_signature",
    "message_consent",
    "pharmacy_consent",
    "second_opinion",
    "protocol_signature",
    "signature_withdrawal",
)
REWRITTEN: dict[str, dict[str, Any]] = {
    "regimen_revision": {"amount": Decimal(9)},
    "guidance": {"source": "me"},
    "withdrawal": {"code": "y"},
    "instruction": {"patient_en": "y"},
}
"""Else it is the row's number that somebody would like to be another."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """With a row in every table. One for all tables: what is refused changes nothing."""
    if request.param == "sqlite":
        yield from _filled(f"sqlite:///{tmp_path_factory.mktemp('history') / 'companion.db'}")
    else:
        with own_database(request.getfixturevalue("postgresql_url")) as url:
            yield from _filled(url)


def _filled(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    upgrade(engine)
    fill(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("table", HISTORY)
def test_history_can_neither_be_deleted_nor_rewritten(engine: Engine, table: str) -> None:
    rows = Base.metadata.tables[table]

    with pytest.raises(DatabaseError, match="is history"), engine.begin() as connection:
        connection.execute(rows.delete())
    with pytest.raises(DatabaseError, match="is history"), engine.begin() as connection:
        connection.execute(rows.update().values(REWRITTEN.get(table, {"id": 9})))
