"""Figures as docs/benchmarks.md shows them."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from companion.benches.figure import Figure

_HEAD = """\
# Benchmarks

Made by `companion bench all --write docs/benchmarks.md` (`make bench`); do not edit. Each figure stands beside
its baseline in the same run, in turns: trust the ratio, machines differ.
Hundreds of people at once, half an hour for the memory, and a day of larger clinics: [under load](load.md).
"""
_SECTION = re.compile(r"^## ", re.MULTILINE)
_COLUMNS = "| what | ours | baseline | ratio | asked | holds |\n|---|--:|--:|--:|--:|:-:|"


class Measured(NamedTuple):
    """One benchmark: its name, what it measures in words, its figures, and where and when."""

    name: str
    told: str
    figures: Sequence[Figure]
    machine: str
    on: date


def page(benchmarks: Iterable[Measured], names: Sequence[str], before: str = "") -> str:
    """The whole page, the benchmarks in the order of `names`; those not measured stay as they were told before."""
    sections = {section.partition("\n")[0]: f"## {section.rstrip()}\n" for section in _SECTION.split(before)[1:]}
    sections |= {benchmark.name: _section(benchmark) for benchmark in benchmarks}
    return "\n".join([_HEAD, *(sections[name] for name in names if name in sections)])


def amount(value: float) -> str:
    """Three digits at least: 0.452, 17.8, 1,234."""
    places = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{places}f}"


def asked(figure: Figure) -> str:
    """What the ratio must reach, or what ours may be at most; "none" where nothing is asked for."""
    if figure.at_most is not None:
        return f"≤ {figure.at_most:g}{figure.per}"
    return f"≥ {figure.target:.2g}" if figure.target else "none"


def _section(benchmark: Measured) -> str:
    name, told, figures, machine, on = benchmark
    rows = "\n".join(map(_row, figures))
    return f"## {name}\n\n{' '.join(told.split())}\n\nOn {on.isoformat()}: {machine}.\n\n{_COLUMNS}\n{rows}\n"


def _row(figure: Figure) -> str:
    cells = (
        f"{figure.name.strip()} ({figure.unit}); baseline: {figure.baseline_name}",
        amount(figure.ours) + figure.per,
        amount(figure.baseline) + figure.per,
        f"{figure.ratio:.2f}",
        asked(figure),
        {True: "yes", False: "**no**", None: ""}[figure.holds],
    )
    return f"| {' | '.join(cells)} |"
