"""No table is forgotten when somebody is erased."""

from companion.care.due_work import WorkKind
from companion.db import Base
from companion.erasing.plan import DELETED, DUE_KINDS, EMPTIED, IN_THE_STORE, KEPT, OF_NOBODY
from companion.migrations import upgrade

assert upgrade, "importing the migrations makes every model known"


def test_every_table_has_its_fate_in_the_plan() -> None:
    deleted = {each.table for each in DELETED}

    told = deleted | KEPT.keys() | IN_THE_STORE | OF_NOBODY

    forgotten = Base.metadata.tables.keys() - told
    assert not forgotten, f"say in companion/erasing/plan.py what becomes of {sorted(forgotten)}"
    assert told <= Base.metadata.tables.keys()


def test_only_what_is_kept_is_emptied() -> None:
    assert {each.table for each in EMPTIED} <= KEPT.keys()


def test_only_suggestions_and_what_hangs_on_them_are_both_deleted_and_kept() -> None:
    both = {each.table for each in DELETED} & KEPT.keys()

    assert both == {"suggestion", "second_opinion"}


def test_what_points_to_another_row_is_deleted_before_it() -> None:
    order = {each.table: place for place, each in enumerate(DELETED)}

    late = [
        (name, key.column.table.name)
        for name in order
        for key in Base.metadata.tables[name].foreign_keys
        if order.get(key.column.table.name, len(DELETED)) < order[name]
    ]

    assert late == []


def test_every_column_that_is_emptied_exists() -> None:
    for each in EMPTIED:
        assert each.columns.keys() <= set(Base.metadata.tables[each.table].columns.keys())


def test_every_kind_of_due_work_is_in_the_plan() -> None:
    assert set(WorkKind) == DUE_KINDS
