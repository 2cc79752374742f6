"""`companion integrations`: programs that come by a token of one scope."""

from datetime import timedelta

import click
from sqlalchemy import select

from companion.care.integrations import STANDS_FOR, Integration, Reach, add_integration, revoke_integration
from companion.care.people import get_person
from companion.cli.clients import LONGEST_DAYS
from companion.cli.common import ACTOR, print_json
from companion.clock import format_instant
from companion.db import reading, writing
from companion.services import build_services
from companion.settings import load_settings


@click.group()
def command() -> None:
    """Programs of the clinic, a laboratory or a partner: each with a token of one scope, which can be taken back."""


@command.command()
@click.option("--name", required=True, help="What it is called.")
@click.option("--scope", required=True, type=click.Choice([each.value for each in Reach]), help="What it is for.")
@click.option("--person", required=True, metavar="ID", help="In whose name: checkups a clinician, else an admin.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, LONGEST_DAYS), help="Until it is over.")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object.")
def add(name: str, scope: str, person: str, days: int, wants_json: bool) -> None:
    """Add a program. Its token is shown this once."""
    services, reach = build_services(load_settings()), Reach(scope)
    now = services.clock()
    with writing(services.engine) as session:
        made, token = add_integration(
            session,
            name=name,
            reach=reach,
            person=get_person(session, person, STANDS_FOR[reach]),
            expires_at=now + timedelta(days=days),
            by=ACTOR,
            now=now,
        )
        told = _told(made) | {"token": token}
    if wants_json:
        print_json(told)
    else:
        click.echo(f"{told['id']}: {told['name']}, until {told['expires_at']}\ntoken (not shown again): {token}")


@command.command("list")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object.")
def list_integrations(wants_json: bool) -> None:
    """List the programs, those taken back included."""
    with reading(build_services(load_settings()).engine) as session:
        found = [_told(each) for each in session.scalars(select(Integration).order_by(Integration.id))]
    if wants_json:
        print_json({"integrations": found})
        return
    for each in found:
        state = f"revoked {each['revoked_at']}" if each["revoked_at"] else f"until {each['expires_at']}"
        click.echo(f"{each['id']}  {each['name']}  {each['scope']}  in the name of {each['person']}  {state}")


@command.command()
@click.argument("integration")
def revoke(integration: str) -> None:
    """Take INTEGRATION's token back: from now on it opens nothing."""
    services = build_services(load_settings())
    with writing(services.engine) as session:
        revoke_integration(session, integration, by=ACTOR, now=services.clock())
    click.echo(f"{integration}: revoked")


def _told(made: Integration) -> dict[str, object]:
    seen = made.last_seen_at
    return {
        "id": made.public_id,
        "name": made.name,
        "scope": made.reach,
        "person": made.person.public_id,
        "expires_at": format_instant(made.expires_at),
        "last_seen_at": format_instant(seen) if seen else None,
        "revoked_at": format_instant(made.revoked_at) if made.revoked_at else None,
    }
