"""Once a day, for the caregiver who wants it so: how the doses of the last 24 hours went."""

from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.consent import CareLink, Hears
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.wall_hours import last_hour, next_hour
from companion.clock import to_ms
from companion.db import writing
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue
from companion.reminders.doses.dose_state import ANSWERED, MISSED, DoseState
from companion.reminders.doses.models import Dose

BATCH = 500
A_DAY = timedelta(hours=24)
VALID_FOR = timedelta(hours=12)
"""A digest that did not leave by then is no longer sent: the next one is near."""


class Counts(NamedTuple):
    """Doses that are over. `missed`: not confirmed, or nobody could be reached."""

    taken: int
    skipped: int
    missed: int


def schedule(session: Session, link: CareLink, now: datetime) -> None:
    """Looks at the link when its caregiver's hour comes, or no more where no digest is wanted."""
    if link.hears != Hears.DIGEST:
        due_work.finish(session, WorkKind.DIGEST, link.id)
        return
    caregiver = session.get_one(Person, link.member_id)
    due_work.put_off(session, WorkKind.DIGEST, link.id, next_hour(link.digest_hour, ZoneInfo(caregiver.zone), now))


def send_digests(engine: Engine, now: datetime) -> int:
    """The digests whose hour has come; tells how many."""

    def look(link_id: int) -> None:
        with writing(engine) as session:
            _send(session, session.get_one(CareLink, link_id, with_for_update=True), now)

    return due_work.one_by_one(engine, WorkKind.DIGEST, now, BATCH, look)


def _send(session: Session, link: CareLink, now: datetime) -> None:
    """Nothing to say: nothing is said."""
    caregiver = session.get_one(Person, link.member_id)
    if caregiver.left_at is not None or (link.ends_at is not None and link.ends_at <= now):
        due_work.finish(session, WorkKind.DIGEST, link.id)
        return
    at = last_hour(link.digest_hour, ZoneInfo(caregiver.zone), now)
    since = max(at - A_DAY, link.starts_at)
    is_news = link.hears == Hears.DIGEST and now - at < VALID_FOR
    if is_news and any(count(session, link.patient_id, since, at)):
        enqueue(
            session,
            unique_key=f"daily_digest:{link.id}:{to_ms(at)}",
            purpose=Purpose.DAILY_DIGEST,
            recipient_id=link.member_id,
            patient_id=link.patient_id,
            params={"since_ms": to_ms(since), "until_ms": to_ms(at)},
            now=now,
            expires_at=at + VALID_FOR,
        )
    schedule(session, link, now)


def count(session: Session, patient_id: int, since: datetime, until: datetime) -> Counts:
    """The patient's doses whose window ended then, as they stand now."""
    query = (
        select(Dose.state, func.count())
        .where(Dose.patient_id == patient_id, Dose.due_at > since - A_DAY)
        .where(Dose.window_ends_at > since, Dose.window_ends_at <= until)
        .where(Dose.state.in_([state.value for state in ANSWERED | MISSED]))
        .group_by(Dose.state)
    )
    found = Counter({str(row.state): int(row[1]) for row in session.execute(query)})
    missed = sum(found[state.value] for state in MISSED)
    return Counts(found[DoseState.TAKEN.value], found[DoseState.SKIPPED.value], missed)
