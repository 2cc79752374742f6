"""Experiments as they run: who is shown which way, noted before it is shown."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.errors import BadInput
from companion.messages.unique import insert_unless_known
from companion.programme.surveys.experiment_models import Experiment, ExperimentExposure, ExperimentMetric, Place
from companion.splitting import part_of

USUAL = "usual"
WAYS: Mapping[Place, tuple[str, ...]] = {Place.TIP_WORDING: (USUAL, "question"), Place.TIP_PAGE: (USUAL, "thanks")}
"""The usual one first: it is always among those tried."""
MOST_PARTS = 9
SHORTEST_DAYS, LONGEST_DAYS = 14, 180


def start(
    session: Session,
    *,
    by: Person,
    place: str,
    shares: Mapping[str, int],
    metric: str,
    days: int,
    now: datetime,
) -> Experiment:
    """Starts now, for that many days. Raises BadInput naming the field; also while another runs at that place."""
    if by.role != Role.ADMIN:
        raise BadInput("only an administrator starts an experiment", where="experiment")
    if place not in set(Place):
        raise BadInput(f"nothing is tried at {place!r}", where="place", advice=f"choose among {', '.join(Place)}")
    if metric not in set(ExperimentMetric):
        raise BadInput(f"{metric!r} is not measured", where="metric", advice="choose opened or useful")
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise BadInput(f"is not between {SHORTEST_DAYS} and {LONGEST_DAYS} days", where="days")
    if running(session, Place(place), now) is not None:
        raise BadInput("another one is running there", where="experiment", advice="wait for its end, or end it")
    made = Experiment(
        public_id=f"ex_{secrets.token_hex(6)}",
        place=place,
        salt=secrets.token_hex(32),
        shares=checked_shares(Place(place), shares),
        metric=metric,
        starts_at=now,
        ends_at=now + timedelta(days=days),
        started_by=by.id,
    )
    session.add(made)
    session.flush()
    return made


def checked_shares(place: Place, shares: Mapping[str, int]) -> dict[str, int]:
    """The shares above 0: the usual way and another one of that place. Raises BadInput."""
    for way, parts in shares.items():
        if way not in WAYS[place]:
            raise BadInput(f"{way!r} is no way there", where="shares", advice=f"choose among {', '.join(WAYS[place])}")
        if not 0 <= parts <= MOST_PARTS:
            raise BadInput(f"is not between 0 and {MOST_PARTS}", where=f"share_{way}")
    chosen = {way: parts for way, parts in shares.items() if parts > 0}
    if USUAL not in chosen or len(chosen) == 1:
        raise BadInput("nothing to compare", where="shares", advice="give the usual way and another one 1 or more")
    return chosen


def stop(experiment: Experiment, now: datetime) -> bool:
    """Before its time: from now on everybody is shown the usual way. False when it was over."""
    if ended_at(experiment) <= now:
        return False
    experiment.stopped_at = now
    return True


def ended_at(experiment: Experiment) -> datetime:
    """When it ends or ended."""
    return experiment.stopped_at or experiment.ends_at


def running(session: Session, place: Place, now: datetime) -> Experiment | None:
    """The one under way there."""
    is_on = Experiment.starts_at <= now, Experiment.ends_at > now, Experiment.stopped_at.is_(None)
    query = select(Experiment).where(Experiment.place == place.value, *is_on)
    return session.scalar(query.order_by(Experiment.id).limit(1))


def ways_for(session: Session, place: Place, patients: Mapping[int, str], now: datetime) -> dict[int, str]:
    """How it is put to each of these patients (public ids by id), noted where an experiment decides. Those in none are
    shown the usual way."""
    experiment = running(session, place, now)
    if experiment is None:
        return dict.fromkeys(patients, USUAL)
    ways = {patient: part_of(experiment.salt, public_id, experiment.shares) for patient, public_id in patients.items()}
    _note(session, experiment, ways, now)
    return ways


def _note(session: Session, experiment: Experiment, ways: Mapping[int, str], now: datetime) -> None:
    """Only the first time is kept: the parts are of people, and begin when each was first shown anything."""
    rows = [
        {"experiment_id": experiment.id, "patient_id": patient, "way": way, "at": now} for patient, way in ways.items()
    ]
    if rows:
        session.execute(insert_unless_known(session, ExperimentExposure, "experiment_id", "patient_id"), rows)
