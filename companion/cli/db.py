"""`companion db`: the schema, and the move of the records to another engine."""

from datetime import timedelta

import click
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError

from companion.cli.common import print_json
from companion.cli.stores import store_name
from companion.clock import system_clock
from companion.db import make_engine
from companion.errors import BadInput
from companion.jobs import seconds_since_beat
from companion.settings import load_settings

SQL = ("sqlite", "postgresql")
STILL_BEATS = timedelta(minutes=1)
"""After the last beat a jobs process counts as running."""


@click.group()
def command() -> None:
    """The database of the records."""


@command.command()
@click.option("--revision", default="head", show_default=True)
def upgrade(revision: str) -> None:
    """Brings the schema up to date; safe to call at every start.

    A schema that the next version made is left as it is: this version runs on it (docs/upgrading.md).
    """
    from companion.migrations import newer_revision  # Alembic is heavy; only this command needs it
    from companion.migrations import upgrade as run

    engine = make_engine(load_settings().database_url)
    if (newer := newer_revision(engine)) is None:
        run(engine, revision)
    else:
        click.echo(f"the schema is {newer}, of a newer version: left as it is", err=True)


@command.command()
@click.argument("revision")
@click.option("--lose", is_flag=True, help="Go on although something will be lost.")
def downgrade(revision: str, lose: bool) -> None:
    """Takes the schema back to REVISION. Refuses where anything would be lost; make a backup first in any case."""
    from companion.migrations.going_back import go_back

    go_back(make_engine(load_settings().database_url), revision, may_lose=lose)


@command.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: rows and digest of each table.")
def copy(source: str, target: str, as_json: bool) -> None:
    """Copy the records of FROM into the empty database TO, and prove it: all of it, or nothing.

    Both are URLs as COMPANION_DATABASE_URL takes them. Stop the service before. Readings are moved by `companion
    readings copy`; docs/deploy.md tells the order.
    """
    from companion.migrations.copying import copy_records

    if store_name(source, "FROM", SQL) == store_name(target, "TO", SQL):
        raise BadInput("is the same database as FROM", where="TO", advice="name the database to move to")
    try:
        old = make_engine(source)
        _refuse_while_beating(old)
        proofs = copy_records(old, make_engine(target))
    except DBAPIError as error:
        said = str(error.orig).splitlines()[0]
        raise BadInput(said, where="database", advice="nothing was copied") from None
    if as_json:
        print_json({name: proof._asdict() for name, proof in proofs.items()})
    else:
        click.echo(
            f"{sum(proof.rows for proof in proofs.values())} rows of {len(proofs)} tables, compared and the same"
        )


def _refuse_while_beating(engine: Engine) -> None:
    if inspect(engine).has_table("heartbeat"):
        age = seconds_since_beat(engine, system_clock())
        if age is not None and age < STILL_BEATS.total_seconds():
            advice = "stop web and jobs, wait a minute, and start again"
            raise BadInput("its jobs process still runs", where="FROM", advice=advice)
