"""Raw readings from a hub or a browser: refused as a whole, or taken in once; only this side decodes and dates."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion import flows
from companion.arrivals import Download
from companion.devices.ingest import DeviceIdentity, find_or_add_device
from companion.devices.models import Device
from companion.devices.radio.naming import known_as
from companion.devices.radio.session import Identity
from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload
from companion.web.access import Action, guarded
from companion.web.api import batch_schemas, schemas
from companion.web.api.batch_keys import FirstSight, once
from companion.web.api.problems import Problem
from companion.web.api.routes import endpoint
from companion.web.context import changes, look, now, outside, subject

CLOCKS_AGREE = timedelta(minutes=1)
"""A sender whose clock is so near to ours is believed; the way here takes time, too."""
FURTHEST_OFF = timedelta(days=60 * 365)
"""A clock that was reset shows 1970 or 2000."""


@endpoint(
    "POST",
    "/readings:batch",
    takes=batch_schemas.BatchIn,
    gives=schemas.TakenInOut,
    status=201,
    may_fail=(400, 413, 422),
)
@guarded(Action.ADD_READINGS, hubs=True)
def add_batch(given: dict[str, Any]) -> dict[str, Any]:
    """A part or the whole of one Bluetooth session, at most 500 values. `Idempotency-Key` is honoured for good: the
    same batch again, however much later, is answered as the first time. Durable when answered."""
    with look() as db:
        device = _own_device(db, identity_of(given["device"]))
    return once(
        given["sent_at"],
        lambda seen: check_instants(given, seen),
        lambda seen: _take_in(device, given, seen.skew),
    )


def _own_device(db: Session, known: DeviceIdentity) -> Device:
    wanted = Device.patient_id == subject().id, Device.identity == known.identity[:120], Device.removed_at.is_(None)
    device = db.scalar(select(Device).where(*wanted))
    if device is None:
        raise Problem(422, "unknown_device", "This device is not one of the patient's: pair it first.")
    return device


def _take_in(device: Device, given: dict[str, Any], skew: timedelta) -> dict[str, Any]:
    taken = flows.take_in(outside().stores, arrival_of(given, skew), now())
    _note(device, given["device"])
    return taken._asdict()


def arrival_of(given: dict[str, Any], skew: timedelta) -> Download:
    """What was sent, by our clock: `skew` is how far the sender's is behind it."""
    skew = _beyond_doubt(skew)
    is_dated = given["times_known"]
    return Download(
        patient_id=subject().id,
        device=identity_of(given["device"]),
        payloads=[
            RawPayload(
                item["characteristic"].lower(),
                bytes.fromhex(item["value"]),
                item["received_at"] + skew if is_dated else now(),
            )
            for item in given["items"]
        ],
        clock=_sensible_clock(given["clock"], skew) if is_dated else None,
        is_complete=given["complete"],
        is_undated=not is_dated,
    )


def _sensible_clock(told: dict[str, Any] | None, skew: timedelta) -> ClockReading | None:
    """What the device's clock showed; a clock that is further off than any device is old says nothing."""
    if told is None:
        return None
    clock = ClockReading(told["device_time"], told["read_at"] + skew)
    wall = clock.read_at.replace(tzinfo=None)
    return clock if abs(clock.device_time - wall) < FURTHEST_OFF else None


def _beyond_doubt(skew: timedelta) -> timedelta:
    return skew if abs(skew) > CLOCKS_AGREE else timedelta(0)


def check_instants(given: dict[str, Any], seen: FirstSight) -> None:
    """By our own clock nothing came in the future, or before there were such meters. Raises Problem where it did.

    Our clock may have been ahead when the batch was first seen, and be right as it comes again: what fitted then
    fits still, or values would be set aside of which some are in already.
    """
    latest = max(now(), seen.at) + CLOCKS_AGREE
    skew = _beyond_doubt(seen.skew)
    if given["times_known"] and not all(schemas.EARLIEST <= at + skew <= latest for at in _instants(given)):
        raise Problem(422, "clock_ahead", "A time does not fit `sent_at`; check the clock of the sender.")


def _instants(given: dict[str, Any]) -> Iterator[datetime]:
    yield from (item["received_at"] for item in given["items"])
    if given["clock"]:
        yield given["clock"]["read_at"]


def _note(device: Device, told: dict[str, Any]) -> None:
    """What it said of itself, as far as it said it."""
    said = {"battery_percent": told["battery_percent"], "firmware": told["firmware"] or None}
    known = {name: value for name, value in said.items() if value is not None}
    if known:
        with changes() as db:
            db.execute(update(Device).where(Device.id == device.id).values(**known))


@endpoint(
    "POST",
    "/devices",
    takes=batch_schemas.DeviceIn,
    gives=batch_schemas.DeviceOut,
    status=201,
    may_fail=(400, 422),
)
@guarded(Action.ADD_READINGS, hubs=True)
def add_device(given: dict[str, Any]) -> dict[str, Any]:
    """A device that was just paired is the patient's from now on, also one that was removed. Safe to repeat."""
    known = find_or_add_device(outside().engine, subject().id, identity_of(given), now())
    with changes() as db:
        device = db.get_one(Device, known.id)
        device.removed_at = None
        return {"id": device.public_id, "kind": device.kind, "name": device.name}


def identity_of(told: dict[str, Any]) -> DeviceIdentity:
    """The device as it is known again."""
    identity = Identity(told["manufacturer"], told["model"], told["serial"], told["firmware"])
    name = told["name"] or told["model"]
    return DeviceIdentity(
        known_as(identity, told["address"]), told["kind"], name, told["address"], told["manufacturer"], told["model"]
    )
