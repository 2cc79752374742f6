"""The chain of the audit under a key: what is noted holds together, on both engines, and by several at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, select

from companion.care.audit import SEALED, AuditEntry, broken_entries, note, use_keys
from companion.care.audit_chain import FIRST, Entry, plain_hash
from companion.care.audit_keys import KeyRing
from companion.db import Base, make_engine, reading, writing
from companion.errors import BadInput

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
WRITERS, EACH = 4, 15


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "audit.key")


@pytest.fixture
def engine(database: str, keys: KeyRing) -> Iterator[Engine]:
    engine = make_engine(database)
    Base.metadata.create_all(engine, tables=[Base.metadata.tables["audit_entry"]])
    use_keys(engine, keys)
    yield engine
    engine.dispose()


def noted(engine: Engine, action: str = "looked", *, roll_back: bool = False) -> None:
    with writing(engine) as session:
        note(session, actor="pe_1", action=action, now=NOW, patient="pa_1", kind="x")
        if roll_back:
            session.rollback()


def all_of(engine: Engine) -> list[AuditEntry]:
    with reading(engine) as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def broken(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return list(broken_entries(session))


def add_without_key(engine: Engine, entries: int = 2) -> None:
    """As a version before keys noted them."""
    previous = FIRST
    with writing(engine) as session:
        for number in range(1, entries + 1):
            entry = Entry(number, NOW, "pe_0", "old", None, {}, previous, hash="", key_id=None)
            previous = plain_hash(entry)
            session.add(AuditEntry(**entry._replace(hash=previous)._asdict()))


def test_who_writes_at_once_follows_one_after_the_other_without_a_gap(engine: Engine) -> None:
    together = Barrier(WRITERS)

    def write(writer: int) -> None:
        together.wait()
        for number in range(EACH):
            noted(engine, f"{writer}", roll_back=number % 5 == 0)

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, range(WRITERS)))

    assert [entry.id for entry in all_of(engine)] == list(range(1, WRITERS * (EACH - 3) + 1))
    assert broken(engine) == []


def test_the_same_act_under_another_key_has_another_hash(engine: Engine, tmp_path: Path) -> None:
    noted(engine)
    mine = all_of(engine)[0]

    use_keys(engine, KeyRing(tmp_path / "other.key"))

    assert mine.key_id is not None
    assert broken(engine) == [1]


def test_entries_from_before_the_key_stay_and_the_first_keyed_one_seals_them(engine: Engine) -> None:
    add_without_key(engine)

    noted(engine)

    assert [(entry.id, entry.action, entry.key_id is None) for entry in all_of(engine)] == [
        (1, "old", True), (2, "old", True), (3, SEALED, False), (4, "looked", False),
    ]  # fmt: skip
    assert all_of(engine)[2].details == {"entries": 2}
    assert broken(engine) == []


def test_a_history_put_in_place_of_the_sealed_one_is_not_sealed_again(engine: Engine) -> None:
    noted(engine)
    with writing(engine) as session:
        session.delete(session.get_one(AuditEntry, 1))
    add_without_key(engine)

    with pytest.raises(BadInput, match="not those after which its keys began"):
        noted(engine)


def test_a_chain_does_not_go_on_under_keys_that_do_not_know_its_end(engine: Engine, tmp_path: Path) -> None:
    noted(engine)

    use_keys(engine, KeyRing(tmp_path / "other.key"))

    with pytest.raises(BadInput, match="the key of its last entry is not here"):
        noted(engine)


def test_a_new_key_makes_the_entries_to_come_and_the_old_ones_still_hold(engine: Engine, keys: KeyRing) -> None:
    noted(engine)
    keys.add()

    noted(engine)

    assert len({entry.key_id for entry in all_of(engine)}) == 2
    assert broken(engine) == []


def test_a_key_that_another_process_added_is_found(engine: Engine, tmp_path: Path) -> None:
    noted(engine)
    elsewhere = make_engine(engine.url.render_as_string(hide_password=False))
    use_keys(elsewhere, other := KeyRing(tmp_path / "audit.key"))
    other.add()
    noted(elsewhere)

    noted(engine)

    assert broken(engine) == []
    elsewhere.dispose()


def test_an_entry_keeps_its_instant_as_every_engine_does(engine: Engine) -> None:
    with writing(engine) as session:
        note(session, actor="pe_1", action="looked", now=NOW + timedelta(microseconds=1234))

    assert all_of(engine)[0].at == NOW + timedelta(milliseconds=1)
    assert broken(engine) == []
