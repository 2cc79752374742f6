"""A patient travels: the clock of the medicines may move, and never silently.

A move is proposed with the next times; it is applied when the patient says so, or at once for whoever chose to be
followed, and then it is told with its times. Doses somebody was told of never move. What would come too near to
another dose is held and asked about, as when the clocks change; a dose that a journey east jumps over is asked about,
too. Doses of elapsed time stay where they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.care.people import Person, Role, ZoneMode
from companion.care.regimens import Regimen, active_regimens
from companion.care.tasks import TaskKind, add_task
from companion.clock import get_zone
from companion.errors import BadInput
from companion.reminders.doses.models import Dose
from companion.reminders.planning.dose_rows import DoseRows, label_of, load_rows
from companion.reminders.planning.planning import asked_of, plan_again
from companion.reminders.schedules.course import terms_between
from companion.reminders.schedules.rule import Interval
from companion.reminders.schedules.schedule_models import ZoneMove

SHOWN = 3
NEWS_FOR = timedelta(days=2)
"""How long a move that was made stands on the patient's page."""
LOOKED_AT = timedelta(days=60)
"""How far the next three times of a rare medicine are looked for."""


@dataclass(frozen=True)
class Moved:
    """One medicine under another clock: its next times, and the wall labels of doses that are asked about."""

    regimen: Regimen
    next_times: tuple[datetime, ...]
    too_near: tuple[datetime, ...]
    jumped: tuple[datetime, ...]


@dataclass(frozen=True)
class Journey:
    """What the patient has to know of it: a move that waits for an answer, or one made within the last days."""

    waiting: ZoneMove | None
    made: ZoneMove | None


def journey_of(session: Session, patient: Person, now: datetime) -> Journey:
    """What the patient's page says of a journey."""
    last = last_move(session, patient.id)
    is_news = last is not None and last.decided_at is not None and now - last.decided_at < NEWS_FOR
    return Journey(waiting_move(session, patient.id), last if is_news else None)


def choose_mode(person: Person, mode: str) -> None:
    """Home, follow or ask. Raises BadInput for anything else."""
    if mode not in list(ZoneMode):
        raise BadInput(f"{mode!r} is not offered", where="mode", advice=f"choose one of {', '.join(ZoneMode)}")
    person.zone_mode = mode


def preview(session: Session, patient: Person, to_zone: str, now: datetime) -> list[Moved]:
    """What a move would make of every running medicine. Changes nothing."""
    zone = get_zone(to_zone).key
    return [_moved(session, regimen, zone, now) for regimen in active_regimens(session, patient.id)]


def propose(session: Session, patient: Person, to_zone: str, *, by: Person, now: datetime) -> ZoneMove | None:
    """Proposes the move; applies it at once for a patient who chose to be followed. None when there is nothing to
    move: the clock is that one already, or the patient chose the times of home. Raises BadInput for an unknown zone.
    """
    if patient.role != Role.PATIENT:
        raise BadInput("takes no medicines here", where="patient", advice="choose a patient")
    zone = get_zone(to_zone).key
    waiting = waiting_move(session, patient.id)
    if zone == patient.zone or patient.zone_mode == ZoneMode.HOME:
        return None
    if waiting is not None and waiting.to_zone == zone:
        return waiting
    if waiting is not None:
        _decide(waiting, "replaced", now)
    move = ZoneMove(
        patient_id=patient.id,
        from_zone=patient.zone,
        to_zone=zone,
        state="proposed",
        proposed_at=now,
        proposed_by=by.id,
    )
    session.add(move)
    session.flush()
    if patient.zone_mode == ZoneMode.FOLLOW:
        apply(session, patient, move, now)
    return move


def waiting_move(session: Session, patient_id: int) -> ZoneMove | None:
    """The move that waits for the patient's yes or no."""
    return session.scalar(_PROPOSED, {"patient": patient_id})


def last_move(session: Session, patient_id: int) -> ZoneMove | None:
    """The move applied last."""
    return session.scalar(_APPLIED, {"patient": patient_id})


_OF_PATIENT = select(ZoneMove).where(ZoneMove.patient_id == bindparam("patient"))
_PROPOSED = _OF_PATIENT.where(ZoneMove.state == "proposed")
_APPLIED = _OF_PATIENT.where(ZoneMove.state == "applied").order_by(ZoneMove.id.desc()).limit(1)


def apply(session: Session, patient: Person, move: ZoneMove, now: datetime) -> bool:
    """The clock moves, and every medicine is planned by it. False when the move was decided before."""
    if move.state != "proposed":
        return False
    for moved in preview(session, patient, move.to_zone, now):
        for label in moved.jumped:
            _ask_about_jumped(session, moved.regimen, label, now)
    patient.zone = move.to_zone
    _decide(move, "applied", now)
    session.flush()
    for regimen in active_regimens(session, patient.id):
        plan_again(session, regimen, now)
    return True


def decline(move: ZoneMove, now: datetime) -> bool:
    """The times stay as they are. False when the move was decided before."""
    if move.state != "proposed":
        return False
    _decide(move, "declined", now)
    return True


def _decide(move: ZoneMove, state: str, now: datetime) -> None:
    move.state, move.decided_at = state, now


def _moved(session: Session, regimen: Regimen, zone: str, now: datetime) -> Moved:
    rows = DoseRows(regimen, load_rows(session, {regimen.id: now}).get(regimen.id, ()))
    terms = terms_between(regimen, zone, now, now + LOOKED_AT)
    asked = asked_of(terms, rows)
    next_times = tuple(dose.due_at for _, dose in islice(asked.kept, SHOWN))
    near = max(next_times, default=now)
    is_elapsed = bool(terms) and isinstance(terms[0].schedule.rule, Interval)
    return Moved(
        regimen,
        next_times,
        tuple(dose.local for dose in asked.held if dose.due_at <= near),
        () if is_elapsed else tuple(_jumped(rows.planned_from(now), ZoneInfo(zone), now)),
    )


def _jumped(planned: Sequence[Dose], zone: ZoneInfo, now: datetime) -> list[datetime]:
    """The labels of planned doses whose time of day has gone by already on the new wall."""
    on_the_wall = [row for row in planned if row.after_dose_id is None]
    return [label_of(row) for row in on_the_wall if label_of(row).replace(tzinfo=zone).astimezone(UTC) < now]


def _ask_about_jumped(session: Session, regimen: Regimen, label: datetime, now: datetime) -> None:
    add_task(
        session,
        unique_key=f"dose_jumped:{regimen.id}:{label:%Y-%m-%dT%H:%M}",
        kind=TaskKind.DOSE_JUMPED,
        patient_id=regimen.patient_id,
        now=now,
        due_at=now,
        details={"regimen": regimen.public_id, "local": f"{label:%Y-%m-%d %H:%M}"},
    )
