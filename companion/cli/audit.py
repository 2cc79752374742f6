"""`companion audit`: whether the record of who did what is whole, its anchors and its keys."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, select

from companion.care import audit
from companion.care.anchor import parse, public_key_of
from companion.care.anchors import anchor_of, kept_anchors, publish, signing_key
from companion.care.audit import AuditEntry
from companion.care.audit_chain import FIRST
from companion.care.audit_check import Report, check
from companion.cli.common import ACTOR, print_json, read_text
from companion.db import reading, writing
from companion.errors import BadInput
from companion.services import Services, build_services
from companion.settings import load_settings

TICKS = 1000
"""The bar moves once in so many entries."""


@click.group()
def command() -> None:
    """Who did what to whom, when, and who was shown what."""


@command.command()
@click.option("--anchor", "files", multiple=True, metavar="FILE", help="Anchors that were kept elsewhere.")
@click.option("--public-key", "keys", multiple=True, metavar="KEY", help="Who signed them, if not this installation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(files: tuple[str, ...], keys: tuple[str, ...], as_json: bool) -> None:
    """Check every entry, its link to the one before, the reads that entries hold, and every anchor.

    Exit 1 when anything does not hold: changed, taken out, added, put in another order, or cut off behind an anchor.
    """
    services = build_services(load_settings())
    elsewhere = [(file, anchor) for file in files for anchor in parse(read_text(file), file)]
    trusted = {*keys, *_own_public_key(services)}
    with reading(services.engine) as session:
        anchors = [*kept_anchors(session), *elsewhere]
        entries = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        with _bar(entries) as tick:
            report = check(session, anchors, trusted, tick)
    if as_json:
        print_json(_as_json(report))
        if report.wrong:
            raise click.exceptions.Exit(1)
    elif report.first:
        raise BadInput(
            f"entry {report.first.entry} {report.first.what}; {report.wrong} faults in {report.entries} entries",
            where="audit",
            advice="compare with a backup; somebody or something changed the tables",
        )
    else:
        click.echo(_in_words(report))


@command.command()
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="A new file; else print it."
)
def anchor(out: Path | None) -> None:
    """Sign where the audit stands now, to be kept where nobody of this installation can change it."""
    services = build_services(load_settings())
    with writing(services.engine) as session:
        signed = anchor_of(session, signing_key(services.settings.audit_anchor_key_file), services.clock())
    if signed is None:
        raise BadInput("nothing was noted yet", where="audit", advice="there is nothing to sign")
    if out is None:
        print_json(signed.as_json())
    elif out.exists():
        raise BadInput("is there already", where=str(out), advice="name a new file")
    else:
        publish(signed, out)
        click.echo(f"{out}: entry {signed.entry} of {signed.entries}; keep it elsewhere")


@command.command("public-key")
def public_key() -> None:
    """Print the key by which anybody can check this installation's anchors."""
    click.echo(public_key_of(signing_key(load_settings().audit_anchor_key_file)))


@command.command("new-key")
def new_key() -> None:
    """Make the entries to come with a new key. The old ones stay in the file: back it up again."""
    services = build_services(load_settings())
    with writing(services.engine) as session:
        audit.take_turn(session)
        added = audit.keys_of(session).add()
        audit.note(session, actor=ACTOR, action="audit.key_added", now=services.clock(), key=added.id)
    click.echo(f"key {added.id} from now on; back up {services.settings.audit_key_file}")


@command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def begin(yes: bool) -> None:
    """Go on with the entries that are there, although their keys are lost or the database is an older one.

    What cannot be checked any more stays so: `verify` goes on telling it.
    """
    services = build_services(load_settings())
    if not yes:
        click.confirm("Is the key file lost, or was the database restored from before its first key?", abort=True)
    with writing(services.engine) as session:
        audit.take_turn(session)
        last = audit.last_entry(session)
        audit.keys_of(session).begin_anew_after(last.hash if last else FIRST)
        audit.note(session, actor=ACTOR, action="audit.begun_anew", now=services.clock())
    click.echo("the next entries follow those that are there")


def _own_public_key(services: Services) -> list[str]:
    """None is made for a look."""
    path = services.settings.audit_anchor_key_file
    return [public_key_of(signing_key(path))] if path.exists() else []


@contextmanager
def _bar(entries: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal; calls are counted."""
    with click.progressbar(length=entries, label="entries", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        done = 0

        def tick() -> None:
            nonlocal done
            done += 1
            if done % TICKS == 0:
                bar.update(TICKS)

        yield tick


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "entries": report.entries,
        "broken": sorted({fault.entry for fault in report.faults}),
        "first_wrong": report.first and report.first._asdict(),
        "faults": report.wrong,
        "without_key": report.without_key,
        "reads": report.reads,
        "reads_not_yet_hashed": report.unhashed,
        "anchors": report.anchors,
    }


def _in_words(report: Report) -> str:
    said = f"{report.entries} entries, all whole; {report.reads} reads in them; {report.anchors} anchors hold"
    if report.unhashed:
        said += f"; {report.unhashed} reads not yet hashed"
    if report.without_key:
        said += f"; the first {report.without_key} are from before there was a key"
    return said
