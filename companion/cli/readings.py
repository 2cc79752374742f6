"""`companion readings`: the stores of readings."""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import inspect, make_url, select
from sqlalchemy.exc import DBAPIError

from companion.cli.common import print_json
from companion.cli.stores import store_name
from companion.db import make_engine, reading
from companion.erasing.models import Erasure
from companion.errors import BadInput
from companion.readings.copy_journal import CopyJournal
from companion.readings.copying import Copied, Copying, Difference
from companion.readings.opening import open_store
from companion.settings import Settings, load_settings


@click.group()
def command() -> None:
    """The stores in which readings are kept."""


@command.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--quick", is_flag=True, help="Pass over who was proven before and has as many readings as then.")
@click.option("--journal", type=click.Path(dir_okay=False, path_type=Path), help="Else a file under var/.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object about what was copied.")
def copy(source: str, target: str, quick: bool, journal: Path | None, as_json: bool) -> None:
    """Copy every reading of FROM into TO, and prove it.

    Both are URLs as COMPANION_READINGS_URL takes them. Every patient is read back from TO and compared by counts and
    digests. Cut off, the same command goes on; again, it brings what is new since. docs/deploy.md tells how a clinic
    moves house with it.
    """
    settings = load_settings()
    from_name, to_name = store_name(source, "FROM"), store_name(target, "TO")
    if from_name == to_name:
        raise BadInput("is the same store as FROM", where="TO", advice="name the store to move to")
    with _plainly_said(), closing(CopyJournal(journal or _journal(from_name, to_name), from_name, to_name)) as kept:
        copying = Copying(
            open_store(source, token=settings.readings_token, where="FROM", must_erase=False),
            open_store(target, token=settings.readings_to_token, where="TO"),
            kept,
            erased=_erased(settings),
            is_quick=quick,
        )
        _run(copying)
    if as_json:
        print_json(_summary(copying.copied))
    else:
        click.echo(_in_words(copying.copied))
    if copying.copied.differences:
        raise _refusal(copying.copied.differences)


def _run(copying: Copying) -> None:
    copying.leave_out_the_erased()
    with click.progressbar(copying.patients(), label="patients", file=sys.stderr) as patients:
        for patient in patients:
            copying.bring(patient)
    copying.leave_out_the_erased()


def _journal(source: str, target: str) -> Path:
    return Path("var") / f"readings-copy-{hashlib.sha256(f'{source} {target}'.encode()).hexdigest()[:12]}.jsonl"


def _erased(settings: Settings) -> set[str]:
    """Who was erased, by the records of this installation, if there are any."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return set()
    engine = make_engine(settings.database_url)
    if not inspect(engine).has_table(Erasure.__tablename__):
        return set()
    with reading(engine) as session:
        return set(session.scalars(select(Erasure.patient)))


@contextmanager
def _plainly_said() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).splitlines()[0]
        raise BadInput(said, where="database", advice="set it right and start again: the copy goes on") from None


def _summary(copied: Copied) -> dict[str, Any]:
    differences = [
        {
            "patient": found.patient,
            "metric": found.metric.value,
            "from": found.source._asdict(),
            "to": found.target._asdict(),
        }
        for found in copied.differences
    ]
    numbers = ("patients", "readings", "new", "passed_over", "erased")
    return {name: getattr(copied, name) for name in numbers} | {"differences": differences}


def _in_words(copied: Copied) -> str:
    told = f"{copied.patients} patients; {copied.new} readings brought, {copied.readings} compared and the same"
    told += f"; {copied.passed_over} patients passed over" if copied.passed_over else ""
    return told + (f"; {copied.erased} erased patients left out" if copied.erased else "")


def _refusal(differences: list[Difference]) -> BadInput:
    first = differences[0]
    what = f"{first.metric.value} of {first.patient} differs: {first.source.n} readings in FROM, {first.target.n} in TO"
    if first.source.n == first.target.n:
        what += " with another content"
    more = f", and {len(differences) - 1} more differences" if len(differences) > 1 else ""
    return BadInput(what + more, where="TO", advice="do not move there: empty it, and copy again")
