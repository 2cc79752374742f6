"""`companion bench`: our speed, each figure beside its baseline in the same run."""

import tempfile
from importlib import import_module
from pathlib import Path

import click

from companion.benches.figure import Figure
from companion.benches.machine import machine
from companion.benches.table import Measured, amount, asked, page
from companion.cli.common import print_json
from companion.clock import system_clock

NAMES = (
    "intake", "store", "group_commit", "influx", "decode", "download", "sweep", "scheduler", "planning", "hub_memory",
    "uploads", "figures", "assessments", "growth", "read_log", "audit", "sealing", "web_push", "deliveries", "killed",
    "pages", "programme",
)  # fmt: skip
"""Each is a module of `companion.benches` with `measure(folder) -> list[Figure]`, imported when it is asked for."""


@click.command()
@click.argument("name", type=click.Choice([*NAMES, "all"]), default="all")
@click.option("--json", "wants_json", is_flag=True, help="One JSON object a figure.")
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Keep the tables on this page, too.")
def command(name: str, wants_json: bool, write: Path | None) -> None:
    """Measure NAME. Nothing is promised of the figures themselves: machines differ."""
    if not wants_json:
        click.echo(f"{'what':46} {'ours':>14} {'baseline':>14} {'ratio':>8} {'target':>9}")
    measured = []
    for chosen in NAMES if name == "all" else (name,):
        measured.append(_measured(chosen))
        for figure in measured[-1].figures:
            _say(figure, wants_json)
    if write:
        before = write.read_text(encoding="utf-8") if write.exists() else ""
        write.write_text(page(measured, NAMES, before), encoding="utf-8")


def _measured(name: str) -> Measured:
    module = import_module(f"companion.benches.{name}")
    with tempfile.TemporaryDirectory() as folder:
        figures = module.measure(Path(folder))
    return Measured(name, module.measure.__doc__, figures, machine(), system_clock().date())


def _say(figure: Figure, wants_json: bool) -> None:
    if wants_json:
        print_json({**vars(figure), "ratio": figure.ratio})
        return
    click.echo(
        f"{figure.name:46} {amount(figure.ours):>12}{figure.per} {amount(figure.baseline):>12}{figure.per} "
        f"{figure.ratio:>8.2f} {asked(figure):>9}"
    )
    click.echo(f"  {figure.unit}; baseline: {figure.baseline_name}")
