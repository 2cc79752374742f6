"""`companion erase`: a patient is erased, with proof."""

import sys
from collections.abc import Iterator
from typing import Any

import click

from companion.cli.common import print_json
from companion.db import reading
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
    withdrawn. Cut off half-way, the same command or the jobs process goes on; when all is done it says so.
    """
    services = build_services(load_settings())
    with reading(services.engine) as session:
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
    for line in _in_words(proof):
        click.echo(line)


def _confirm(patient: str) -> None:
    click.echo(f"This cannot be undone. Type {patient} to erase this patient: ", err=True, nl=False)
    if sys.stdin.readline().strip() != patient:
        raise BadInput("is not what was to be erased; nothing was", where="the id typed", advice="start again")


def _in_words(proof: dict[str, Any]) -> Iterator[str]:
    """The proof in short; `--json` has all of it."""
    yield f"{proof['patient']} was erased at {proof['done_at']}"
    for told in proof["readings"]:
        yield f"readings: {_counted(told['counts'])}; sha256 {told['sha256']}"
    for told in proof["files"]:
        yield f"files: {told['count']}; sha256 {told['sha256']}"
    for tables in proof["rows"]:
        yield f"rows: {_counted({table: told['rows'] for table, told in tables.items()})}"
    if proof["key_destroyed"]:
        yield "key: destroyed; what it sealed opens no more"
    yield f"kept without a name until {proof['kept_until']}: {_counted(proof['kept'])}"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n) or "none"
