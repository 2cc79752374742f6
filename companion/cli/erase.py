"""`companion erase`: a patient is erased, with proof."""

import click

from companion.cli.common import print_json
from companion.cli.records import looking
from companion.erasing.erase import Places, erase, find_patient, proof_of
from companion.errors import BadInput
from companion.services import build_services
from companion.settings import load_settings

ACTOR = "command line"


@click.command()
@click.option("--patient", required=True, metavar="ID", help="The patient's id (companion people list).")
@click.option("--yes", is_flag=True, help="Do not ask for the id once more.")
@click.option("--json", "as_json", is_flag=True, help="Print the proof as one JSON object.")
def command(patient: str, yes: bool, as_json: bool) -> None:
    """Erase a patient: readings, files, devices, messages, name and numbers. It cannot be undone.

    What a doctor decided and prescribed stays for the years the law asks, without a name. A suggestion that waits is
    withdrawn. Cut off half-way, the same command goes on; when all is done it says so.
    """
    services = build_services(load_settings())
    with looking(services.engine) as session:
        find_patient(session, patient)
    if not yes:
        _confirm(patient)
    erasure = erase(
        Places(services.stores, services.originals),
        patient,
        by=ACTOR,
        now=services.clock(),
        keep_years=services.settings.keep_approvals_years,
    )
    proof = proof_of(erasure)
    if as_json:
        print_json(proof)
        return
    click.echo(f"{patient} was erased at {proof['done_at']}; approvals stay until {proof['kept_until']}")
    for name in ("readings", "files", "rows", "emptied", "kept"):
        click.echo(f"{name}: {proof[name]}")


def _confirm(patient: str) -> None:
    typed = click.prompt(f"This cannot be undone. Type {patient} to erase this patient", err=True)
    if typed.strip() != patient:
        raise BadInput("is not what was to be erased; nothing was", where="the id typed", advice="start again")
