"""`companion export`: a patient's own data into a file."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from companion.care.people import Role, get_person
from companion.care.read_log import note_reads
from companion.cli.common import print_json
from companion.db import reading
from companion.errors import BadInput
from companion.exporting.export import ENDINGS, Format, export, format_of
from companion.services import Services, build_services
from companion.settings import load_settings

ACTOR = "command line"


@click.command()
@click.argument("file")
@click.option("--patient", required=True, metavar="ID", help="The patient's id (companion people list).")
@click.option(
    "--format",
    "chosen",
    type=click.Choice([each.value for each in Format]),
    help="Else by the ending of FILE: .zip (tables as CSV), .csv (readings), .json, .fhir.json (FHIR R4).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object about what was written.")
def command(file: str, patient: str, chosen: str | None, as_json: bool) -> None:
    """Write everything the service holds about a patient into FILE."""
    as_ = Format(chosen) if chosen else format_of(file)
    if as_ is None:
        raise click.UsageError(f"name FILE with one of {', '.join(ENDINGS.values())}, or give --format")
    services = build_services(load_settings())
    with reading(services.engine) as session:
        person = get_person(session, patient, Role.PATIENT)
    _note(services, person.public_id)
    path = Path(file)
    with _whole(path) as unfinished, unfinished.open("wb") as out:
        export(services.stores, person, as_, out, by=ACTOR, now=services.clock())
        out.flush()
        os.fsync(out.fileno())
    if as_json:
        print_json({"patient": patient, "file": file, "format": as_.value, "bytes": path.stat().st_size})
    else:
        click.echo(f"{file}: {as_.value}, {path.stat().st_size} bytes; keep it safe, it holds health data")


def _note(services: Services, patient: str) -> None:
    """In the log of reads, as on a page: before there is anything to see."""
    kind, route = "export_data", "companion export"
    note_reads(services.engine, who=ACTOR, patients=[patient], kind=kind, route=route, now=services.clock())


@contextmanager
def _whole(wanted: Path) -> Iterator[Path]:
    """A file beside the one wanted, readable by its owner only, which takes its place when everything is in it."""
    unfinished = None
    try:
        handle, name = tempfile.mkstemp(dir=wanted.parent, prefix=".companion-export-")
        os.close(handle)
        unfinished = Path(name)
        yield unfinished
        unfinished.replace(wanted)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(reason, where=str(wanted), advice="check the folder, and what room is left") from None
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
