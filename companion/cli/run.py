"""`companion run`: the whole service on one machine, without demo people."""

import sys

import click

from companion.backups import half_way
from companion.care.enrolling import add_person
from companion.care.people import Role
from companion.cli.passwords import read_password
from companion.cli.supervise import supervise
from companion.db import writing
from companion.logs import set_up_logs
from companion.migrations import upgrade
from companion.services import Services, build_services
from companion.settings import load_settings
from companion.web.door.first_admin import create_first_admin, has_admin


@click.command()
def command() -> None:
    """Bring the database up to date and run pages and jobs until Ctrl-C.

    The first start asks for an administrator, or takes COMPANION_ADMIN_LOGIN and COMPANION_ADMIN_PASSWORD.
    """
    settings = load_settings()
    half_way.refuse(settings)
    set_up_logs(as_json=settings.log_json)
    services = build_services(settings)
    upgrade(services.engine)
    services.check_keys()
    _ensure_admin(services)
    supervise(settings, lambda: click.echo(f"ready {settings.public_url}"))


def _ensure_admin(services: Services) -> None:
    now = services.clock()
    with writing(services.engine) as session:
        create_first_admin(session, services.settings, now)
        if has_admin(session):
            return
    if not sys.stdin.isatty():
        raise click.UsageError(
            "there is no administrator yet: set COMPANION_ADMIN_LOGIN and COMPANION_ADMIN_PASSWORD for the first start"
        )
    click.echo("The first start: who administers this installation?")
    name, login = click.prompt("Name"), click.prompt("Login")
    password = read_password("Password (15 characters or more)")
    with writing(services.engine) as session:
        add_person(session, role=Role.ADMIN, name=name, login=login, password=password, now=now)
