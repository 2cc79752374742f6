"""Whatever is done to the audit behind its back is found, and the first wrong entry is named; on both engines."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, text

from companion.care.anchor import Anchor, public_key_of, sign
from companion.care.anchors import anchor_of
from companion.care.audit import AuditEntry, note, use_keys
from companion.care.audit_chain import FIRST, Entry, plain_hash
from companion.care.audit_check import Report, check
from companion.care.audit_keys import KeyRing
from companion.care.read_log import hash_reads, note_reads
from companion.db import Base, make_engine, reading, writing

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
SIGNER = Ed25519PrivateKey.generate()
OURS = {public_key_of(SIGNER)}


@pytest.fixture
def engine(database: str, tmp_path: Path) -> Iterator[Engine]:
    """Five entries and four reads, without the triggers: whoever owns a database can drop them."""
    engine = make_engine(database)
    names = ("audit_entry", "audit_anchor", "read_log")
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in names])
    use_keys(engine, KeyRing(tmp_path / "audit.key"))
    act(engine, "first")
    act(engine, "second")
    look(engine, "pa_1", "pa_2", "pa_3")
    hash_reads(engine, NOW)
    act(engine, "fourth")
    act(engine, "fifth")
    look(engine, "pa_1")
    yield engine
    engine.dispose()


def act(engine: Engine, action: str) -> None:
    with writing(engine) as session:
        note(session, actor="cl_1", action=action, now=NOW, patient="pa_1", amount="12")


def look(engine: Engine, *patients: str) -> None:
    note_reads(engine, who="cl_1", patients=patients, kind="see_readings", route="x", now=NOW)


def checked(engine: Engine, *anchors: Anchor) -> Report:
    with reading(engine) as session:
        return check(session, [("elsewhere", anchor) for anchor in anchors], OURS)


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def anchored(engine: Engine) -> Anchor:
    with writing(engine) as session:
        anchor = anchor_of(session, SIGNER, NOW)
    assert anchor is not None
    return anchor


def test_what_nobody_touched_is_whole(engine: Engine) -> None:
    report = checked(engine, anchored(engine))

    assert (report.entries, report.reads, report.unhashed, report.anchors) == (5, 3, 1, 1)
    assert report.faults == []


CHANGES: dict[str, tuple[str, int]] = {
    "at": ("UPDATE audit_entry SET at = (SELECT min(made) FROM other) WHERE id = 2", 2),
    "actor": ("UPDATE audit_entry SET actor = 'cl_2' WHERE id = 2", 2),
    "action": ("UPDATE audit_entry SET action = 'nothing' WHERE id = 2", 2),
    "patient": ("UPDATE audit_entry SET patient = NULL WHERE id = 2", 2),
    "details": ('UPDATE audit_entry SET details = \'{"amount": "13"}\' WHERE id = 2', 2),
    "previous_hash": (f"UPDATE audit_entry SET previous_hash = '{'1' * 64}' WHERE id = 2", 2),
    "hash": (f"UPDATE audit_entry SET hash = '{'1' * 64}' WHERE id = 2", 2),
    "key_id": ("UPDATE audit_entry SET key_id = 'other' WHERE id = 2", 2),
    "no key_id": ("UPDATE audit_entry SET key_id = NULL WHERE id = 2", 2),
    "the last number": ("UPDATE audit_entry SET id = 9 WHERE id = 5", 9),
    "taken out": ("DELETE FROM audit_entry WHERE id = 2", 3),
    "the first taken out": ("DELETE FROM audit_entry WHERE id = 1", 2),
    "a read": ("UPDATE read_log SET patient = 'pa_9' WHERE id = 2", 3),
    "when it was read": ("UPDATE read_log SET at = (SELECT min(made) FROM other) WHERE id = 2", 3),
    "who read": ("UPDATE read_log SET who = 'cl_9' WHERE id = 2", 3),
    "what was read": ("UPDATE read_log SET kind = 'x' WHERE id = 2", 3),
    "by which way": ("UPDATE read_log SET route = 'y' WHERE id = 2", 3),
    "a read taken out": ("DELETE FROM read_log WHERE id = 3", 3),
    "all reads taken out": ("DELETE FROM read_log", 3),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_found_at_its_entry(engine: Engine, change: str) -> None:
    statement, entry = CHANGES[change]
    an_instant = "1" if engine.dialect.name == "sqlite" else "timestamptz '2026-01-01 00:00:00.000001Z'"
    run(engine, f"CREATE TABLE other AS SELECT {an_instant} AS made", statement)

    report = checked(engine)

    assert report.first is not None
    assert report.first.entry == entry


def test_two_that_changed_places_are_found(engine: Engine) -> None:
    run(
        engine,
        "UPDATE audit_entry SET id = -1 WHERE id = 1",
        "UPDATE audit_entry SET id = 1 WHERE id = 2",
        "UPDATE audit_entry SET id = 2 WHERE id = -1",
    )

    report = checked(engine)

    assert sorted({fault.entry for fault in report.faults}) == [1, 2, 3]


def test_what_cannot_be_read_any_more_is_a_fault_and_no_crash(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        run(
            engine,
            "UPDATE audit_entry SET at = 'soon', details = 'no json', actor = x'00' WHERE id = 2",
            "UPDATE read_log SET at = 'soon' WHERE id = 1",
        )
    else:
        run(engine, "UPDATE audit_entry SET details = '[1]' WHERE id = 2", "DELETE FROM read_log WHERE id = 1")

    report = checked(engine)

    assert sorted(fault.entry for fault in report.faults) == [2, 3]


def test_who_has_the_database_and_another_key_forges_nothing(engine: Engine, tmp_path: Path) -> None:
    ours, theirs = KeyRing(tmp_path / "audit.key"), KeyRing(tmp_path / "theirs.key")
    run(engine, "DELETE FROM audit_entry WHERE id >= 4")
    theirs.begin_after(_head(engine))
    use_keys(engine, theirs)
    act(engine, "forged")

    use_keys(engine, ours)
    report = checked(engine)

    assert [(fault.entry, fault.what) for fault in report.faults] == [(4, "was made with a key that is not here")]


def _head(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT hash FROM audit_entry ORDER BY id DESC LIMIT 1")))


def test_an_entry_under_the_name_of_the_right_key_but_made_without_it_is_found(engine: Engine) -> None:
    columns = "at, actor, patient, key_id"
    run(
        engine,
        f"INSERT INTO audit_entry (id, action, details, previous_hash, hash, {columns}) "
        f"SELECT 6, 'forged', '{{}}', hash, '{'2' * 64}', {columns} FROM audit_entry WHERE id = 5",
    )

    report = checked(engine)

    assert [fault.entry for fault in report.faults] == [6]


def test_an_end_that_was_cut_off_is_missed_by_an_anchor_and_by_nothing_else(engine: Engine) -> None:
    anchor = anchored(engine)
    run(engine, "DELETE FROM audit_entry WHERE id >= 4")

    without, with_it = checked(engine), checked(engine, anchor)

    assert without.faults == []
    assert [(fault.entry, fault.what) for fault in with_it.faults] == [
        (4, "is missing: elsewhere knows entries up to 5")
    ]


def test_an_end_that_was_cut_off_and_written_anew_with_the_key_is_found_by_an_anchor(engine: Engine) -> None:
    anchor = anchored(engine)
    run(engine, "DELETE FROM audit_entry WHERE id >= 4")
    act(engine, "fourth, otherwise")
    act(engine, "fifth")

    report = checked(engine, anchor)

    assert report.first is not None
    assert report.first.entry == 5


def test_a_history_without_a_key_in_the_place_of_the_keyed_one_is_not_taken_for_an_old_one(engine: Engine) -> None:
    run(engine, "DELETE FROM audit_entry")
    forged = Entry(1, NOW, "cl_1", "forged", None, {}, FIRST, hash="", key_id=None)
    with writing(engine) as session:
        session.add(AuditEntry(**forged._replace(hash=plain_hash(forged))._asdict()))

    report = checked(engine)

    assert [(fault.entry, fault.what) for fault in report.faults] == [
        (1, "is not the one that was there when the keys began")
    ]


WRONG: dict[str, Callable[[Anchor], Anchor]] = {
    "changed after it was signed": lambda anchor: replace(anchor, entry=4),
    "is not the one": lambda anchor: sign(replace(anchor, head="0" * 64), SIGNER),
    "or not the 4th": lambda anchor: sign(replace(anchor, entries=4), SIGNER),
    "a key that is not ours": lambda anchor: sign(anchor, Ed25519PrivateKey.generate()),
    "was changed": lambda anchor: replace(anchor, signature="no hexadecimal"),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_anchor_that_is_not_right_is_told(engine: Engine, what: str) -> None:
    report = checked(engine, WRONG[what](anchored(engine)))

    assert report.wrong == 1
    assert what in report.faults[0].what


def test_an_anchor_of_long_ago_still_holds(engine: Engine) -> None:
    early = anchored(engine)
    act(engine, "sixth")
    hash_reads(engine, NOW + timedelta(seconds=10))

    report = checked(engine, early)

    assert (report.entries, report.reads, report.faults) == (7, 4, [])


def test_more_faults_than_anybody_reads_are_counted(engine: Engine) -> None:
    for number in range(120):
        act(engine, f"{number}")
    run(engine, "UPDATE audit_entry SET actor = 'cl_2'")

    report: Any = checked(engine)

    assert (report.wrong, len(report.faults), report.first.entry) == (125, 100, 1)
