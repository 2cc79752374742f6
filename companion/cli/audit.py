"""`companion audit`: whether the record of who did what is whole."""

import click
from sqlalchemy import func, select

from companion.care.audit import AuditEntry, broken_entries
from companion.cli.common import print_json
from companion.cli.records import records
from companion.db import reading
from companion.errors import BadInput


@click.group()
def command() -> None:
    """Who did what to whom, when."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(as_json: bool) -> None:
    """Check every entry and its link to the one before. Exit 1 when one does not hold."""
    with reading(records()) as session:
        entries = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        broken = list(broken_entries(session))
    if as_json:
        print_json({"entries": entries, "broken": broken})
        if broken:
            raise click.exceptions.Exit(1)
    elif broken:
        raise BadInput(
            f"{len(broken)} of {entries} entries do not hold, the first is number {broken[0]}",
            where="audit",
            advice="compare with a backup; somebody or something changed the table",
        )
    else:
        click.echo(f"{entries} entries, all whole")
