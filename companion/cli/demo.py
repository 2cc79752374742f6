"""`companion demo`: the real service with demo people, a virtual meter and a virtual cuff."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select

from companion.care.people import Person
from companion.care.sign_in_links import make_link
from companion.cli import demo_story
from companion.cli.demo_story import PASSWORDS
from companion.cli.supervise import supervise
from companion.db import reading, writing
from companion.logs import set_up_logs
from companion.migrations import upgrade
from companion.services import Services, build_services
from companion.settings import Settings, load_settings, set_environment

FOLDER = Path("var/demo")
LIFE = "rising_mornings"
LINK_LIFETIME = timedelta(days=7)


@click.command()
def command() -> None:
    """Serve demo people until Ctrl-C. Their state stays in var/demo; `make demo-reset` starts over."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    set_environment(
        {
            "DEMO": "true",
            "DATABASE_URL": f"sqlite:///{FOLDER}/companion.db",
            "SECRET_KEY_FILE": f"{FOLDER}/secret.key",
            "CONSOLE_OUTBOX": f"{FOLDER}/console_outbox.jsonl",
            "HEARTBEAT_SECONDS": "2",
            "CLINIC_NAME": "Demo clinic",
            "CLINIC_PHONE": "+15550100",
        }
    )
    settings = load_settings()
    set_up_logs(as_json=settings.log_json, level=logging.WARNING)
    services = build_services(settings)
    upgrade(services.engine)
    with virtual_devices(services.clock()) as backend:
        if not _is_told(services):
            _tell_story(services, backend)
        links = _links(services)
        supervise(settings, lambda: _say_ready(settings, links, backend))


@contextmanager
def virtual_devices(now: datetime) -> Iterator[str]:
    """The meter and the cuff in a process of their own; gives the backend setting that reaches them."""
    patient_now = now.astimezone(ZoneInfo(demo_story.ZONE)).replace(tzinfo=None)
    command_line = ["-m", "firmware_mocks", "--life", LIFE, "--end", patient_now.isoformat(timespec="seconds")]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *command_line], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    try:
        port = json.loads(process.stdout.readline())["tcp"]
        yield f"firmware_mocks.bleak_backend:tcp-client:127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _is_told(services: Services) -> bool:
    with reading(services.engine) as session:
        return session.scalar(select(Person.id).where(Person.login == demo_story.PATIENT)) is not None


def _tell_story(services: Services, backend: str) -> None:
    steps = demo_story.steps(services, backend, FOLDER)
    with click.progressbar(length=len(steps), label="preparing the demo") as bar:
        for what, step in steps:
            bar.label = what
            step()
            bar.update(1)


def _links(services: Services) -> dict[str, str]:
    """One new sign-in link a role, also kept in links.json for its owner only."""
    now = services.clock()
    links = {}
    with writing(services.engine) as session:
        for role, login in demo_story.LOGINS.items():
            person = session.scalars(select(Person).where(Person.login == login)).one()
            links[role] = f"{services.settings.public_url}/enter/{make_link(session, person, now, LINK_LIFETIME)}"
    path = FOLDER / "links.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(links, indent=1), encoding="utf-8")
    return links


def _say_ready(settings: Settings, links: dict[str, str], backend: str) -> None:
    click.echo(f"ready {settings.public_url}")
    for role, link in links.items():
        click.echo(f"{role:10} {link}   (or {demo_story.LOGINS[role]} / {PASSWORDS[role]})")
    click.echo(f"\nVirtual meter and cuff: COMPANION_BLUETOOTH_BACKEND={backend} {sys.argv[0]} devices scan")
    click.echo("Messages that would be sent: " + str(settings.console_outbox) + "\nCtrl-C stops; the state is kept.")
