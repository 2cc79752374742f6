"""`companion hub`: the small computer at a patient's home. Imports nothing of the service."""

import asyncio
import platform
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from companion.cli.attendant import AtTerminal
from companion.cli.common import print_json
from companion.clock import get_zone
from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.kinds import SERVICES, kind_of
from companion.devices.radio.link import DeviceUnreachable, Found
from companion.devices.radio.radios import open_radio
from companion.devices.radio.session import Session
from companion.errors import BadInput
from companion.hub import outgoing, paired
from companion.hub.machine_clock import machine_clock
from companion.hub.process import run_until_stopped, spool_in
from companion.hub.reader import Reader
from companion.hub.service import Service, Unreachable
from companion.hub.spool import Spool
from companion.hub.status import status_of
from companion.hub.token_file import Credentials, checked_server, write_credentials
from companion.hub.verdict import Verdict, verdict_on
from companion.logs import set_up_logs
from companion.settings import load_hub_settings

HEAR_S = 60.0
T = TypeVar("T")


@click.group(invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Read the devices of a household as they wake, and bring what they say to the service. Runs until stopped.

    First pair the hub with the service (`companion hub pair CODE`), then each device with the hub
    (`companion hub add-device`).
    """
    if context.invoked_subcommand is None:
        settings = load_hub_settings()
        set_up_logs(as_json=settings.log_json)
        with _told_of_disk():
            asyncio.run(run_until_stopped(settings.folder, open_radio(settings.bluetooth_backend)))


@command.command()
@click.argument("code")
@click.option("--server", required=True, help="The service's address, like https://care.example.org.")
@click.option("--name", default=platform.node, help="What the pages call this hub.  [default: this machine's name]")
def pair(code: str, server: str, name: str) -> None:
    """Exchange the CODE of the patient's Devices page for this hub's token."""
    address = checked_server(server)
    try:
        reply = Service(address).post("/hubs:pair", {"code": code, "name": name[:60] or "hub"})
    except Unreachable as error:
        raise BadInput(str(error), where=address, advice="check the address and the network") from None
    if verdict_on(reply.answer) is not Verdict.TAKEN:
        raise BadInput(reply.answer.detail or f"answered {reply.answer.status}", where=address, advice="get a new code")
    credentials = _credentials(address, reply.document)
    write_credentials(load_hub_settings().folder, credentials)
    click.echo(f"paired: this is hub {credentials.hub}")


def _credentials(address: str, told: dict[str, Any]) -> Credentials:
    try:
        return Credentials(address, str(told["hub"]), str(told["token"]), get_zone(str(told["zone"])).key)
    except KeyError:
        raise BadInput("does not answer as companion does", where=address, advice="check the address") from None


@command.command()
@click.argument("address", required=False)
@click.option("--may-empty", is_flag=True, help="Read also a device that deletes what it has sent.")
def add_device(address: str | None, may_empty: bool) -> None:
    """Pair with a meter or cuff, and read it from now on. Put it into its pairing mode first.

    Without ADDRESS, the first device that is heard and not paired yet.
    """
    with _spool() as spool:
        found, session = _with_radio(lambda radio: _meet(spool, radio, address, may_empty))
    click.echo(f"paired {found.address}  {kind_of(found)}  {found.name}: {len(session.payloads)} values")
    if session.sentence:
        click.echo(session.sentence, err=True)


async def _meet(spool: Spool, radio: BleakRadio, address: str | None, may_empty: bool) -> tuple[Found, Session]:
    known = {device.address for device in paired.devices(spool)}

    def is_wanted(heard: Found) -> bool:
        return heard.address.lower() == address.lower() if address else heard.address not in known

    click.echo(f"listening for {HEAR_S:.0f} seconds …", err=True)
    found = await radio.find(SERVICES, HEAR_S, is_wanted)
    if found is None:
        advice = "put it into its pairing mode, or measure; it must not be connected to a telephone"
        raise DeviceUnreachable("no such device is heard", where=address or "", advice=advice)
    paired.add(spool, found.address, kind_of(found), found.name, may_empty=may_empty)
    device = paired.find(spool, found.address)
    assert device is not None
    session = await Reader(spool, radio, machine_clock).read(device, found)
    if session is None or not (session.complete or session.payloads):
        device = paired.find(spool, found.address)
        paired.remove(spool, found.address)
        raise BadInput(device.last_said if device else "did not answer", where=found.address)
    return found, session


@command.command()
@click.argument("address")
def remove_device(address: str) -> None:
    """Do not read the device at ADDRESS any more. What it sent is still brought to the service."""
    with _spool() as spool:
        if not paired.remove(spool, address):
            raise BadInput("is not paired", where=address, advice="see companion hub status")
    click.echo(f"removed {address}")


@command.command()
@click.option("--json", "wants_json", is_flag=True, help="One JSON object.")
def status(wants_json: bool) -> None:
    """Tell which devices are read, what waits to be sent, and what the service refused."""
    with _spool() as spool:
        told = status_of(spool, load_hub_settings().folder)
    if wants_json:
        print_json(told)
    else:
        _say(told)


def _say(told: dict[str, Any]) -> None:
    click.echo(f"service   {told['server'] or '-'}   {told['sending']}")
    click.echo(f"waiting   {told['waiting']} values")
    for device in told["devices"]:
        click.echo(f"device    {device['address']}  {device['kind']:6}  read {device['last_read_at'] or 'never'}")
        if device["last_said"]:
            click.echo(f"          {device['last_said']}")
    for refusal in told["refused"]:
        click.echo(f"refused   {refusal['address']}  {refusal['values']} values: {refusal['reason']}")
    if told["refused"]:
        click.echo("          they are kept; when the reason is gone: companion hub retry")
    for jump in told["clock_jumps"]:
        click.echo(f"clock     set by {jump['by_s']:+.0f} s, noticed at {jump['noticed_at']}")


@command.command()
def retry() -> None:
    """Send again what the service refused."""
    with _spool() as spool:
        count = outgoing.put_back(spool)
    click.echo(f"{count} batches will be sent again")


@contextmanager
def _spool() -> Iterator[Spool]:
    with _told_of_disk():
        spool = spool_in(load_hub_settings().folder)
        try:
            yield spool
        finally:
            spool.close()


@contextmanager
def _told_of_disk() -> Iterator[None]:
    """A full or damaged disk is told in a line."""
    folder = load_hub_settings().folder
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise BadInput(str(error), where=str(folder), advice="see that the disk is writable and not full") from error


def _with_radio(use: Callable[[BleakRadio], Awaitable[T]]) -> T:
    async def run() -> T:
        radio = open_radio(load_hub_settings().bluetooth_backend, AtTerminal())
        try:
            return await use(radio)
        finally:
            await radio.close()

    return asyncio.run(run())
