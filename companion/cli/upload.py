"""`companion upload`: store a file's readings, or read a kept original once more."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click

from companion.care.people import Person, Role, get_person
from companion.cli.common import print_json
from companion.cli.inspect import UNITS, in_words
from companion.db import reading, writing
from companion.devices.uploaded_files import UploadedFile
from companion.devices.uploads import UploadReport
from companion.devices.uploads.dates import ORDERS
from companion.devices.uploads.report import as_json
from companion.errors import BadInput
from companion.originals import Kept
from companion.readings.links import count_links
from companion.sent import files
from companion.sent.reading import read_sent
from companion.sent.taking import take_report
from companion.services import Services, build_services
from companion.settings import load_settings

LOOKED_AFTER = timedelta(minutes=2)
"""When the jobs process goes on with the file, should this one die."""


class Stored(NamedTuple):
    """What was read, of whom, by which upload it came, and how many readings were new."""

    report: UploadReport
    patient: str
    intake: str
    new: int


@click.command()
@click.argument("file", required=False)
@click.option("--patient", help="The patient's id (companion people list).")
@click.option("--again", metavar="UPLOAD", help="Read the kept original of that upload (in_…) once more.")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object.")
@click.option("--unit", type=click.Choice(UNITS, case_sensitive=False), help="For a file that names none.")
@click.option("--dates", type=click.Choice(ORDERS, case_sensitive=False), help="For dates that read two ways.")
def command(
    file: str | None, patient: str | None, again: str | None, wants_json: bool, unit: str | None, dates: str | None
) -> None:
    """Store what FILE holds for a patient. Sending it again adds nothing.

    The file is kept. A newer companion may read more in it: --again does, and adds only what was not there.
    """
    services = build_services(load_settings())
    if again and not (file or patient):
        stored = _read_again(services, again, wants_json)
    elif file and patient and not again:
        choices = {"unit": unit, "dates": dates}
        stored = _store(services, file, patient, choices, wants_json)
    else:
        raise click.UsageError("give FILE with --patient, or --again alone")
    _tell(services, stored, wants_json)


def _store(services: Services, path: str, patient_id: str, choices: dict[str, str | None], wants_json: bool) -> Stored:
    with reading(services.engine) as session:
        person = get_person(session, patient_id, Role.PATIENT)
        mappings = files.mappings_of(session, person.id)
    kept = _keep(services, path, person)
    answers = {"zone": person.zone, **{name: said for name, said in choices.items() if said}}
    try:
        original = services.originals.get(person.public_id, kept.sha256)
        report = _readable(read_sent(original, person.zone, answers, mappings))
    except BadInput as bad:
        files.forget_original(services.engine, services.originals, person, kept.sha256)
        raise BadInput(bad.what, where=path, advice=bad.advice) from None
    now = services.clock()
    with writing(services.engine) as session:
        file = files.add_file(session, person, None, Path(path).name, kept, now)
        file.choices = answers
        files.say_yes(session, file, len(report.rows), now, soon=now + LOOKED_AFTER)
    return _take(services, file, person, report, wants_json)


def _keep(services: Services, path: str, person: Person) -> Kept:
    try:
        with Path(path).open("rb") as content:
            return services.originals.keep(person.public_id, content, files.AT_MOST)
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise BadInput(error.what, where=path, advice=error.advice) from None
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(reason, where=path, advice="check the name") from None


def _readable(report: UploadReport) -> UploadReport:
    if report.format is None:
        raise BadInput("is no export that companion knows", advice="see `companion inspect` for what it holds")
    if report.questions:
        asked = ", ".join(f"--{question.about}" for question in report.questions)
        raise BadInput(f"cannot be read without an answer about {asked}", advice="answer by that option")
    if len(report.subjects) > 1:
        raise BadInput(f"holds values of {len(report.subjects)} people", advice="send each person's own values")
    return report


def _read_again(services: Services, intake: str, wants_json: bool) -> Stored:
    now = services.clock()
    with writing(services.engine) as session:
        file = files.file_of(session, intake)
        if file is None or file.state not in files.TAKEN or file.taken_back_at is not None:
            raise BadInput(
                f"{intake!r} is no upload that was taken in", where="--again", advice="see the page of files"
            )
        files.read_again(session, file, now + LOOKED_AFTER)
        person = session.get_one(Person, file.patient_id)
        mappings = files.mappings_of(session, person.id)
    original = services.originals.get(person.public_id, file.sha256)
    report = _readable(read_sent(original, person.zone, file.choices, mappings))
    return _take(services, file, person, report, wants_json)


def _take(services: Services, file: UploadedFile, person: Person, report: UploadReport, wants_json: bool) -> Stored:
    """Takes it in, with a bar on a terminal."""
    with click.progressbar(length=len(report.rows), label="storing", hidden=wants_json) as bar:
        told = partial(_advance, bar)
        new = take_report(services.stores, file, person, report, services.clock, told)
    return Stored(report, person.public_id, file.intake, new)


def _advance(bar: Any, done: int) -> None:
    bar.update(done - bar.pos)


def _tell(services: Services, stored: Stored, wants_json: bool) -> None:
    with reading(services.engine) as session:
        linked = count_links(session, stored.patient, stored.intake)
    counts = {"new": stored.new, "known": len(stored.report.rows) - stored.new, "linked": linked}
    if wants_json:
        print_json(as_json(stored.report) | counts)
    else:
        click.echo(in_words(stored.report))
        click.echo(f"{stored.new} new, {counts['known']} known before, {linked} linked (upload {stored.intake})")
