"""What cannot wait: every urgent episode becomes a task for the clinic, words for the patient, and an alert for the
caregivers who may see readings. Once an episode, and once more when it gets worse.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.alarms import episodes, urgent
from companion.advice.alarms.episodes import Episode, Met, follow
from companion.advice.alarms.instructions import signed
from companion.advice.alarms.ketones import ketone_events
from companion.advice.alarms.urgent_models import UrgentEpisode
from companion.advice.models import Plan
from companion.care.consent import Scope, members
from companion.care.people import Person, Role
from companion.care.report_kinds import MEANS, What
from companion.care.reported import Reported, conditions_told, reports_of
from companion.care.tasks import AlertKind, Task, TaskKind, add_alert, add_task
from companion.clock import to_ms
from companion.gather import glucose_evidence, ketone_evidence, pressure_evidence
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue
from companion.readings.store import ReadingStore
from companion.urgency.escalating import tell_of_task, tell_of_worse

TOLD_WHILE = timedelta(hours=2)
"""What to do is said while the event is this fresh; the clinic's task is made in any case."""

LOOKED_BACK = urgent.LOOKS_BACK + episodes.LONGEST
"""No episode that ended earlier can go on."""


def raise_urgent(session: Session, store: ReadingStore, patient: Person, plans: Sequence[Plan], now: datetime) -> None:
    """Looks at the last 24 hours. Safe to repeat: what is known already is told to nobody again."""
    reports = reports_of(session, patient.id, now)
    reached = _thresholds(session, store, patient, conditions_told(reports, now), now)
    met = [Met(event.id, event.last_at or now) for event in _accepted(session, reached, plans)]
    for change in follow(_known(session, patient, now), met + _told(reports, now)):
        row = _keep(session, patient, change.episode)
        if change.is_worse:
            _act_on(session, patient, row, now)


def _thresholds(
    session: Session, store: ReadingStore, patient: Person, told: frozenset[str], now: datetime
) -> tuple[urgent.Urgent, ...]:
    """Those that the readings meet, with what the patient told."""
    met = urgent.events(
        glucose_evidence(session, store, patient, now),
        pressure_evidence(session, store, patient, now),
        now,
        collected=dict.fromkeys(told, True),
    )
    return met + ketone_events(ketone_evidence(session, store, patient, now), now)


def _accepted(session: Session, met: Sequence[urgent.Urgent], plans: Sequence[Plan]) -> Iterable[urgent.Urgent]:
    """One known from memory only speaks where a clinician accepted it, with a plan or with the text about it."""
    if plans or not any(event.needs_signer for event in met):
        return met
    texts = signed(session)
    return (event for event in met if not event.needs_signer or texts.covers(event.id))


def _told(reports: Sequence[Reported], now: datetime) -> list[Met]:
    """What the patient told in the last 24 hours."""
    recent = (report for report in reports if report.told_at > now - urgent.LOOKS_BACK)
    return [Met(MEANS[What(report.what)].event, report.told_at) for report in recent]


def _known(session: Session, patient: Person, now: datetime) -> list[Episode]:
    query = select(UrgentEpisode).where(
        UrgentEpisode.patient_id == patient.id, UrgentEpisode.last_at > now - LOOKED_BACK
    )
    rows = session.scalars(query.order_by(UrgentEpisode.id))
    return [Episode(row.id, row.event, row.first_at, row.last_at) for row in rows]


def _keep(session: Session, patient: Person, episode: Episode) -> UrgentEpisode:
    row = session.get(UrgentEpisode, episode.id) if episode.id is not None else None
    if row is None:
        row = UrgentEpisode(public_id=f"ue_{secrets.token_hex(6)}", patient_id=patient.id)
        session.add(row)
    row.event, row.first_at, row.last_at = episode.event, episode.first_at, episode.last_at
    return row


def _act_on(session: Session, patient: Person, row: UrgentEpisode, now: datetime) -> None:
    """The episode is new, or worse than before."""
    row.found_at, row.read_at = now, None
    session.flush()
    if row.event not in episodes.NOT_FOR_THE_CLINIC:
        _ask_clinic(session, row, now)
    if now - row.last_at <= TOLD_WHILE:
        _tell(session, patient, row, now)


def _ask_clinic(session: Session, row: UrgentEpisode, now: datetime) -> None:
    """One task an episode. What gets worse while its task is open stays that task; after it was done it is another."""
    details = {"event": row.event, "at_ms": to_ms(row.last_at)}
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is not None and task.done_at is None:
        task.details, task.due_at = details, now
        tell_of_worse(session, task, now)
        return
    key = f"urgent:{row.id}:{row.event}"
    add_task(
        session,
        unique_key=key,
        kind=TaskKind.URGENT_READING,
        patient_id=row.patient_id,
        now=now,
        due_at=now,
        details=details,
    )
    made = session.scalars(select(Task).where(Task.unique_key == key)).one()
    row.task_id = made.id
    tell_of_task(session, made, now)


def _tell(session: Session, patient: Person, row: UrgentEpisode, now: datetime) -> None:
    """The patient, and the caregivers to whom the patient's readings are open."""
    caregivers = [p for p in members(session, patient.id, Scope.READINGS, now) if p.role == Role.CAREGIVER]
    key = f"urgent:{row.id}:{row.event}"
    for person in [patient, *caregivers]:
        enqueue(
            session,
            unique_key=f"{key}:{person.id}",
            purpose=Purpose.URGENT_READING,
            recipient_id=person.id,
            patient_id=patient.id,
            params={"event": row.event},
            now=now,
            expires_at=row.last_at + TOLD_WHILE + timedelta(minutes=1),
        )
    for person in caregivers:
        add_alert(
            session,
            unique_key=f"{key}:{person.id}",
            kind=AlertKind.URGENT_READING,
            patient_id=patient.id,
            recipient_id=person.id,
            now=now,
            details={"event": row.event, "at_ms": to_ms(row.last_at)},
        )
