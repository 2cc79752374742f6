"""`companion upload`: store a file's readings."""

import hashlib
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from companion.arrivals import Upload
from companion.care.people import Role, get_person
from companion.cli.common import print_json
from companion.cli.inspect import UNITS, in_words, read_file
from companion.db import reading
from companion.devices.uploads.dates import ORDERS
from companion.devices.uploads.report import as_json
from companion.errors import BadInput
from companion.flows import take_in
from companion.services import build_services
from companion.settings import load_settings


@click.command()
@click.argument("file")
@click.option("--patient", required=True, help="The patient's id (companion people list).")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object.")
@click.option("--unit", type=click.Choice(UNITS, case_sensitive=False), help="For a file that names none.")
@click.option("--dates", type=click.Choice(ORDERS, case_sensitive=False), help="For dates that read two ways.")
def command(file: str, patient: str, wants_json: bool, unit: str | None, dates: str | None) -> None:
    """Store what FILE holds for a patient. Sending it again adds nothing."""
    services = build_services(load_settings())
    with reading(services.engine) as session:
        person = get_person(session, patient, Role.PATIENT)
    report = read_file(file, zone=ZoneInfo(person.zone), unit=unit, dates=dates)
    if report.format is None:
        raise BadInput(
            "is no export that companion knows", where=file, advice="see `companion inspect` for what it holds"
        )
    if report.questions:
        asked = ", ".join(f"--{question.about}" for question in report.questions)
        raise BadInput(f"cannot be read without an answer about {asked}", where=file, advice="answer by that option")
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    with click.progressbar(length=len(report.rows), label="storing", hidden=wants_json) as bar:
        taken = take_in(services.stores, Upload(person.id, report, digest), services.clock())
        bar.update(len(report.rows))
    if wants_json:
        print_json(as_json(report) | {"new": taken.new, "known": taken.known, "linked": 0})
    else:
        click.echo(in_words(report))
        click.echo(f"{taken.new} new, {taken.known} known before")
