"""`companion inspect FILE…`: what an upload would do, without a database."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from companion.apart import Limits, Reader, read_apart
from companion.cli.common import print_json
from companion.cli.types import ZoneName
from companion.devices.uploads import UploadReport
from companion.devices.uploads.dates import ORDERS
from companion.devices.uploads.report import as_json
from companion.errors import BadInput
from companion.readings.units import GlucoseUnit

UNITS = [unit.value for unit in GlucoseUnit]


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--json", "wants_json", is_flag=True, help="Print JSON: one object, or one a line for several.")
@click.option("--zone", type=ZoneName(), help="Where the file's local times are, like Europe/Berlin.")
@click.option("--unit", type=click.Choice(UNITS, case_sensitive=False), help="For a file that names none.")
@click.option("--dates", type=click.Choice(ORDERS, case_sensitive=False), help="For dates that read two ways.")
def command(
    files: tuple[str, ...], wants_json: bool, zone: ZoneInfo | None, unit: str | None, dates: str | None
) -> None:
    """Say what uploading FILE would store, skip, reject or ask. Nothing is stored."""

    reader = Reader(Limits())

    def inspect(file: str) -> UploadReport:
        return read_file(file, zone=zone, unit=unit, dates=dates, read=reader.read)

    if len(files) > 1:
        _inspect_each(files, inspect, wants_json)
    elif wants_json:
        print_json(as_json(inspect(files[0])))
    else:
        click.echo(in_words(inspect(files[0])))


def read_file(
    file: str,
    *,
    zone: ZoneInfo | None,
    unit: str | None,
    dates: str | None,
    read: Callable[..., UploadReport] = read_apart,
) -> UploadReport:
    """The report on a file on disk. Raises BadInput with the file's name."""
    try:
        return read(Path(file), zone=zone, unit=unit, dates=dates)
    except BadInput as bad:
        raise BadInput(bad.what, where=file, advice=bad.advice) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(reason, where=file, advice="check the name") from None


def _inspect_each(files: tuple[str, ...], inspect: Callable[[str], UploadReport], wants_json: bool) -> None:
    """One answer a file, in order; exit 1 at the end if any was bad."""
    any_bad = False
    for file in files:
        try:
            report = inspect(file)
        except BadInput as bad:
            any_bad = True
            print_json({"file": file, "error": str(bad)}) if wants_json else click.echo(f"{bad}", err=True)
            continue
        print_json({"file": file, **as_json(report)}) if wants_json else click.echo(f"{file}\n{in_words(report)}")
    if any_bad:
        raise click.exceptions.Exit(1)


def in_words(report: UploadReport) -> str:
    """The report for a person: a few lines, the first rejected rows among them."""
    if report.format is None:
        return "Nobody here knows this format. Is it an export of readings, as CSV?"
    return "\n".join([*_what_it_holds(report), *_what_it_leaves_out(report), *_what_it_asks(report)])


def _what_it_holds(report: UploadReport) -> list[str]:
    lines = [f"{report.format}: {report.rows_read} rows, unit {report.unit or 'not stated'}"]
    for kind, totals in report.kinds.items():
        span = f", {totals.first} to {totals.last}" if totals.first else ""
        lines.append(f"  {kind}: {totals.n} readings, {totals.least} to {totals.greatest}{span}")
    beyond = [f"{n} {limit}" for limit, n in report.out_of_range.items() if n]
    return lines + ([f"  out of the device's range: {', '.join(beyond)}"] if beyond else [])


def _what_it_leaves_out(report: UploadReport) -> list[str]:
    shown = report.rejected[:10]
    lines = [f"  skipped: {n} ({reason})" for reason, n in report.skipped.items()]
    if report.duplicates_in_file:
        lines.append(f"  duplicates in the file: {report.duplicates_in_file}")
    lines += [f"  rejected: {rejection.place}: {rejection.reason}" for rejection in shown]
    unshown = len(report.rejected) - len(shown)
    lines += [f"  rejected: {unshown} rows more"] if unshown else []
    return lines + [f"  no readings in {name}" for name in report.unread[:10]]


def _what_it_asks(report: UploadReport) -> list[str]:
    return [
        f"  please say --{asked.about}" + (f": {' or '.join(asked.choices)}" if asked.choices else "")
        for asked in report.questions
    ]
