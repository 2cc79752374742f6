"""The audit is looked through a page at a time, and checked once a day; on both engines."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from companion.care.audit import READS_HASHED, note, use_keys
from companion.care.audit_checkups import check_daily, newest_checkup
from companion.care.audit_keys import KeyRing
from companion.care.audit_lookup import Wanted, acts, fault_of, last_number, looks, one_act
from companion.care.read_log import note_reads
from companion.db import Base, make_engine, reading, writing

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def engine(database: str, tmp_path: Path) -> Iterator[Engine]:
    """Six entries an hour apart, one of them about reads; and three looks."""
    engine = make_engine(database)
    names = ("audit_entry", "audit_anchor", "audit_checkup", "read_log")
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in names])
    use_keys(engine, KeyRing(tmp_path / "audit.key"))
    for hour, action in enumerate(("seen", "signed", READS_HASHED, "seen", "signed", "seen")):
        with writing(engine) as session:
            patient = f"pa_{hour % 2}"
            note(session, actor=f"cl_{hour % 3}", action=action, now=NOW + timedelta(hours=hour), patient=patient)
    for who in ("cl_1", "cl_2", "cl_1"):
        note_reads(engine, who=who, patients=["pa_1"], kind="see_readings", route="x", now=NOW)
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [6, 5, 4, 2, 1]),
        (Wanted(with_hashes=True), [6, 5, 4, 3, 2, 1]),
        (Wanted(kind=READS_HASHED), [3]),
        (Wanted(who="cl_0"), [4, 1]),
        (Wanted(patient="pa_1"), [6, 4, 2]),
        (Wanted(kind="seen", patient="pa_0"), [1]),
        (Wanted(since=NOW + timedelta(hours=1), until=NOW + timedelta(hours=4)), [4, 2]),
    ],
)
def test_entries_are_found_by_what_is_wanted_of_them(engine: Engine, wanted: Wanted, found: list[int]) -> None:
    with reading(engine) as session:
        assert [entry.id for entry in acts(session, wanted)] == found


def test_a_page_begins_before_a_number_and_is_not_longer_than_asked(engine: Engine) -> None:
    with reading(engine) as session:
        page = [entry.id for entry in acts(session, Wanted(), before=5, limit=2)]
        shown = [row.id for row in looks(session, Wanted(who="cl_1"), before=3, limit=5)]

    assert page == [4, 2]
    assert shown == [1]


def test_a_single_entry_is_checked_with_its_link_to_the_one_before(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET actor = 'cl_9' WHERE id = 2"))

    with reading(engine) as session:
        entries = [one_act(session, number) for number in (1, 2, 3)]
        faults = [fault_of(session, entry) for entry in entries if entry]
        assert one_act(session, 99) is None

    assert [bool(fault) for fault in faults] == [False, True, False]


def test_the_audit_is_checked_once_a_day_and_what_was_found_is_kept(engine: Engine) -> None:
    first, again = check_daily(engine, [], NOW), check_daily(engine, [], NOW + timedelta(hours=1))
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET actor = 'cl_9' WHERE id = 2"))
    next_day = check_daily(engine, [], NOW + timedelta(days=1))

    with reading(engine) as session:
        checkup = newest_checkup(session)
        assert last_number(session) == 6
    assert checkup is not None
    assert (first, again, next_day) == (True, False, True)
    assert (checkup.holds, checkup.last_entry, checkup.entries) == (False, 6, 6)
    assert checkup.first_wrong is not None
    assert checkup.first_wrong <= 3
