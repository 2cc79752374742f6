"""`companion import`: what a record system exports, taken in for a patient."""

from pathlib import Path

import click

from companion.care.people import Role, get_person
from companion.cli.common import print_json
from companion.db import reading
from companion.errors import BadInput
from companion.imported.resources import LARGEST
from companion.imported.take import NOT_NAMED, Account, import_resources
from companion.services import build_services
from companion.settings import load_settings


@click.group()
def command() -> None:
    """Take in what a record system exports. Nothing is overwritten, and no medicine prescribed."""


@command.command()
@click.argument("file")
@click.option("--patient", required=True, metavar="ID", help="Whose it is (companion people list).")
@click.option("--by", "clinician", required=True, metavar="ID", help="The clinician in whose name facts are noted.")
@click.option("--source", default=NOT_NAMED, metavar="URI", show_default=True, help="The record system it is from.")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object.")
def fhir(file: str, patient: str, clinician: str, source: str, wants_json: bool) -> None:
    """Take in FILE, a FHIR R4 Bundle or resource as JSON. The same again adds nothing."""
    services = build_services(load_settings())
    with reading(services.engine) as session:
        whose = get_person(session, patient, Role.PATIENT)
        by = get_person(session, clinician, Role.CLINICIAN)
    account = import_resources(services.stores, whose, _content(file), by=by, source=source, now=services.clock())
    if wants_json:
        print_json(as_json(account))
    else:
        click.echo(in_words(account))


def _content(file: str) -> bytes:
    """At most a byte more than an import may have."""
    try:
        with Path(file).open("rb") as stream:
            return stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(reason, where=file, advice="check the name") from None


def as_json(account: Account) -> dict[str, object]:
    """The counts, and every entry with what became of it."""
    entries = [
        {
            "entry": each.entry.number,
            "resource": each.entry.kind,
            "outcome": each.outcome.value,
            "said": each.said,
            "reason": each.reason,
        }
        for each in account.verdicts
    ]
    return {"import": account.import_id, **account.counts(), "conflicts": account.conflicts, "entries": entries}


def in_words(account: Account) -> str:
    """The counts, then every entry that was refused or is in conflict."""
    counts = ", ".join(f"{n} {outcome}" for outcome, n in account.counts().items())
    troubles = [
        f"  entry {each.entry.number} ({each.entry.kind}) {each.outcome.value}: {each.reason}"
        for each in account.verdicts
        if each.reason
    ]
    waiting = [f"  {account.conflicts} new on the list of conflicts: a doctor decides"] if account.conflicts else []
    return "\n".join([f"{counts} (import {account.import_id})", *troubles, *waiting])
