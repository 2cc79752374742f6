"""`companion keys`: the master key, under which everybody's own key is wrapped."""

from typing import Any

import click
from sqlalchemy import inspect

from companion.care import audit
from companion.cli.common import ACTOR, print_json
from companion.db import reading, writing
from companion.errors import BadInput
from companion.sealing import data_keys, older, rotating
from companion.sealing.kms import KMS_SETTING
from companion.sealing.master import KeyWrapper, MasterKeyFile
from companion.sealing.places import where, wrapping
from companion.services import Services, build_services
from companion.settings import load_settings


@click.group()
def command() -> None:
    """The keys of data at rest. The master key is backed up apart from the database: without it nobody can read what is
    sealed, and with both anybody can."""


@command.command()
def init() -> None:
    """Make the master key, if there is none yet. It may be done before the first start, which else does it."""
    services, masters = _opened()
    if inspect(services.engine).has_table(data_keys.DataKey.__tablename__):
        rotating.check(services.engine)
    elif not masters.ids():
        masters.make_first()
    kept = "its service keeps it" if where(masters) == KMS_SETTING else "back it up apart from the database"
    click.echo(f"master key {masters.ids()[-1]} in {where(masters)}; {kept}")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(as_json: bool) -> None:
    """List the master keys by their ids, what each wraps, and how much is not sealed yet. No key is shown."""
    services, masters = _opened()
    told = _told(services, masters)
    if as_json:
        print_json(told)
        return
    click.echo(f"master keys in {told['where']}, the newest last:")
    for key in told["keys"]:
        click.echo(f"  {key['id']}  wraps {key['wraps']} keys")
    for key_id, count in told["missing"].items():
        click.echo(f"  {key_id}  is not here, and wraps {count} keys: restore it")
    clear = told["in_the_clear"]
    rows = ", ".join(f"{count} rows of {name}" for name, count in clear["rows"].items())
    click.echo(f"not sealed yet: {rows}, {clear['files']} files")


@command.command()
@click.option("--forget-older", is_flag=True, help="Take the older ones out of the file, once they wrap nothing.")
def rotate(forget_older: bool) -> None:
    """Make a new master key and wrap everybody's key with it, while the service runs. Cut off, call it again.

    The older ones stay in the file, for backups from before. Of COMPANION_MASTER_KEY the last one is the new one. A key
    in AWS KMS is made there: name the new one in COMPANION_MASTER_KEY_KMS, the older in COMPANION_MASTER_KEY_KMS_OLDER.
    """
    services, masters = _opened()
    rotating.check(services.engine)
    if isinstance(place := wrapping(masters), MasterKeyFile):
        rotating.begin(services.engine, place)
    newest = masters.ids()[-1]
    with click.progressbar(length=_others(services, newest), label="keys") as bar:
        wrapped = rotating.wrap_anew(services.engine, bar.update)
    if forget_older:
        _forget_older(services, masters)
    with writing(services.engine) as session:
        audit.note(session, actor=ACTOR, action="keys.rotated", now=services.clock(), key=newest, wrapped=wrapped)
    click.echo(f"master key {newest} wraps {wrapped} keys anew; {_kept(masters)}")


@command.command()
def seal() -> None:
    """Seal what was kept before there was sealing. The jobs process does it, too, a little at a time."""
    services, _masters = _opened()
    rotating.check(services.engine)
    click.echo(f"{sum(services.seal_older())} values and files sealed")


def _opened() -> tuple[Services, KeyWrapper]:
    services = build_services(load_settings())
    return services, services.master_keys


def _kept(masters: KeyWrapper) -> str:
    return f"back up {where(masters)}" if where(masters) != KMS_SETTING else "the service keeps it"


def _others(services: Services, newest: str) -> int:
    with reading(services.engine) as session:
        wrapped = data_keys.wrapped_by(session.connection())
    return sum(count for master, count in wrapped.items() if master != newest)


def _forget_older(services: Services, masters: KeyWrapper) -> None:
    if not isinstance(place := wrapping(masters), MasterKeyFile):
        raise BadInput("are not in a file", where="master keys", advice=f"take the older ones out of {where(masters)}")
    rotating.forget_older(services.engine, place)


def _told(services: Services, masters: KeyWrapper) -> dict[str, Any]:
    ids = masters.ids()
    with reading(services.engine) as session:
        wrapped = data_keys.wrapped_by(session.connection())
    return {
        "where": where(masters),
        "keys": [{"id": each, "wraps": wrapped.get(each, 0)} for each in ids],
        "missing": {master: count for master, count in wrapped.items() if master not in ids},
        "in_the_clear": older.count(services.engine, services.originals)._asdict(),
    }
