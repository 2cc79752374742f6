"""The steps that find, pair and read the device, and look at what it told."""

from companion.devices.check.visit import DoesNotApply, Fact, NotAsItShould, Seen, Visit
from companion.devices.profiles.assigned_numbers import (
    BLOOD_PRESSURE_MEASUREMENT,
    BLOOD_PRESSURE_SERVICE,
    CGM_MEASUREMENT,
    GLUCOSE_MEASUREMENT,
)
from companion.devices.quirks import ClockPlace
from companion.devices.radio.fetch import fetch
from companion.devices.radio.kinds import SERVICES
from companion.devices.radio.link import Found
from companion.devices.radio.record_kinds import METER
from companion.devices.radio.selection import Mark
from companion.devices.radio.session import Order, Session
from companion.devices.records.device_time import TRUSTED_DRIFT

LISTEN_S = 0.5
RECORDS = {GLUCOSE_MEASUREMENT, BLOOD_PRESSURE_MEASUREMENT, CGM_MEASUREMENT}


async def adapter(visit: Visit) -> Seen:
    await visit.radio.scan(SERVICES, LISTEN_S)
    return Seen("The radio listens.", {})


async def scan(visit: Visit) -> Seen:
    heard = await visit.radio.scan(SERVICES, visit.scan_s)
    visit.found_device = await _ours(visit, heard)
    facts: dict[str, Fact] = {"heard": len(heard), "rssi_dbm": visit.found.rssi}
    return Seen("The device is heard.", {**facts, "services": " ".join(visit.found.service_uuids)})


async def _ours(visit: Visit, heard: list[Found]) -> Found:
    """The one that was asked for, the only one, or the one that the person knows."""
    if visit.address:
        heard = [found for found in heard if found.address.lower() == visit.address.lower()]
    if not heard:
        raise NotAsItShould("The device is not heard: wake it, and see that no telephone is connected to it.")
    for found in heard:
        if len(heard) == 1 or await visit.person.does(f"Go on if it is {found.name or found.address}"):
            return found
    raise NotAsItShould("Several devices are heard: say which one it is with --address.")


async def pair(visit: Visit) -> Seen:
    asked = visit.witness.asked
    start = visit.now()
    async with visit.radio.connect(visit.found.address):
        seconds = (visit.now() - start).total_seconds()
    visit.pin_was_asked = visit.witness.asked > asked
    return Seen("The device paired.", {"seconds": round(seconds, 1), "number_asked": visit.pin_was_asked})


async def bond(visit: Visit) -> Seen:
    asked = visit.witness.asked
    start = visit.now()
    async with visit.radio.connect(visit.found.address):
        seconds = (visit.now() - start).total_seconds()
    if visit.witness.asked > asked:
        raise NotAsItShould("The device asked for its number again: it did not keep the bond.")
    return Seen("The device connects again and asks nothing.", {"seconds": round(seconds, 1)})


async def read(visit: Visit) -> Seen:
    session = await fetched(visit)
    facts = figures(session) | {"new": visit.keep(visit.found, session)}
    visit.first_session = session
    if not session.complete:
        raise NotAsItShould(session.sentence)
    return Seen("The device was read to its end.", facts)


async def fetched(visit: Visit, after: Mark | None = None) -> Session:
    order = Order(visit.now, after, may_empty=visit.may_empty, idle_s=visit.idle_s)
    return await fetch(visit.radio, visit.found, order, visit.patience)


def figures(session: Session) -> dict[str, Fact]:
    """How many, of which characteristic, with which troubles: no value of any record."""
    came: dict[str, Fact] = {}
    for characteristic in sorted({payload.characteristic for payload in session.payloads}):
        came[f"came_{characteristic}"] = sum(payload.characteristic == characteristic for payload in session.payloads)
    troubles = " ".join(dict.fromkeys(anomaly.trouble for anomaly in session.anomalies))
    return came | {"announced": session.announced, "links": session.links, "troubles": troubles}


async def identity(visit: Visit) -> Seen:
    told = visit.session.identity
    facts: dict[str, Fact] = {
        "manufacturer": told.manufacturer,
        "model": told.model,
        "firmware": told.firmware,
        "tells_serial": bool(told.serial),
        "battery_percent": visit.session.battery,
        "features": visit.session.features.hex() if visit.session.features else None,
        "page": visit.quirks.page,
    }
    if not told.model:
        raise DoesNotApply("The device does not say what it is.")
    return Seen(f"It is known as: {visit.quirks.title}.", facts)


async def clock(visit: Visit) -> Seen:
    reading = visit.session.clock
    if visit.quirks.clock is ClockPlace.NONE:
        raise DoesNotApply("Its page says that it shows no clock.")
    if reading is None or reading.device_time is None:
        raise NotAsItShould("The clock of the device cannot be read.")
    off = reading.device_time - (visit.wall() - (visit.now() - reading.read_at))
    facts: dict[str, Fact] = {"seconds_off": round(off.total_seconds())}
    if abs(off) > TRUSTED_DRIFT:
        return Seen("The clock can be read; it is wrong, and should be set.", facts)
    return Seen("The clock can be read, and is right.", facts)


async def count(visit: Visit) -> Seen:
    session = visit.session
    if session.announced is None:
        raise DoesNotApply("The device does not count its records.")
    came = len(records(session))
    if came != session.announced:
        raise NotAsItShould(f"{session.announced} records were counted, and {came} came.")
    return Seen("As many records came as were counted.", {"records": came})


def records(session: Session) -> set[tuple[str, bytes]]:
    """Each different one; contexts belong to their records, and what was read of the device itself is none."""
    return {(p.characteristic, p.raw) for p in session.payloads if p.characteristic in RECORDS}


async def again(visit: Visit) -> Seen:
    if visit.quirks.sends_unsent_only or visit.quirks.deletes_what_it_sent:
        raise DoesNotApply("Its page says that it sends each record once.")
    second = await fetched(visit)
    new = visit.keep(visit.found, second)
    missing = records(visit.session) - records(second)
    if missing and BLOOD_PRESSURE_SERVICE in visit.found.service_uuids:
        raise DoesNotApply("The cuff sends each record once; its page should say so.")
    if missing or not second.complete:
        raise NotAsItShould(f"{len(missing)} records did not come a second time. {second.sentence}")
    if new:
        raise NotAsItShould(f"{new} readings were stored a second time.")
    return Seen("The same records came again, and none was stored twice.", figures(second) | {"new": new})


async def after(visit: Visit) -> Seen:
    """Asks for what lies behind the record in the middle: nothing of it may be missing."""
    entries = [entry for raw in _glucose(visit.session) if (entry := METER.entry(raw))]
    if len(entries) < 3 or not visit.quirks.has_lasting_sequence:
        raise DoesNotApply("It has fewer than three records, or its numbers do not last.")
    middle = entries[len(entries) // 2]
    rest = await fetched(visit, middle.mark)
    visit.keep(visit.found, rest)
    wanted = {raw for raw in _glucose(visit.session) if (e := METER.entry(raw)) and e.number > middle.number}
    missing = wanted - set(_glucose(rest))
    if missing:
        raise NotAsItShould(f"{len(missing)} of the {len(wanted)} newer records did not come.")
    return Seen("Only what was new was asked for, and all of it came.", figures(rest))


def _glucose(session: Session) -> list[bytes]:
    return [payload.raw for payload in session.payloads if payload.characteristic == METER.characteristic]


async def more(visit: Visit) -> Seen:
    """After a measurement: one record more than before."""
    session = await fetched(visit)
    new = visit.keep(visit.found, session)
    added = len(records(session) - records(visit.session))
    if not added:
        raise NotAsItShould("No new record came.")
    visit.first_session = visit.session._replace(payloads=visit.session.payloads + session.payloads)
    return Seen("The new record came.", {"added": added, "new": new})
