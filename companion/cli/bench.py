"""`companion bench`: our speed, each figure beside its baseline in the same run."""

import tempfile
from importlib import import_module
from pathlib import Path

import click

from companion.benches.figure import Figure
from companion.cli.common import print_json

NAMES = (
    "intake", "store", "group_commit", "influx", "decode", "download", "sweep", "planning", "hub_memory", "uploads",
    "figures",
)  # fmt: skip
"""Each is a module of `companion.benches` with `measure(folder) -> list[Figure]`, imported when it is asked for."""


@click.command()
@click.argument("name", type=click.Choice([*NAMES, "all"]), default="all")
@click.option("--json", "wants_json", is_flag=True, help="One JSON object a figure.")
def command(name: str, wants_json: bool) -> None:
    """Measure NAME. Nothing is promised of the figures themselves: machines differ."""
    if not wants_json:
        click.echo(f"{'what':46} {'ours':>14} {'baseline':>14} {'ratio':>8} {'target':>9}")
    for chosen in NAMES if name == "all" else (name,):
        with tempfile.TemporaryDirectory() as folder:
            for figure in import_module(f"companion.benches.{chosen}").measure(Path(folder)):
                _say(figure, wants_json)


def _say(figure: Figure, wants_json: bool) -> None:
    if wants_json:
        print_json({**vars(figure), "ratio": figure.ratio})
        return
    click.echo(
        f"{figure.name:46} {figure.ours:>12,.0f}{figure.per} {figure.baseline:>12,.0f}{figure.per} "
        f"{figure.ratio:>8.2f} {_asked(figure):>9}"
    )
    click.echo(f"  {figure.unit}; baseline: {figure.baseline_name}")


def _asked(figure: Figure) -> str:
    if figure.at_most is not None:
        return f"≤ {figure.at_most:g}{figure.per}"
    return f"≥ {figure.target:g}" if figure.target else "none"
