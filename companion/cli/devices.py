"""`companion devices`: find, pair and read meters and cuffs over Bluetooth."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select

from companion.care.people import Person
from companion.cli.attendant import AtTerminal
from companion.cli.common import print_json
from companion.cli.device_check import check
from companion.cli.device_intake import patient_of, take_in_session
from companion.db import reading
from companion.devices.models import Device
from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.fetch import fetch
from companion.devices.radio.kinds import SERVICES, kind_of
from companion.devices.radio.link import DeviceError, DeviceUnreachable, Found
from companion.devices.radio.radios import open_radio
from companion.devices.radio.selection import Mark
from companion.devices.radio.session import Order, Session
from companion.errors import BadInput
from companion.flows import TakenIn
from companion.services import Services, build_services
from companion.settings import Settings, load_settings

LISTEN_S = 5.0
T = TypeVar("T")

may_empty = click.option("--may-empty", is_flag=True, help="Read also a device that deletes what it has sent.")


@click.group()
def command() -> None:
    """Glucose meters and blood-pressure cuffs nearby."""


command.add_command(check)


@command.command()
@click.option("--seconds", default=10.0, show_default=True, help="How long to listen.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON object a line.")
def scan(seconds: float, wants_json: bool) -> None:
    """List the meters and cuffs that can be heard. Most speak only in pairing mode or after a measurement."""

    async def listen(radio: BleakRadio) -> list[Found]:
        return await radio.scan(SERVICES, seconds)

    found = _with_radio(load_settings(), listen)
    for device in found:
        if wants_json:
            print_json({"address": device.address, "name": device.name, "kind": kind_of(device), "rssi": device.rssi})
        else:
            click.echo(f"{device.address}  {kind_of(device):5}  {device.rssi} dBm  {device.name}")
    if not found and not wants_json:
        click.echo("No meter or cuff was heard. Press its Bluetooth button, or measure, and try again.", err=True)


@command.command()
@click.argument("address")
@click.option("--patient", required=True, help="Whose device it is.")
@may_empty
def pair(address: str, patient: str, may_empty: bool) -> None:
    """Pair with the device at ADDRESS and note whose it is. Put it into its pairing mode first.

    What the device sends meanwhile is stored: many cuffs send a record only once.
    """
    services = build_services(load_settings())
    person = patient_of(services, patient)

    async def meet(radio: BleakRadio) -> TakenIn:
        return await take_in_device(services, radio, person, await _find(radio, address), may_empty=may_empty)

    taken = _with_radio(services.settings, meet)
    device = next(d for d in _devices(services, person) if d.address.lower() == address.lower())
    click.echo(f"paired {device.public_id}  {device.kind}  {device.name}: {taken.new} new readings")


@command.command()
@click.option("--patient", required=True, help="Whose devices to read.")
@click.option("--address", help="Only this device.")
@click.option("--all", "everything", is_flag=True, help="All records, not only those after the last one read.")
@may_empty
@click.option("--json", "wants_json", is_flag=True, help="One JSON object a device.")
def download(patient: str, address: str | None, everything: bool, may_empty: bool, wants_json: bool) -> None:
    """Read the patient's paired devices that can be heard, and store what is new."""
    services = build_services(load_settings())
    person = patient_of(services, patient)
    known = [device for device in _devices(services, person) if address in (None, device.address)]
    if not known:
        raise BadInput("no paired device", where=patient, advice="pair it first: companion devices pair ADDRESS")

    unheard: list[DeviceError] = []

    async def read_each(radio: BleakRadio) -> list[_Result]:
        """One that sleeps keeps nobody from the others."""
        results = []
        for device in known:
            order = _order(services, person, None if everything else _mark(device), may_empty)
            try:
                results.append(await _download(services, radio, person, device, order))
            except DeviceError as error:
                unheard.append(error)
        return results

    results = _with_radio(services.settings, read_each)
    for result in results:
        _report(result, wants_json)
    for error in unheard[1:]:
        click.echo(str(error), err=True)
    if unheard:
        raise unheard[0]
    if not all(result.session.complete for result in results):
        raise click.exceptions.Exit(1)


@dataclass(frozen=True)
class _Result:
    device: Device
    session: Session
    taken: TakenIn


async def _download(services: Services, radio: BleakRadio, person: Person, device: Device, order: Order) -> _Result:
    found = await _find(radio, device.address)
    session = await fetch(radio, found, order)
    return _Result(device, session, take_in_session(services, person, found, session))


def _order(services: Services, person: Person, after: Mark | None, may_empty: bool) -> Order:
    def wall() -> datetime:
        return services.clock().astimezone(ZoneInfo(person.zone)).replace(tzinfo=None)

    return Order(services.clock, after, wall, may_empty)


def _mark(device: Device) -> Mark | None:
    if device.last_sequence is None:
        return None
    told = device.last_record_time
    return Mark(device.last_sequence, datetime.fromisoformat(told) if told else None)


async def take_in_device(
    services: Services, radio: BleakRadio, person: Person, found: Found, *, may_empty: bool = False
) -> TakenIn:
    """Pairs with a device that was heard, and stores all it sends. Raises BadInput when it sends nothing."""
    session = await fetch(radio, found, _order(services, person, None, may_empty))
    if not session.complete and not session.payloads:
        raise BadInput(session.sentence, where=found.address)
    return take_in_session(services, person, found, session)


def _report(result: _Result, wants_json: bool) -> None:
    device, session, taken = result.device, result.session, result.taken
    if wants_json:
        print_json(
            {
                "device": device.public_id,
                "kind": device.kind,
                "payloads": len(session.payloads),
                "announced": session.announced,
                "complete": session.complete,
                "new": taken.new,
                "known": taken.known,
                "refused": taken.refused,
                "links": session.links,
                "sentence": session.sentence,
                "anomalies": [anomaly.detail for anomaly in session.anomalies],
            }
        )
        return
    click.echo(f"{device.name}: {taken.new} new, {taken.known} known before, {taken.refused} refused")
    if session.sentence:
        click.echo(f"  {session.sentence}", err=True)


async def _find(radio: BleakRadio, address: str) -> Found:
    """As soon as it is heard: many devices are awake for a few seconds only."""
    found = await radio.find(SERVICES, LISTEN_S, lambda heard: heard.address.lower() == address.lower())
    if found is None:
        raise DeviceUnreachable(
            "is not heard", where=address, advice="wake it, or measure; it must not be connected to a telephone"
        )
    return found


def _devices(services: Services, person: Person) -> list[Device]:
    with reading(services.engine) as session:
        query = select(Device).where(Device.patient_id == person.id, Device.address != "").order_by(Device.id)
        return list(session.scalars(query))


def _with_radio(settings: Settings, use: Callable[[BleakRadio], Awaitable[T]]) -> T:
    async def run() -> T:
        radio = open_radio(settings.bluetooth_backend, AtTerminal())
        try:
            return await use(radio)
        finally:
            await radio.close()

    return asyncio.run(run())
