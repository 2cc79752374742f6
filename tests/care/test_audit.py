"""The chain of the audit, with several who write at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from companion.care.audit import AuditEntry, broken_entries, note
from companion.db import make_engine, reading, writing

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
WRITERS, EACH = 4, 15


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = make_engine(database)
    AuditEntry.metadata.create_all(engine, tables=[AuditEntry.metadata.tables["audit_entry"]])
    yield engine
    engine.dispose()


def test_who_writes_at_once_follows_one_after_the_other(engine: Engine) -> None:
    together = Barrier(WRITERS)

    def write(actor: int) -> None:
        together.wait()
        for number in range(EACH):
            with writing(engine) as session:
                note(session, actor=f"pe_{actor}", action="looked", now=NOW, number=number)

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, range(WRITERS)))

    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == WRITERS * EACH
        assert list(broken_entries(session)) == []
