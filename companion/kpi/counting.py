"""All of the clinic's figures of one day."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from companion.db import reading
from companion.kpi import records
from companion.kpi.control import Target, control
from companion.kpi.figures import ACTIVITY, DEVICES, ENROLLED, IN_RANGE, PRESSURE, READINGS, Counted
from companion.kpi.measured import Measured, measured
from companion.kpi.records import Doses, Patient
from companion.readings.store import ReadingStore


def count(engine: Engine, store: ReadingStore, until_on: date) -> list[Counted]:
    """As it is known now: what is answered or uploaded later about those days is in no count made before. Takes some
    milliseconds a patient. Raises Unavailable."""
    with reading(engine) as session:
        patients = records.enrolled(session, until_on)
        doses = records.doses(session, until_on)
        targets = records.targets(session, until_on)
        of_events = [
            *records.of_doses({patient.id: doses[patient.id] for patient in patients if patient.id in doses}),
            *records.decisions(session, until_on),
            *records.alerts(session, until_on),
            *records.deliveries(session, until_on),
            *_parts(DEVICES, records.devices(session, until_on, patients)),
        ]
    readings = {patient.id: _measured(engine, store, patient, until_on) for patient in patients}
    return [
        Counted(ENROLLED, len(patients), None, len(patients)),
        *_parts(ACTIVITY, Counter(_activity(readings[each.id], doses.get(each.id)) for each in patients)),
        *_of_readings(list(readings.values())),
        *_parts(PRESSURE, _controlled(patients, readings, targets)),
        *of_events,
    ]


def _measured(engine: Engine, store: ReadingStore, patient: Patient, until_on: date) -> Measured:
    """One patient at a time: nobody waits for the whole."""
    with reading(engine) as session:
        return measured(session, store, patient.public_id, ZoneInfo(patient.zone), until_on)


def _activity(readings: Measured, doses: Doses | None) -> str:
    is_active = readings.is_active or (doses is not None and doses.answered > 0)
    return "active" if is_active else "inactive"


def _of_readings(every: Sequence[Measured]) -> Iterator[Counted]:
    yield Counted(READINGS, sum(each.in_week for each in every), len(every), sum(each.in_week > 0 for each in every))
    sticks = [each for each in every if each.glucose]
    in_range, glucose = sum(each.in_range for each in sticks), sum(each.glucose for each in sticks)
    yield Counted(IN_RANGE, in_range, glucose, len(sticks))


def _controlled(
    patients: Sequence[Patient], readings: Mapping[int, Measured], targets: Mapping[int, Target]
) -> Counter[str]:
    return Counter(control(readings[each.id].pressures, targets.get(each.id), ZoneInfo(each.zone)) for each in patients)


def _parts(names: Sequence[str], people: Counter[str]) -> list[Counted]:
    """Every part has its number, also 0."""
    return [Counted(name, people[name], people.total(), people[name]) for name in names]
