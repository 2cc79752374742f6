"""`companion restore`: a backup is brought back into an empty machine."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from companion.backups import secret_files
from companion.backups.age_files import decrypted
from companion.backups.restore import Restored, restore
from companion.care.audit_check import Report
from companion.cli.backup import KEY_FILE, keys_of
from companion.cli.common import ACTOR, print_json
from companion.clock import system_clock
from companion.errors import BadInput
from companion.settings import Settings, load_settings

LOST = "They are lost: the audit is not checked, and what is sealed stays so."


@click.command()
@click.argument("backup", metavar="FROM", type=click.Path(path_type=Path))
@click.option("--key", "key_files", multiple=True, required=True, metavar="FILE", help=KEY_FILE)
@click.option("--secrets", "secrets", metavar="FILE", type=click.Path(path_type=Path), help="Put these back, too.")
@click.option("--without-secrets", "are_lost", is_flag=True, help=LOST)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object about what came back.")
def command(backup: Path, key_files: tuple[str, ...], secrets: Path | None, are_lost: bool, as_json: bool) -> None:
    """Bring the backup FROM back to where the settings say, where nothing may be yet.

    All of it is read and decrypted before anything is written; then it is counted and compared, the schema is brought
    up to date, and the audit is checked. Exit 1 where anything does not hold. docs/backup.md has the steps.
    """
    settings, keys = load_settings(), keys_of(key_files)
    if secrets is not None:
        _put_secrets_back(settings, secrets, keys)
    size = _size(backup)
    with click.progressbar(length=2 * size, label="restore", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        done = restore(settings, backup, keys, system_clock, ACTOR, secrets_are_lost=are_lost, tick=bar.update)
    if as_json:
        print_json(_as_json(done))
    else:
        click.echo(_in_words(done))
    _refuse_broken_audit(done)
    if done.closed and not are_lost:
        advice = "everything was brought back; bring the newer secrets, too, before you start"
        raise BadInput(f"it does not open {done.closed} keys of people", where="the master key", advice=advice)


def _size(backup: Path) -> int:
    try:
        return backup.stat().st_size
    except OSError as error:
        raise BadInput(error.strerror or str(error), where=str(backup), advice="check the name") from None


def _put_secrets_back(settings: Settings, file: Path, keys: list[Any]) -> None:
    try:
        encrypted = file.open("rb")
    except OSError as error:
        raise BadInput(error.strerror or str(error), where=str(file), advice="check the name") from None
    with encrypted, decrypted(encrypted, keys, str(file)) as plain:
        found = secret_files.unpack(plain, str(file))
    for path in secret_files.put_back(settings, found):
        click.echo(f"{path} is back", err=True)


def _refuse_broken_audit(done: Restored) -> None:
    if done.audit is not None and done.audit.first is not None:
        first = done.audit.first
        what = f"entry {first.entry} {first.what}; {done.audit.wrong} faults in {done.audit.entries} entries"
        raise BadInput(what, where="audit", advice="everything was brought back; run `companion audit verify`")


def _as_json(done: Restored) -> dict[str, Any]:
    return {
        "taken_at": done.manifest.taken_at,
        "made_by": done.manifest.made_by,
        "pieces": {piece.name: dict(piece.counts) for piece in done.manifest.pieces},
        "seconds": done.took.total_seconds(),
        "lost_seconds": done.lost.total_seconds(),
        "audit_entries": done.audit and done.audit.entries,
        "audit_faults": done.audit and done.audit.wrong,
        "closed_keys": done.closed,
    }


def _in_words(done: Restored) -> str:
    told = done.manifest
    checked = "the audit was not checked" if done.audit is None else _audit(done.audit)
    lines = [
        f"{told.rows} rows are back, in {done.took.total_seconds():.1f} s; counted and compared; {checked}",
        f"what was noted after {told.taken_at} is lost: the last {_span(done.lost)}",
    ]
    return "\n".join(lines)


def _span(lost: timedelta) -> str:
    minutes = int(lost.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes else f"{lost.total_seconds():.0f} s"


def _audit(report: Report) -> str:
    return "the audit does not hold" if report.wrong else f"the audit's {report.entries} entries hold"
