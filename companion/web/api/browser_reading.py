"""What the patient's browser asks when it reads a device itself: how to, and whether that is the patient's. Nothing
is stored here: what the patient says yes to comes as any batch does."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import select

from companion.devices import ingest
from companion.devices.ingest import DeviceIdentity
from companion.devices.models import Device
from companion.devices.radio.browser_order import order_for
from companion.devices.radio.naming import address_of_system_id
from companion.devices.radio.selection import Mark
from companion.devices.records.origin import Origin
from companion.devices.records.payloads import Batch, read_payloads
from companion.readings.ledger import count_known
from companion.readings.reading import Metric, Reading
from companion.web.access import Action, guarded
from companion.web.api import browser_schemas
from companion.web.api.batch_keys import FirstSight
from companion.web.api.batches import arrival_of, check_instants, identity_of
from companion.web.api.routes import endpoint
from companion.web.charting.values import unit_text, value_text
from companion.web.context import look, now, outside, subject
from companion.web.language import at

SHOWN = 5
"""So many of the newest values are enough to know one's own again."""
METRICS: dict[Metric, LazyString] = {
    Metric.GLUCOSE: _l("Glucose"),
    Metric.BLOOD_PRESSURE: _l("Blood pressure"),
    Metric.KETONE: _l("Ketone"),
}


# How to read it


@endpoint(
    "POST",
    "/devices:order",
    takes=browser_schemas.SeenIn,
    gives=browser_schemas.OrderOut,
    may_fail=(400, 422),
)
@guarded(Action.ADD_READINGS)
def order(seen: dict[str, Any]) -> dict[str, Any]:
    """How a browser has to read this device, by its model and by what was read of it before."""
    device = _device_of(seen)
    identity = identity_of(device)
    return {"device": device, **order_for(seen["kind"], identity.quirks, _mark_of(identity))._asdict()}


def _device_of(seen: dict[str, Any]) -> dict[str, Any]:
    """What it is called in batches. It is known again by its address, if it tells that in its System ID, else by the
    browser's name for it; and as the one that a hub reads, whose serial number a browser may not see."""
    told = ("kind", "name", "manufacturer", "model", "firmware", "battery_percent")
    address = address_of_system_id(seen["system_id"]) or f"browser/{seen['browser_id']}"
    device = {name: seen[name] for name in told} | {"address": address}
    return device | {"serial": _serial_known_to_hubs(device)}


def _serial_known_to_hubs(device: dict[str, Any]) -> str:
    """Of the patient's one device of that model with that address, or whose serial number ends its name."""
    model = f"{device['manufacturer']}/{device['model']}/"
    with look() as db:
        own = Device.patient_id == subject().id, Device.identity.startswith(model, autoescape=True)
        known = db.scalars(select(Device).where(*own)).all()
    same = {
        serial
        for each in known
        if (serial := each.identity.removeprefix(model))
        and (each.address == device["address"] or device["name"].endswith(serial))
    }
    return same.pop() if len(same) == 1 else ""


def _mark_of(identity: DeviceIdentity) -> Mark | None:
    """Where the last reading of that device ended, whoever read it."""
    device = _find_device(identity)
    if device is None or device.last_sequence is None:
        return None
    time = device.last_record_time
    return Mark(device.last_sequence, datetime.fromisoformat(time) if time else None)


def _find_device(identity: DeviceIdentity) -> Device | None:
    """Of the patient's, the ones that were removed included."""
    own = Device.patient_id == subject().id, Device.identity == identity.identity[:120]
    with look() as db:
        return db.scalar(select(Device).where(*own))


# Whether it is the patient's


@endpoint(
    "POST",
    "/readings:preview",
    takes=browser_schemas.PreviewIn,
    gives=browser_schemas.PreviewOut,
    may_fail=(400, 413, 422),
)
@guarded(Action.ADD_READINGS)
def preview(given: dict[str, Any]) -> dict[str, Any]:
    """What those batches amount to, in the reader's language. Nothing of it is stored."""
    read = [_read(batch) for batch in given["batches"]]
    readings = [reading for each in read for reading in each.incoming.readings]
    known = _count_known(read)
    device = identity_of(given["batches"][0]["device"])
    found = _find_device(device)
    return {
        "device": device.name,
        "newest": _newest(readings),
        "new": len(readings) - known,
        "known": known,
        "refused": sum(len(each.refused) for each in read),
        "is_mine": found is not None and found.removed_at is None,
    }


def _read(given: dict[str, Any]) -> Batch:
    """Decoded and dated as it would be taken in."""
    seen = FirstSight(now() - given["sent_at"], now())
    check_instants(given, seen)
    arrival = arrival_of(given, seen.skew)
    owner = ingest.get_owner(outside().engine, subject().id, arrival.device)
    device = owner.device.public_id if owner.device else ""
    origin = Origin(owner.public_id, device, "preview", owner.zone, arrival.device.quirks)
    return read_payloads(arrival.payloads, origin, arrival.clock)


def _count_known(read: Sequence[Batch]) -> int:
    with look() as db:
        connection = db.connection()
        return sum(count_known(connection, subject().id, each.incoming.identities) for each in read)


def _newest(readings: Sequence[Reading]) -> list[dict[str, Any]]:
    newest = sorted(readings, key=lambda reading: reading.taken_at, reverse=True)[:SHOWN]
    return [
        {
            "metric": str(METRICS[reading.metric]),
            "value": f"{value_text(reading)} {unit_text(reading.unit)}",
            "time": at(reading.taken_at, subject().zone),
        }
        for reading in newest
    ]
