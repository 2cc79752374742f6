"""`companion metrics FILE`: the glucose figures of every person in a file."""

from collections import defaultdict
from zoneinfo import ZoneInfo

import click

from companion.cli.common import print_json
from companion.cli.inspect import read_file
from companion.cli.types import ZoneName
from companion.clock import to_ms
from companion.devices.uploads import UploadedReading
from companion.errors import BadInput
from companion.readings.glucose_metrics import Glucose, GlucoseMetrics, metrics
from companion.readings.reading import Limit, Metric
from companion.readings.units import GlucoseUnit, as_mg_dl

UTC = ZoneInfo("UTC")


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--json", "wants_json", is_flag=True, help="Print JSON: one object a line and person.")
@click.option("--zone", type=ZoneName(), help="Where the file's local times are; UTC if not said.")
def command(file: str, wants_json: bool, zone: ZoneInfo | None) -> None:
    """Print the glucose figures of FILE, any that `inspect` can read. They are those of continuous monitoring, and
    are always printed: mind the days and the active percent."""
    told = {subject: metrics(glucose) for subject, glucose in _subjects(file, zone or UTC).items()}
    if not told:
        raise BadInput("holds no glucose values", where=file, advice="see what `companion inspect` says of it")
    for subject, figures in told.items():
        if wants_json:
            print_json({"subject": subject, **figures._asdict()})
        else:
            click.echo(_in_words(subject, figures))


def _subjects(file: str, zone: ZoneInfo) -> dict[str, Glucose]:
    """The glucose of each person that the file tells apart, oldest first."""
    report = read_file(file, zone=zone, unit=None, dates=None)
    if report.questions:
        asked = ", ".join(question.about for question in report.questions)
        raise BadInput(f"leaves open: {asked}", where=file, advice="see what `companion inspect` asks")
    readings: defaultdict[str, list[UploadedReading]] = defaultdict(list)
    for row in report.rows:
        if row.metric is Metric.GLUCOSE:
            readings[row.subject].append(row)
    return {subject: _glucose(rows) for subject, rows in readings.items()}


def _glucose(rows: list[UploadedReading]) -> Glucose:
    measured = sorted((row.taken_at, float(as_mg_dl(row.value, GlucoseUnit(row.unit)))) for row in rows if row.value)
    return Glucose(
        [to_ms(taken_at) for taken_at, _ in measured],
        [mg_dl for _, mg_dl in measured],
        too_low=sum(row.limit is Limit.LOW for row in rows),
        too_high=sum(row.limit is Limit.HIGH for row in rows),
    )


def _in_words(subject: str, figures: GlucoseMetrics) -> str:
    named = {name: value for name, value in figures._asdict().items() if value is not None}
    lines = [f"  {name:15} {value:10.2f}" for name, value in named.items()]
    return "\n".join([subject or "glucose", *lines])
