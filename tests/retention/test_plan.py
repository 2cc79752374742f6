"""Every table has its time, in the plan and in the document, and what must stay is in no sweep."""

import re
from datetime import timedelta
from pathlib import Path

from companion.db import Base
from companion.migrations import upgrade
from companion.retention.plan import KEPT, SWEPT

assert upgrade, "importing the migrations makes every model known"

PAGE = Path(__file__).parents[2] / "docs" / "retention.md"
NEVER = {
    "reading", "reading_identity", "amendment", "annulment", "review", "suggestion", "regimen_revision", "dose",
    "dose_event", "message", "audit_entry", "audit_anchor", "read_log", "care_link", "message_consent", "erasure",
}  # fmt: skip


def rows() -> dict[str, str]:
    """Of the document: how long each table is kept, by its name."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 4:
            found |= dict.fromkeys(re.findall(r"`(\w+)`", cells[0]), cells[1])
    return found


def test_every_table_has_its_time_in_the_plan() -> None:
    told = KEPT.keys() | {each.table for each in SWEPT}

    assert told == Base.metadata.tables.keys(), "say in companion/retention/plan.py how long it is kept, and why"


def test_every_table_stands_in_the_document() -> None:
    assert rows().keys() == Base.metadata.tables.keys()


def test_the_document_says_the_days_of_the_plan() -> None:
    told = rows()

    days = {each.table: each.kept // timedelta(days=1) for each in SWEPT}
    assert {table: int(told[table].split()[0]) for table in days} == days


def test_readings_decisions_and_the_audit_are_never_swept() -> None:
    assert not NEVER & {each.table for each in SWEPT}
    assert KEPT.keys() >= NEVER


def test_the_plan_names_columns_that_exist() -> None:
    for each in SWEPT:
        columns = set(Base.metadata.tables[each.table].columns.keys())
        assert {"id", each.column, *each.emptied} <= columns
        assert all(Base.metadata.tables[each.table].columns[name].nullable for name in each.emptied)


def test_nothing_points_to_rows_that_are_swept() -> None:
    gone = {each.table for each in SWEPT if not each.emptied}

    pointed_to = {
        key.column.table.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
    }

    assert not gone & pointed_to
