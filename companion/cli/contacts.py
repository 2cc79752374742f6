"""`companion people contact`: by what addresses somebody is reached."""

import click
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.contact_codes import BY_CODE
from companion.care.contact_models import ContactPoint, Kind, VerifiedBy
from companion.care.contacts import add_contact, contacts_of, find_contact, remove_contact, shown_address, vouch
from companion.care.people import get_person
from companion.cli.common import ACTOR, print_json
from companion.cli.records import records
from companion.clock import system_clock
from companion.db import reading, writing
from companion.errors import BadInput
from companion.services import build_services
from companion.settings import load_settings

WIDTHS = {"id": 16, "kind": 8, "address": 24, "state": 10, "verified_by": 8}

whose = click.option("--person", required=True, metavar="ID")
which = click.option("--contact", "point_id", required=True, metavar="ID", help="As `list` tells it.")


@click.group()
def contact() -> None:
    """By what addresses somebody is reached, in their order."""


@contact.command("list")
@whose
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_contacts(person: str, as_json: bool) -> None:
    """Their addresses; of a service's or a browser's no more than its kind."""
    with reading(records()) as session:
        found = get_person(session, person)
        points = [_listed(point) for point in contacts_of(session, [found.id])[found.id]]
    if as_json:
        print_json({"contacts": points})
        return
    for point in points:
        click.echo("  ".join(f"{point[key] or '-':<{width}}" for key, width in WIDTHS.items()).rstrip())


@contact.command()
@whose
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in BY_CODE]))
@click.option("--address", required=True, help="A number with its country code, an e-mail address, an Apprise URL.")
@click.option("--label", help="What the person calls it.")
@click.option("--unproven", is_flag=True, help="Use it only after `verify`.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def add(person: str, kind: str, address: str, label: str | None, unproven: bool, as_json: bool) -> None:
    """Add an address, last in the order. Calling it says that the person has agreed to get messages there."""
    services, now = build_services(load_settings()), system_clock()
    services.ways.check(Kind(kind), address)
    by = None if unproven else VerifiedBy.CLINIC
    with writing(services.engine) as session:
        found = get_person(session, person)
        point = add_contact(session, found, Kind(kind), address, now=now, verified_by=by, label=label)
        _note(session, "added_address", person, point)
    _tell(point, as_json)


@contact.command()
@whose
@which
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(person: str, point_id: str, as_json: bool) -> None:
    """Vouch for an address. Calling it says that the clinic knows it to be the person's."""
    with writing(records()) as session:
        point = _get(session, person, point_id)
        vouch(point, VerifiedBy.CLINIC, system_clock())
        _note(session, "vouched_for_address", person, point)
    _tell(point, as_json)


@contact.command()
@whose
@which
def remove(person: str, point_id: str) -> None:
    """Send nothing there any more."""
    with writing(records()) as session:
        point = _get(session, person, point_id)
        remove_contact(session, get_person(session, person), point, system_clock())
        _note(session, "removed_address", person, point)
    click.echo(f"{point_id} removed")


def _get(session: Session, person: str, point_id: str) -> ContactPoint:
    point = find_contact(session, get_person(session, person), point_id)
    if point is None:
        raise BadInput(f"no address {point_id!r}", where=person, advice="see `companion people contact list`")
    return point


def _note(session: Session, action: str, person: str, point: ContactPoint) -> None:
    told = {"person": person, "kind": point.kind, "point": point.public_id}
    audit.note(session, actor=ACTOR, action=action, now=system_clock(), **told)


def _tell(point: ContactPoint, as_json: bool) -> None:
    if as_json:
        print_json(_listed(point))
    else:
        click.echo(f"{point.public_id}  {point.kind}  {point.state}")


def _listed(point: ContactPoint) -> dict[str, str | None]:
    return {
        "id": point.public_id,
        "kind": point.kind,
        "address": shown_address(point),
        "label": point.label,
        "state": point.state,
        "verified_by": point.verified_by,
    }
