"""What the doctor's overview tells of each patient, by one statement a thing, however many patients there are."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from companion.advice.models import Plan
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.db import rows_of
from companion.devices.models import Device, Hub
from companion.panel.keeping import Kept, PatientFigures, kept_of
from companion.web.access import Whose
from companion.web.for_doctors.panel_order import Called, Line
from companion.web.in_words.device_words import BATTERY_LOW, DEVICE_SILENT_AFTER, HUB_SILENT_AFTER

Named = tuple[str, datetime]


def lines_of(
    db: Session, whose: Whose, in_place_of: Mapping[int, Person], now: datetime
) -> tuple[list[Line], datetime | None]:
    """A line each, and as of when the oldest standing among them was worked out."""
    kept, plans = kept_of(db, whose(PatientFigures.patient_id)), _plan_ends(db, whose)
    silent, batteries = _devices(db, whose, now)
    tasks, urgent = _tasks(db, whose)
    standings = {patient_id: each.standing for patient_id, each in kept.items()}
    # In the order of the fields: by name, a thousand lines take four times as long.
    lines = [
        Line(
            patient,
            standings.get(patient.id),
            tuple(silent.get(patient.id, ())),
            tuple(batteries.get(patient.id, ())),
            plans.get(patient.id),
            tasks.get(patient.id, 0),
            patient.id in urgent,
            in_place_of.get(patient.id),
        )
        for patient in _patients(db, whose)
    ]
    return lines, _oldest(kept.values())


def _patients(db: Session, whose: Whose) -> Iterable[Called]:
    """A doctor may have a thousand: no more is read of them than their order needs."""
    return map(Called._make, rows_of(db, select(Person.id, Person.name).where(whose(Person.id))))


def _oldest(kept: Collection[Kept]) -> datetime | None:
    return min((each.worked_out_at for each in kept), default=None)


def _plan_ends(db: Session, whose: Whose) -> dict[int, date]:
    """By patient the day on which the next of the plans that nobody ended is over."""
    query = (
        select(Plan.patient_id, func.min(Plan.ends_on))
        .where(whose(Plan.patient_id), Plan.stopped_at.is_(None))
        .group_by(Plan.patient_id)
    )
    return {row[0]: row[1] for row in rows_of(db, query)}


def _tasks(db: Session, whose: Whose) -> tuple[Counter[int], set[int]]:
    """By patient how many tasks are open; and who has an urgent one."""
    query = select(Task.patient_id, Task.kind).where(whose(Task.patient_id), Task.done_at.is_(None))
    rows = rows_of(db, query).all()
    urgent = {row.patient_id for row in rows if row.kind == TaskKind.URGENT_READING}
    return Counter(row.patient_id for row in rows), urgent


def _devices(
    db: Session, whose: Whose, now: datetime
) -> tuple[defaultdict[int, list[Named]], defaultdict[int, list[tuple[str, int]]]]:
    """By patient what has been silent for too long, and which batteries are low. Of devices of one kind only the one
    seen last counts: the others were replaced by it."""
    silent: defaultdict[int, list[Named]] = defaultdict(list)
    batteries: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for device in _newest_of_each_kind(db, whose):
        if device.last_seen_at < now - DEVICE_SILENT_AFTER:
            silent[device.patient_id].append((device.name, device.last_seen_at))
        if device.battery_percent is not None and device.battery_percent <= BATTERY_LOW:
            batteries[device.patient_id].append((device.name, device.battery_percent))
    for patient_id, name, seen in rows_of(db, _silent_hubs(whose, now)):
        silent[patient_id].append((name, seen))
    return silent, batteries


def _newest_of_each_kind(db: Session, whose: Whose) -> Collection[Row[int, str, str, datetime, int | None]]:
    """As rows, as patients are."""
    told = Device.patient_id, Device.kind, Device.name, Device.last_seen_at, Device.battery_percent
    query = select(*told).where(whose(Device.patient_id), Device.removed_at.is_(None))
    newest = {(row.patient_id, row.kind): row for row in rows_of(db, query.order_by(Device.last_seen_at))}
    return newest.values()


def _silent_hubs(whose: Whose, now: datetime) -> Select[int, str, datetime]:
    return select(Hub.patient_id, Hub.name, Hub.last_seen_at).where(
        whose(Hub.patient_id), Hub.revoked_at.is_(None), Hub.last_seen_at < now - HUB_SILENT_AFTER
    )
