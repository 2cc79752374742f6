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
from companion.cli.attendant import AtTerminal, Keyboard
from companion.cli.common import print_json
from companion.cli.device_intake import patient_of, take_in_session
from companion.clock import system_clock
from companion.devices.check.report import as_json, as_text
from companion.devices.check.visit import Keep, Visit, Witness
from companion.devices.check.walk import walk
from companion.devices.radio.link import Found
from companion.devices.radio.pairing import Nobody
from companion.devices.radio.radios import open_radio
from companion.devices.radio.session import Session
from companion.errors import BadInput
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
    keyboard = Keyboard()
    witness = Witness(Nobody() if unattended else AtTerminal(keyboard))
    visit = Visit(
        open_radio(settings.bluetooth_backend, witness),
        _Unattended() if unattended else _WithHands(keyboard),
        witness,
        keep,
        system_clock,
        _wall_of(zone),
        address=address,
        may_empty=may_empty,
        scan_s=seconds,
    )
    asyncio.run(_walk_and_close(visit))
    made = as_json(visit.results, visit.found_device, _machine(settings.bluetooth_backend), system_clock())
    _write(made, report)
    print_json(made) if wants_json else click.echo(as_text(made), nl=False)
    if made["failed"]:
        raise click.exceptions.Exit(1)


async def _walk_and_close(visit: Visit) -> None:
    try:
        await walk(visit)
    finally:
        await visit.radio.close()


class _WithHands:
    """The person at the terminal."""

    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard

    async def does(self, what: str) -> bool:
        answer = await self._keyboard.ask(f"{what}. [Enter when done, s to skip] ")
        return answer is not None and not answer.lower().startswith("s")


class _Unattended:
    async def does(self, what: str) -> bool:
        return False


def _keep_nothing(_found: Found, _session: Session) -> None:
    return None


def _storing(services: Services, public_id: str) -> tuple[Keep, ZoneInfo]:
    """Stores what comes as the patient's, and the zone that the patient's clocks are in."""
    person = patient_of(services, public_id)

    def keep(found: Found, came: Session) -> int:
        return take_in_session(services, person, found, came).new

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
