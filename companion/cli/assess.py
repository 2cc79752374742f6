"""`companion assess`: what the protocols say about a case, without a database."""

from typing import Any

import click

from companion.advice.assessing.assessment import assess
from companion.advice.assessing.case_json import read
from companion.advice.grammar import registry
from companion.cli.common import answer_each_line, print_json, read_text


@click.command()
@click.argument("case")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(case: str, as_json: bool) -> None:
    """What the protocols say about CASE: a JSON file, or - for one JSON object a line on standard input."""
    if case == "-":
        answer_each_line(answer)
        return
    found = answer(read_text(case))
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(_as_text(found)))


def answer(text: str) -> dict[str, Any]:
    """One case as JSON text → the answer of the command."""
    file = read(text)
    outcome = assess(file.case, registry.load())
    return outcome.as_dict(amounts_as_text=outcome.regimen in file.text_amounts)


def _as_text(found: dict[str, Any]) -> list[str]:
    closed = [gate["id"] for gate in found["gates"] if not gate["passed"]]
    return [
        f"{found['outcome']} by {found['protocol']}, rule {found['rule'] or 'none'}",
        _change(found),
        *(f"- {reason}" for reason in found["reasons"]),
        f"closed gates: {', '.join(closed) or 'none'}",
        f"asks: {', '.join(found['asks']) or 'nothing'}",
        f"a doctor decides{' before ' + found['expires_at'] if found['expires_at'] else ''}",
    ]


def _change(found: dict[str, Any]) -> str:
    if found["to"] is None:
        return "no change"
    return f"{found['action']} of {found['regimen']}: {found['from']} to {found['to']} {found['unit']}"
