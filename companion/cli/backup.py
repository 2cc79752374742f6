"""`companion backup`: everything the service knows, in one encrypted file, while it runs."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from companion import key_files
from companion.backups import age_files, rotation, secret_files
from companion.backups.flowing import Tick
from companion.backups.make import Made, make_backup
from companion.backups.pieces import expected_bytes
from companion.backups.verify import verify as verify_backup
from companion.cli.common import ACTOR, print_json, read_text
from companion.errors import BadInput
from companion.services import Services, build_services
from companion.settings import load_settings

RECIPIENT = "A public key (age1…) that it is encrypted for; may be given several times."
KEY_FILE = "A file with the private key; may be given several times."


class _MakesByDefault(click.Group):
    """`companion backup TO` is `companion backup make TO`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_MakesByDefault)
def command() -> None:
    """Back up everything, or make keys for that. `companion backup TO` is short for `companion backup make TO`."""


@command.command()
@click.argument("to", metavar="TO", type=click.Path(path_type=Path))
@click.option("--recipient", "recipients", multiple=True, metavar="KEY", help=RECIPIENT)
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Of the backups in the folder TO, only the newest N.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object about what was written.")
def make(to: Path, recipients: tuple[str, ...], keep: int | None, as_json: bool) -> None:
    """Back up records, readings and files into TO: a new file, or a folder, where it gets a name by the time.

    The service may run. The file is encrypted for the recipients (else COMPANION_BACKUP_RECIPIENTS), whose private key
    has no business on this machine; it is read back before it gets its name. Secrets are not in it: see `secrets`.
    """
    if keep is not None and not to.is_dir():
        raise click.UsageError("--keep is for a folder that is there")
    services = build_services(load_settings())
    path = to / rotation.name_at(services.clock()) if to.is_dir() else to
    with _bar(services) as tick:
        made = make_backup(services, path, recipients or services.settings.backup_recipients, ACTOR, tick)
    gone = rotation.too_many(to, keep) if keep is not None else []
    for old in gone:
        old.unlink()
    if as_json:
        print_json(_as_json(made, gone))
    else:
        click.echo(_in_words(made, gone))


@command.command()
@click.argument("backup", metavar="FROM", type=click.Path(path_type=Path))
@click.option("--key", "key_files", multiple=True, metavar="FILE", help=KEY_FILE)
def verify(backup: Path, key_files: tuple[str, ...]) -> None:
    """Look whether the backup FROM is whole.

    With a key all of it is decrypted. Without, only its digests are compared, and nothing is known of whether the key
    that is kept elsewhere opens it.
    """
    keys = keys_of(key_files)
    told = verify_backup(backup, keys)
    how = "decrypted, and as it was" if keys else "as it was written; not decrypted, for want of a key"
    click.echo(f"{backup}: {len(told.pieces)} pieces of {told.taken_at}, {how}")


@command.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def keys(file: Path) -> None:
    """Make a pair of keys: the private one in FILE, the public one is printed. Take FILE away from this machine."""
    key = age_files.new_key()
    _write_new(file, f"# the private key of {key.to_public()}\n{key}\n".encode())
    click.echo(str(key.to_public()))
    click.echo(f"without {file} nobody reads the backups: keep two copies, none of them on this machine", err=True)


@command.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--recipient", "recipients", multiple=True, required=True, metavar="KEY", help=RECIPIENT)
def secrets(file: Path, recipients: tuple[str, ...]) -> None:
    """Write the secrets of this installation into FILE, encrypted: the master key, the audit's, those of links.

    For another key and another place than the backups: who has both has everything. Again whenever a key was added.
    """
    settings = load_settings()
    readers = [age_files.recipient(text, "--recipient") for text in recipients]
    if shared := sorted(set(recipients) & set(settings.backup_recipients)):
        advice = "make another pair: companion backup keys FILE"
        raise BadInput("is the key of the backups, too", where=shared[0], advice=advice)
    found, encrypted = secret_files.pack(settings), io.BytesIO()
    age_files.encrypt(secret_files.blocks(found), encrypted, readers)
    _write_new(file, encrypted.getvalue())
    click.echo(f"{file}: {', '.join(found)}; keep it apart from the backups")


def keys_of(files: tuple[str, ...]) -> list[Any]:
    """The private keys in those files."""
    return [key for file in files for key in age_files.keys_in(read_text(file), file)]


def _write_new(file: Path, content: bytes) -> None:
    """Readable by its owner only. Raises BadInput where something is."""
    if file.exists():
        raise BadInput("is there already", where=str(file), advice="name a new file")
    try:
        key_files.make_once(file, content)
    except OSError as error:
        raise BadInput(error.strerror or str(error), where=str(file), advice="check the folder") from None


@contextmanager
def _bar(services: Services) -> Iterator[Tick]:
    """A bar on a terminal: once over everything to write it, once to read it back."""
    length = 2 * expected_bytes(services)
    with click.progressbar(length=length, label="backup", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield bar.update


def _as_json(made: Made, gone: list[Path]) -> dict[str, Any]:
    told = {"file": str(made.path), "bytes": made.whole.size, "sha256": made.whole.sha256}
    return told | {"manifest": asdict(made.manifest), "removed": [str(old) for old in gone]}


def _in_words(made: Made, gone: list[Path]) -> str:
    told, whole = made.manifest, made.whole
    line = f"{made.path}: {whole.size} bytes, {told.rows} rows, all until {told.taken_at}, in {told.seconds:.1f} s"
    line += f"; read back and decrypted; sha256 {whole.sha256}"
    return line + (f"; {len(gone)} older ones removed" if gone else "")
