"""`companion db`: bring the schema to the version of this software."""

import click

from companion.db import make_engine
from companion.settings import load_settings


@click.group()
def command() -> None:
    """The database's schema."""


@command.command()
@click.option("--revision", default="head", show_default=True)
def upgrade(revision: str) -> None:
    """Brings the schema up to date; safe to call at every start."""
    from companion.migrations import upgrade as run  # Alembic is heavy; only this command needs it

    run(make_engine(load_settings().database_url), revision)


@command.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Takes the schema back to REVISION. Data of what is taken away is lost: make a backup first."""
    from companion.migrations import downgrade as run

    run(make_engine(load_settings().database_url), revision)
