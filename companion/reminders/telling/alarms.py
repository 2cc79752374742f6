"""Missed doses become alerts: for as many patients as a batch has, in a few statements whatever was missed.

A patient is looked at once everything that is over is marked, and whoever has to hear of several times of day hears of
them in one message: after hours without the service nobody is woken dose by dose.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, exists, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.consent import CareLink, Hears, Misses, Scope
from companion.care.due_work import DueWork, WorkKind
from companion.care.people import Person
from companion.care.quiet_hours import quiet_hours
from companion.care.regimens import Regimen
from companion.care.tasks import Alert, AlertKind, NewAlert, NewTask, TaskKind, add_alerts, add_tasks
from companion.clock import to_ms
from companion.db import writing
from companion.messages.models import Purpose
from companion.messages.outbox import NewMessage, enqueue_many
from companion.reminders.doses.dose_state import MISSED, DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.telling.escalation import (
    ALERT_VALID_FOR,
    CaregiverLink,
    PassedDose,
    Told,
    escalate,
    is_pattern,
)

BATCH = 500
LOOKED_AT_FOR = timedelta(hours=48)
"""Doses due longer ago are left alone: window, caregivers' waits and a night's quiet hours are long over."""
STILL_SWEPT = timedelta(seconds=5)
"""Another worker is still marking what this patient missed: wait for all of it."""
MANY_UNREACHED = 3
"""From so many doses of which nobody heard, somebody at the clinic calls the patient. A house rule."""
CALL_WITHIN = timedelta(hours=4)

MISSED_STATES = [state.value for state in MISSED]
KINDS = {
    DoseState.MISSED: AlertKind.MISSED_DOSE,
    DoseState.MISSED_UNREACHED: AlertKind.NOT_REACHED,
}


class MissedDose(NamedTuple):
    id: int
    patient_id: int
    regimen_id: int
    state: str
    local_on: date
    local_time: str
    due_at: datetime
    window_ends_at: datetime
    is_critical: bool

    @property
    def alert_kind(self) -> AlertKind:
        return KINDS[DoseState(self.state)]


class Known(NamedTuple):
    """What the decisions need beside the doses: links by patient, who was told by dose, days missed by medicine."""

    links: dict[int, list[CaregiverLink]]
    told: dict[int, dict[int, Told]]
    missed_on: dict[int, set[date]]


def look_at_missed(engine: Engine, now: datetime, claim: Callable[[Session], bool]) -> None:
    """Every patient whose turn it is. As in a sweep, the claim is the transaction."""
    while True:
        with writing(engine) as session:
            patients = due_work.claim(session, WorkKind.ESCALATE, now, BATCH) if claim(session) else []
            busy = _still_swept(session, patients, now)
            due_work.put_off_many(session, WorkKind.ESCALATE, [(patient, now + STILL_SWEPT) for patient in busy])
            _look_at(session, sorted(set(patients) - busy), now)
        if len(patients) < BATCH:
            return


def _still_swept(session: Session, patients: Sequence[int], now: datetime) -> set[int]:
    """The patients with doses that are due to be looked at."""
    if not patients:
        return set()
    due = DueWork.kind == WorkKind.DOSE.value, DueWork.next_check_at <= now, DueWork.subject_id == Dose.id
    recent = Dose.due_at > now - LOOKED_AT_FOR, Dose.due_at <= now
    query = select(Dose.patient_id).where(Dose.patient_id.in_(patients), *recent, exists().where(*due))
    return set(session.scalars(query))


def _look_at(session: Session, patients: Sequence[int], now: datetime) -> None:
    doses = _missed_doses(session, patients, now)
    known = Known(
        links=caregiver_links(session, patients),
        told=_told(session, [dose.id for dose in doses]),
        missed_on=_missed_days(session, doses),
    )
    tell: defaultdict[tuple[int, int], list[MissedDose]] = defaultdict(list)
    next_looks: dict[int, datetime] = {}
    for dose in doses:
        passed = PassedDose(DoseState(dose.state), dose.window_ends_at, dose.is_critical, _fits_pattern(dose, known))
        step = escalate(passed, known.links.get(dose.patient_id, ()), known.told.get(dose.id, {}), now)
        for caregiver in step.tell:
            tell[dose.patient_id, caregiver].append(dose)
        if step.look_at:
            next_looks[dose.patient_id] = min(step.look_at, next_looks.get(dose.patient_id, step.look_at))
    _tell(session, tell, now)
    _ask_clinic(session, doses, now)
    due_work.put_off_many(session, WorkKind.ESCALATE, next_looks.items())
    due_work.finish_many(session, WorkKind.ESCALATE, [patient for patient in patients if patient not in next_looks])


def _missed_doses(session: Session, patients: Sequence[int], now: datetime) -> list[MissedDose]:
    """What they missed lately; held until the end of the transaction, so that no answer comes between."""
    if not patients:
        return []
    query = (
        select(
            Dose.id,
            Dose.patient_id,
            Dose.regimen_id,
            Dose.state,
            Dose.local_on,
            Dose.local_time,
            Dose.due_at,
            Dose.window_ends_at,
            Regimen.is_critical,
        )
        .join(Regimen, Regimen.id == Dose.regimen_id)
        .where(Dose.patient_id.in_(patients), Dose.due_at > now - LOOKED_AT_FOR, Dose.due_at <= now)
        .where(Dose.state.in_(MISSED_STATES))
        .order_by(Dose.patient_id, Dose.due_at, Dose.id)
        .with_for_update(of=Dose)
    )
    return [MissedDose(*row) for row in session.execute(query)]


def caregiver_links(session: Session, patients: Sequence[int]) -> dict[int, list[CaregiverLink]]:
    """Every care link about missed doses, running or ended, by patient: escalation decides which of them speak."""
    query = (
        select(CareLink, Person.zone, Person.quiet_from, Person.quiet_until)
        .join(Person, Person.id == CareLink.member_id)
        .where(CareLink.patient_id.in_(patients), CareLink.scope == Scope.MISSED_DOSES.value)
        .where(Person.left_at.is_(None))
        .order_by(CareLink.id)
    )
    links: defaultdict[int, list[CaregiverLink]] = defaultdict(list)
    for link, zone, begins, ends in session.execute(query):
        links[link.patient_id].append(
            CaregiverLink(
                caregiver_id=link.member_id,
                starts_at=link.starts_at,
                ends_at=link.ends_at,
                zone=ZoneInfo(zone),
                position=link.position,
                hears=Hears(link.hears),
                misses=Misses(link.misses) if link.misses else None,
                delay=timedelta(minutes=link.delay_minutes),
                wait=timedelta(minutes=link.wait_minutes),
                quiet=quiet_hours(begins, ends),
                quiet_override=link.quiet_override,
            )
        )
    return links


def _told(session: Session, doses: Sequence[int]) -> dict[int, dict[int, Told]]:
    """By dose and caregiver."""
    told: defaultdict[int, dict[int, Told]] = defaultdict(dict)
    query = select(Dose.id, Alert.recipient_id, Alert.created_at, Alert.acknowledged_at)
    of_doses = query.join(Dose, Dose.id == Alert.dose_id).where(Alert.dose_id.in_(doses))
    for dose_id, caregiver, at, acknowledged_at in session.execute(of_doses):
        told[dose_id][caregiver] = Told(at, acknowledged_at is not None)
    return told


def _missed_days(session: Session, doses: Sequence[MissedDose]) -> dict[int, set[date]]:
    """The local days on which each of the medicines was missed, as far back as a pattern reaches."""
    missed: defaultdict[int, set[date]] = defaultdict(set)
    if not doses:
        return missed
    first = min(dose.local_on for dose in doses) - timedelta(days=3)
    medicines = {dose.regimen_id for dose in doses}
    query = select(Dose.regimen_id, Dose.local_on).where(
        Dose.regimen_id.in_(medicines), Dose.local_on >= first, Dose.state.in_(MISSED_STATES)
    )
    for regimen_id, day in session.execute(query):
        missed[regimen_id].add(day)
    return missed


def _fits_pattern(dose: MissedDose, known: Known) -> bool:
    return is_pattern(known.missed_on.get(dose.regimen_id, ()), dose.local_on)


def _tell(session: Session, tell: dict[tuple[int, int], list[MissedDose]], now: datetime) -> None:
    """An alert for each dose and caregiver, and one message for each caregiver and patient."""
    alerts, messages = [], []
    for (patient_id, caregiver_id), doses in tell.items():
        message = _message(patient_id, caregiver_id, doses, now)
        messages.append(message)
        alerts += [_alert(dose, caregiver_id, message.unique_key) for dose in doses]
    add_alerts(session, alerts, now)
    enqueue_many(session, messages, now)


def _alert(dose: MissedDose, caregiver_id: int, told_by: str) -> NewAlert:
    return NewAlert(
        unique_key=f"dose:{dose.id}:{caregiver_id}",
        kind=dose.alert_kind,
        patient_id=dose.patient_id,
        recipient_id=caregiver_id,
        dose_id=dose.id,
        details={"local": dose.local_time, "due_ms": to_ms(dose.due_at), "told_by": told_by},
    )


def _message(patient_id: int, caregiver_id: int, doses: Sequence[MissedDose], now: datetime) -> NewMessage:
    """However many medicines of one time of day, or times of day, it is about."""
    first, last = doses[0], doses[-1]
    due_ms = to_ms(first.due_at)
    if first.due_at == last.due_at:
        purpose = Purpose(first.alert_kind.value)
        key = f"{purpose.value}:{patient_id}:{due_ms}:{caregiver_id}"
        params = {"due_ms": due_ms, "local": first.local_time}
    else:
        purpose = Purpose.MISSED_SEVERAL
        key = f"{purpose.value}:{patient_id}:{due_ms}:{to_ms(last.due_at)}:{caregiver_id}"
        params = {"doses": [dose.id for dose in doses]}
    return NewMessage(key, purpose, caregiver_id, patient_id, params, now + ALERT_VALID_FOR)


def _ask_clinic(session: Session, doses: Iterable[MissedDose], now: datetime) -> None:
    """One task a patient and day, where many doses passed without a word getting through."""
    unreached: defaultdict[int, list[MissedDose]] = defaultdict(list)
    for dose in doses:
        if dose.state == DoseState.MISSED_UNREACHED:
            unreached[dose.patient_id].append(dose)
    tasks = [
        NewTask(
            unique_key=f"{TaskKind.NOT_REACHED.value}:{patient_id}:{now.date()}",
            kind=TaskKind.NOT_REACHED,
            patient_id=patient_id,
            due_at=now + CALL_WITHIN,
            details={"doses": len(missed), "since": f"{missed[0].local_on} {missed[0].local_time}"},
        )
        for patient_id, missed in unreached.items()
        if len(missed) >= MANY_UNREACHED
    ]
    add_tasks(session, tasks, now)
