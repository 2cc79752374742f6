"""Readings come in: who and what device they are from, the ledger, the quarantine, the store. One transaction
where the store lives in the records' database; otherwise what is due is written before the append."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Integer, String, bindparam, func, insert, select, update

from companion import db
from companion.care.people import Person
from companion.clock import from_ms, to_ms
from companion.devices.models import Device, Intake, Quarantined
from companion.devices.quirk_table import quirks_of
from companion.devices.quirks import Quirks
from companion.devices.radio.selection import Mark
from companion.devices.records.payloads import Batch, Refused
from companion.devices.uploaded_rows import FROM_FILE
from companion.errors import BadInput
from companion.many_rows import insert_rows
from companion.readings.batch import Incoming, ReadingBatch
from companion.readings.identity import Identities, sequence_from
from companion.readings.plausible import why_impossible
from companion.readings.reading import Kind, Meal, Metric, Reading
from companion.readings.store import ReadingStore
from companion.readings.units import PRESSURE_UNIT, GlucoseUnit
from companion.sealing.columns import QUARANTINED, sealer


class IntakeKind(StrEnum):
    DOWNLOAD = "download"
    UPLOAD = "upload"
    TYPED = "typed"
    MOVED = "moved"  # readings of a meter that somebody else used


@dataclass(frozen=True)
class DeviceIdentity:
    """What a device says of itself. `identity` is its serial number with its model, or its address; manufacturer and
    model tell where it departs from its profile."""

    identity: str
    kind: str
    name: str
    address: str = ""
    manufacturer: str = ""
    model: str = ""

    @property
    def quirks(self) -> Quirks:
        return quirks_of(self.manufacturer, self.model, self.name)


class KnownDevice(NamedTuple):
    """A device's row and its name outside."""

    id: int
    public_id: str


class Owner(NamedTuple):
    """The patient the readings are of, as far as taking them in needs to know, and the device they come from if it
    is one that was seen before."""

    id: int
    public_id: str
    zone: ZoneInfo
    device: KnownDevice | None


def get_owner(engine: Engine, patient_id: int, device: DeviceIdentity | None) -> Owner:
    """The patient with that row, and the device of that identity."""
    told = {"patient_id": patient_id, "identity": device.identity[:120] if device else None}
    with db.looking(engine) as connection:
        public_id, zone, *known = connection.execute(_OWNER, told).one()
    return Owner(patient_id, public_id, ZoneInfo(zone), None if known[0] is None else KnownDevice(*known))


_people: Any = Person.__table__
_devices: Any = Device.__table__
_OWNER = (
    select(_people.c.public_id, _people.c.zone, _devices.c.id, _devices.c.public_id.label("device"))
    .outerjoin(_devices, (_devices.c.patient_id == _people.c.id) & (_devices.c.identity == bindparam("identity")))
    .where(_people.c.id == bindparam("patient_id"))
)


def find_or_add_device(engine: Engine, patient_id: int, device: DeviceIdentity, now: datetime) -> KnownDevice:
    """The patient's device with that identity. Locks the patient: two workers may meet a new device at once."""
    with db.writing(engine) as session:
        session.get_one(Person, patient_id, with_for_update={"key_share": True})
        query = select(Device).where(Device.patient_id == patient_id, Device.identity == device.identity[:120])
        known = session.scalar(query)
        if known is None:
            known = Device(
                public_id=f"de_{secrets.token_hex(6)}",
                patient_id=patient_id,
                identity=device.identity[:120],
                kind=device.kind,
                name=device.name[:80],
                address=device.address[:40],
                first_seen_at=now,
                last_seen_at=now,
            )
            session.add(known)
            session.flush()
        return KnownDevice(known.id, known.public_id)


def note_device(
    connection: Connection, device_id: int, address: str, mark: Mark | None, clock_offset_s: int | None, now: datetime
) -> None:
    """Seen now; where the next download may go on, and how far the clock was off. Only together with, or after, the
    readings: the device is never asked again for what lies before."""
    told = {
        "device_id": device_id,
        "now": now,
        "address": address[:40] or None,
        "sequence": mark.number if mark else None,
        "record_time": mark.time.isoformat() if mark and mark.time else None,
        "offset_s": clock_offset_s,
    }
    connection.execute(_NOTE_DEVICE, told)


_NOTE_DEVICE = (
    update(_devices)
    .where(_devices.c.id == bindparam("device_id"))
    .values(
        last_seen_at=bindparam("now"),
        # What this download does not tell stays as it was.
        address=func.coalesce(bindparam("address", type_=String), _devices.c.address),
        last_sequence=func.coalesce(bindparam("sequence", type_=Integer), _devices.c.last_sequence),
        last_record_time=func.coalesce(bindparam("record_time", type_=String), _devices.c.last_record_time),
        clock_offset_s=func.coalesce(bindparam("offset_s", type_=Integer), _devices.c.clock_offset_s),
    )
)


def new_intake_id() -> str:
    """What one download, upload or typing is called outside."""
    return f"in_{secrets.token_hex(6)}"


class NewIntake(NamedTuple):
    """One download, upload or typing that is about to be kept; its public id is the `source` of its readings."""

    public_id: str
    patient_id: int
    kind: str
    received_at: datetime
    device_id: int | None
    by_id: int | None
    format: str
    content_sha256: str
    is_complete: bool


def new_intake(
    *,
    kind: IntakeKind,
    patient_id: int,
    now: datetime,
    by_id: int | None = None,
    device: KnownDevice | None = None,
    file_format: str = "",
    content_sha256: str = "",
    is_complete: bool = True,
    public_id: str = "",
) -> NewIntake:
    """The record of one download, upload or typing, not written yet. A file that comes in parts names its own."""
    return NewIntake(
        public_id or new_intake_id(),
        patient_id,
        kind.value,
        now,
        device.id if device else None,
        by_id,
        file_format,
        content_sha256,
        is_complete,
    )


_intakes: Any = Intake.__table__
_ADD_INTAKE = insert(_intakes)


def add_intake(connection: Connection, intake: NewIntake, readings: ReadingBatch, *, new: int) -> int:
    """Writes it, with how many of its readings were new and their span; gives its number. What comes by an upload
    that is there already is added to it."""
    times = readings.taken_at_ms
    told = {
        **intake._asdict(),
        "new": new,
        "known": len(readings) - new,
        "first_at": from_ms(min(times)) if times else None,
        "last_at": from_ms(max(times)) if times else None,
    }
    if intake.kind == IntakeKind.UPLOAD and (there := _add_to_upload(connection, told)) is not None:
        return there
    key = connection.execute(_ADD_INTAKE, told).inserted_primary_key
    assert key is not None, "one row has one key"
    return int(key[0])


def _add_to_upload(connection: Connection, told: dict[str, Any]) -> int | None:
    """Adds the counts to the upload of that name, and widens its span; None when this is its first part."""
    query = select(_intakes.c.id, _intakes.c.first_at, _intakes.c.last_at)
    there = connection.execute(query.where(_intakes.c.public_id == told["public_id"])).one_or_none()
    if there is None:
        return None
    values = {
        "new": _intakes.c.new + told["new"],
        "known": _intakes.c.known + told["known"],
        "first_at": min(filter(None, (there.first_at, told["first_at"])), default=None),
        "last_at": max(filter(None, (there.last_at, told["last_at"])), default=None),
        "linked_at": None,
    }
    connection.execute(update(_intakes).where(_intakes.c.id == there.id).values(values))
    return int(there.id)


def quarantine(
    connection: Connection, patient_id: int, intake_id: int, refused: Sequence[Refused], now: datetime
) -> int:
    """Keeps what gave no reading, once each, where a person can see it; tells how many were new."""
    if not refused:
        return 0
    columns = ("patient_id", "identity", "intake_id", "place", "reason", "content", "sealed", "at")
    seal, empty = sealer(connection, QUARANTINED, patient_id, now), QUARANTINED.left
    contents = [seal(item.identity, item.content[:4000]) for item in refused]
    rows = [
        (patient_id, item.identity, intake_id, item.place[:80], item.reason[:300], empty, sealed, now)
        for item, sealed in zip(refused, contents, strict=True)
    ]
    new = insert_rows(connection, Quarantined.__table__, columns, rows, known_by="patient_id, identity")
    connection.execute(update(_intakes).where(_intakes.c.id == intake_id).values(refused=_intakes.c.refused + new))
    return new


def clashing(
    store: ReadingStore, readings: ReadingBatch, batch: Batch, within: Connection | None = None
) -> list[Reading]:
    """Records whose place is held by a record with other bytes (a meter that used one number twice within a
    second), under a sequence of their own. Both are kept; a doctor may have to look at them."""
    held = {_place(entry): entry for entry in _already_there(store, list(readings), within)}
    return [
        reading._replace(sequence=sequence_from(identity), flags=_with_flag(reading.flags, "sequence_reused"))
        for identity, reading in zip(batch.incoming.identities, readings, strict=True)
        if _is_another(held[_place(reading)], reading)
    ]


def _is_another(held: Reading, reading: Reading) -> bool:
    """A device's record is its bytes. A file's is what it says, however it is written there."""
    if reading.device.startswith(FROM_FILE):
        return (held.value, held.limit, held.diastolic) != (reading.value, reading.limit, reading.diastolic)
    return held.raw != reading.raw


def _place(reading: Reading) -> tuple[Metric, int, str, int]:
    """The reading's key within one patient, as a store keeps it: instants in whole milliseconds."""
    return reading.metric, to_ms(reading.taken_at), reading.device, reading.sequence


def _already_there(store: ReadingStore, readings: list[Reading], within: Connection | None) -> Iterator[Reading]:
    """What the store holds of each metric, from the first of these readings to the last."""
    for metric in {reading.metric for reading in readings}:
        times = [reading.taken_at for reading in readings if reading.metric is metric]
        end = max(times) + timedelta(milliseconds=1)
        yield from store.between(readings[0].patient, metric, min(times), end, within)


def _with_flag(flags: str, flag: str) -> str:
    return f"{flags},{flag}" if flags else flag


UNITS_TYPED: dict[Metric, tuple[str, ...]] = {
    Metric.GLUCOSE: tuple(GlucoseUnit),
    Metric.KETONE: (GlucoseUnit.MMOL_L.value,),
    Metric.BLOOD_PRESSURE: (PRESSURE_UNIT,),
}


@dataclass(frozen=True)
class TypedReading:
    """A reading a person types in. Glucose in `unit`; pressures in mmHg. `local_time` is the person's wall time."""

    metric: Metric
    local_time: datetime
    value: Decimal
    unit: str
    diastolic: Decimal | None = None
    pulse: Decimal | None = None
    meal: Meal | None = None


def typed(entry: TypedReading, patient: str, source: str, zone: ZoneInfo, now: datetime) -> Batch:
    """The typed reading as a batch of one. Raises BadInput for what cannot be, or has not been yet."""
    taken_at = entry.local_time.replace(tzinfo=zone)
    if taken_at > now:
        raise BadInput("lies in the future", where="time", advice="check the date and the time")
    units = UNITS_TYPED[entry.metric]
    if entry.unit not in units:
        raise BadInput(f"{entry.unit!r} does not fit", where="unit", advice=f"choose one of {', '.join(units)}")
    parts = (entry.metric, entry.local_time.isoformat(), format(entry.value, "f"), str(entry.diastolic))
    identity = Identities(b"typed", *(part.encode() for part in parts)).of(entry.local_time, b"")
    reading = Reading(
        patient=patient,
        metric=entry.metric,
        taken_at=taken_at.astimezone(now.tzinfo),
        device="typed",
        sequence=sequence_from(identity),
        value=entry.value,
        unit=entry.unit,
        kind=Kind.TYPED,
        source=source,
        diastolic=entry.diastolic,
        pulse=entry.pulse,
        meal=entry.meal,
        device_time=entry.local_time.isoformat(),
    )
    if why := why_impossible(entry.metric, entry.value, entry.unit, entry.diastolic):
        raise BadInput(why, where="value", advice="check the number and its unit")
    return Batch(Incoming.of([(identity, reading)]), [], None)
