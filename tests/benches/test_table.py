"""The page of benchmarks: every one is on it, and what does not hold is seen."""

from datetime import date
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

from companion.benches.figure import Figure
from companion.benches.machine import machine
from companion.benches.table import Measured, amount, page
from companion.cli import companion
from companion.cli.bench import NAMES

PAGE = Path(__file__).parents[2] / "docs/benchmarks.md"


def figure(ours: float, baseline: float, target: float = 0.0, at_most: float | None = None) -> Figure:
    return Figure("rows read", "rows", ours, baseline, "a bare loop", target, at_most=at_most)


def told(*figures: Figure) -> list[str]:
    """The last cells of the table's rows."""
    lines = page([measured("reading", *figures)], ["reading"]).splitlines()
    return [line.split("|")[-2].strip() for line in lines if line.startswith("| rows read")]


def measured(name: str, *figures: Figure, on: date = date(2026, 3, 1)) -> Measured:
    return Measured(name, "Rows.", figures, "a machine", on)


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_is_on_the_page_with_what_it_measures(name: str) -> None:
    written = PAGE.read_text(encoding="utf-8")

    section = written.partition(f"\n## {name}\n")[2].partition("\n## ")[0]

    assert " ".join(import_module(f"companion.benches.{name}").measure.__doc__.split()) in section
    assert section.count("| yes |") + section.count("| **no** |") + section.count("|  |") >= 1


def test_a_figure_that_misses_what_is_asked_is_marked() -> None:
    verdicts = told(figure(30, 100, target=0.25), figure(20, 100, target=0.25), figure(20, 100))

    assert verdicts == ["yes", "**no**", ""]


def test_less_is_better_where_a_most_is_asked() -> None:
    verdicts = told(figure(59, 20, at_most=60), figure(61, 20, at_most=60))

    assert verdicts == ["yes", "**no**"]


@pytest.mark.parametrize(("value", "shown"), [(0.4521, "0.452"), (5.678, "5.68"), (17.84, "17.8"), (512345, "512,345")])
def test_an_amount_has_three_digits(value: float, shown: str) -> None:
    assert amount(value) == shown


def test_the_machine_is_told_in_general_words() -> None:
    said = machine()

    assert " cores, " in said
    assert "Python 3." in said
    assert "SQLite 3." in said


def test_what_is_measured_again_takes_its_own_place_alone() -> None:
    names = ["first", "second", "third"]
    before = page([measured(name, figure(1, 1)) for name in names], names)

    after = page([measured("second", figure(1, 1), on=date(2026, 4, 1))], names, before)

    assert after == page(
        [measured(name, figure(1, 1), on=date(2026, 4 if name == "second" else 3, 1)) for name in names], names
    )


def test_one_benchmark_is_written_on_a_page_of_its_own(tmp_path: Path) -> None:
    result = CliRunner().invoke(companion, ["bench", "decode", "--write", str(tmp_path / "page.md")])

    assert result.exit_code == 0
    assert "| decoding 0x2A18 (records); baseline: struct.unpack alone |" in (tmp_path / "page.md").read_text("utf-8")
