"""`companion devices check`: the check-list for a person with a device and a radio."""

import asyncio
import json
import platform
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from companion import __version__
from companion.arrivals import Download
from companion.care.people import Person, Role, get_person
from companion.cli.attendant import AtTerminal, ask
from companion.cli.common import print_json
from companion.clock import system_clock
from companion.db import reading
from companion.devices.check.report import as_json, as_text
from companion.devices.check.visit import Keep, Visit, Witness
from companion.devices.check.walk import walk
from companion.devices.fetch import PATIENCE
from companion.devices.ingest import DeviceIdentity
from companion.devices.kinds import kind_of
from companion.devices.link import Found
from companion.devices.naming import known_as
from companion.devices.pairing import Nobody
from companion.devices.radios import open_radio
from companion.devices.session import Session
from companion.errors import BadInput
from companion.flows import take_in
from companion.services import Services, build_services
from companion.settings import load_settings

WHOSE = "say whose the records are (--patient), or that they may be lost (--throw-away): some devices send them once"


@click.command()
@click.option("--address", help="The device to check; the one that is heard when left out.")
@click.option("--patient", help="Whose device it is: what it sends is stored, as `download` does.")
@click.option("--throw-away", is_flag=True, help="Store nothing. Some devices send each record only once.")
@click.option("--may-empty", is_flag=True, help="Read also a device that deletes what it has sent.")
@click.option("--seconds", default=10.0, show_default=True, help="How long to listen for it.")
@click.option("--unattended", is_flag=True, help="Leave out the steps that need a person.")
@click.option("--report", default="device-check", show_default=True, help="Written as REPORT.json and REPORT.txt.")
@click.option("--json", "wants_json", is_flag=True, help="The report as JSON.")
def check(
    address: str | None,
    patient: str | None,
    throw_away: bool,
    may_empty: bool,
    seconds: float,
    unattended: bool,
    report: str,
    wants_json: bool,
) -> None:
    """Walk through the check-list for one device: find, pair, read, and what goes wrong on the way.

    What a computer can do alone it does; the rest it asks for, step by step. The report holds no readings.
    """
    if bool(patient) == throw_away:
        raise click.UsageError(WHOSE)
    settings = load_settings()
    keep, zone = _storing(build_services(settings), patient) if patient else (_keep_nothing, None)
    witness = Witness(Nobody() if unattended else AtTerminal())

    async def visit_device() -> dict[str, Any]:
        radio = open_radio(settings.bluetooth_backend, witness)
        person = _Unattended() if unattended else _WithHands()
        visit = Visit(
            radio,
            person,
            witness,
            keep,
            now=system_clock,
            wall=_wall_of(zone),
            address=address,
            may_empty=may_empty,
            scan_s=seconds,
            patience=PATIENCE,
        )
        try:
            results = await walk(visit)
        finally:
            await radio.close()
        return as_json(results, visit.found_device, _machine(settings.bluetooth_backend), system_clock())

    made = asyncio.run(visit_device())
    _write(made, report)
    print_json(made) if wants_json else click.echo(as_text(made), nl=False)
    if made["failed"]:
        raise click.exceptions.Exit(1)


class _WithHands:
    """The person at the terminal."""

    async def does(self, what: str) -> bool:
        answer = await ask(f"{what}. [Enter when done, s to skip] ")
        return answer is not None and not answer.lower().startswith("s")


class _Unattended:
    async def does(self, what: str) -> bool:
        return False


def _keep_nothing(_found: Found, _session: Session) -> None:
    return None


def _storing(services: Services, public_id: str) -> tuple[Keep, ZoneInfo]:
    """Stores what comes as the patient's, and the zone that the patient's clocks are in."""
    with reading(services.engine) as session:
        person: Person = get_person(session, public_id, Role.PATIENT)

    def keep(found: Found, came: Session) -> int:
        told = came.identity
        identity, name = known_as(told, found.address), found.name or told.model
        device = DeviceIdentity(identity, kind_of(found), name, found.address, told.manufacturer, told.model)
        arrival = Download(person.id, device, list(came.payloads), came.clock, is_complete=came.complete)
        return take_in(services.stores, arrival, services.clock()).new

    return keep, ZoneInfo(person.zone)


def _wall_of(zone: ZoneInfo | None) -> Callable[[], datetime]:
    """The time on the wall: of the zone, or of this computer's."""
    return lambda: system_clock().astimezone(zone).replace(tzinfo=None)


def _machine(backend: str) -> dict[str, str]:
    return {
        "companion": __version__,
        "bleak": version("bleak"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "radio": backend.partition(":")[0] or "its own",
    }


def _write(made: dict[str, Any], report: str) -> None:
    try:
        Path(f"{report}.json").write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        Path(f"{report}.txt").write_text(as_text(made), encoding="utf-8")
    except OSError as error:
        advice = "name another place with --report"
        raise BadInput(error.strerror or str(error), where=report, advice=advice) from None
