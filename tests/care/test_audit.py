"""The chain of the audit, with several who write at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from companion.care.audit import AuditEntry, broken_entries, note
from companion.db import make_engine, reading, writing
from tests.servers import own_database

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
WRITERS, EACH = 4, 15


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'companion.db'}"


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[str]:
    with own_database(postgresql_url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    engine = make_engine(request.getfixturevalue(request.param))
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
