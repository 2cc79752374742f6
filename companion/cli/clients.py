"""`companion clients`: the record systems that may ask for a clinician's patients."""

from datetime import timedelta

import click
from sqlalchemy import select

from companion.care.people import Role, get_person
from companion.care.record_clients import RecordClient, add_client, revoke_client
from companion.cli.common import ACTOR, print_json
from companion.clock import format_instant
from companion.db import reading, writing
from companion.services import build_services
from companion.settings import load_settings

LONGEST_DAYS = 3650


@click.group()
def command() -> None:
    """Record systems: each acts for one clinician, by a token that can be taken back."""


@command.command()
@click.option("--name", required=True, help="What it is called.")
@click.option("--source", required=True, metavar="URI", help="What stands for it: its identifiers are of this.")
@click.option("--clinician", required=True, metavar="ID", help="For whom it acts: it sees this clinician's patients.")
@click.option("--may-import", is_flag=True, help="It may also send records.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, LONGEST_DAYS), help="Until it is over.")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object.")
def add(name: str, source: str, clinician: str, may_import: bool, days: int, wants_json: bool) -> None:
    """Add a record system. Its token is shown this once."""
    services = build_services(load_settings())
    now = services.clock()
    with writing(services.engine) as session:
        client, token = add_client(
            session,
            name=name,
            source=source,
            clinician=get_person(session, clinician, Role.CLINICIAN),
            may_import=may_import,
            expires_at=now + timedelta(days=days),
            by=ACTOR,
            now=now,
        )
        told = _told(client) | {"token": token}
    if wants_json:
        print_json(told)
    else:
        click.echo(f"{client.public_id}: {client.name}, until {told['expires_at']}\ntoken (not shown again): {token}")


@command.command("list")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object.")
def list_clients(wants_json: bool) -> None:
    """List the record systems, those taken back included."""
    with reading(build_services(load_settings()).engine) as session:
        found = [_told(client) for client in session.scalars(select(RecordClient).order_by(RecordClient.id))]
    if wants_json:
        print_json({"clients": found})
        return
    for each in found:
        state = f"revoked {each['revoked_at']}" if each["revoked_at"] else f"until {each['expires_at']}"
        click.echo(f"{each['id']}  {each['name']}  {each['source']}  for {each['clinician']}  {state}")


@command.command()
@click.argument("client")
def revoke(client: str) -> None:
    """Take CLIENT's token back: from now on it opens nothing."""
    services = build_services(load_settings())
    with writing(services.engine) as session:
        revoke_client(session, client, by=ACTOR, now=services.clock())
    click.echo(f"{client}: revoked")


def _told(client: RecordClient) -> dict[str, object]:
    return {
        "id": client.public_id,
        "name": client.name,
        "source": client.source,
        "clinician": client.clinician.public_id,
        "may_import": client.may_import,
        "expires_at": format_instant(client.expires_at),
        "revoked_at": format_instant(client.revoked_at) if client.revoked_at else None,
    }
