"""How old the oldest of everything is that somebody or something should have dealt with, as gauges for Prometheus.

Counts and ages only: nothing here is about one person. The names, and what to do about them: docs/runbooks.md.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.advice.models import Suggestion
from companion.care.anchors import newest_anchor
from companion.care.audit_checkups import newest_checkup
from companion.care.backup_notes import last_backup
from companion.care.due_work import WorkKind, oldest_work
from companion.care.people import Person
from companion.care.read_log import unhashed
from companion.care.tasks import Alert, Task
from companion.devices.models import Hub, RefusedBatch
from companion.jobs import last_beat
from companion.messages.models import Message, MessageState
from companion.web.for_clinic.exposition import Gauge, one

SILENT_AFTER = timedelta(hours=48)
"""A house rule. A hub is heard of when it sends values: nobody measured, or what was measured does not arrive."""
LOOKED_AT = timedelta(hours=24)


def measure(db: Session, now: datetime) -> Iterator[Gauge]:
    """All of them but those of messages, which have a module of their own."""
    yield from _counts(db)
    yield from _ages(db, now)
    yield from _hubs(db, now)
    yield from _audit(db, now)
    yield _lag(db, now)
    yield _refused(db, now)


def _counts(db: Session) -> Iterator[Gauge]:
    counted = func.count()
    queries = {
        ("messages_open", "Messages that nobody handed over yet"): select(counted)
        .select_from(Message)
        .where(Message.state == MessageState.OPEN.value),
        ("suggestions_pending", "Suggestions that wait for a doctor"): select(counted)
        .select_from(Suggestion)
        .where(Suggestion.state == "pending"),
        ("tasks_open", "Tasks of the clinic that nobody has done"): select(counted)
        .select_from(Task)
        .where(Task.done_at.is_(None)),
        ("alerts_open", "Alerts that nobody acknowledged"): select(counted)
        .select_from(Alert)
        .where(Alert.state == "open"),
    }
    for (name, says), query in queries.items():
        yield one(name, says, db.scalar(query) or 0)


def _ages(db: Session, now: datetime) -> Iterator[Gauge]:
    waits = db.scalar(select(func.min(Suggestion.created_at)).where(Suggestion.state == "pending"))
    yield one("heartbeat_age_seconds", "Since the last finished beat", _age(last_beat(db), now))
    yield one("suggestion_oldest_age_seconds", "Since the oldest undecided suggestion", _age(waits or now, now))
    yield one("backup_age_seconds", "Since the instant that the newest backup holds", _age(last_backup(db), now))


def _hubs(db: Session, now: datetime) -> Iterator[Gauge]:
    """Hubs of people who are in care. Which house is silent stands on the page of hubs."""
    in_use = (
        select(func.count(), func.max(Hub.last_seen_at))
        .join(Person, Person.id == Hub.patient_id)
        .where(Hub.revoked_at.is_(None), Person.left_at.is_(None))
    )
    n, newest = db.execute(in_use).one()
    silent, _ = db.execute(in_use.where(Hub.last_seen_at < now - SILENT_AFTER)).one()
    yield one("hubs", "Hubs that are paired", n)
    yield one("hubs_silent", "Hubs of which nothing was heard for two days", silent)
    yield one("hub_last_seen_seconds", "Since any hub was heard of", _age(newest, now))


def _audit(db: Session, now: datetime) -> Iterator[Gauge]:
    anchor, checkup = newest_anchor(db), newest_checkup(db)
    yield one("audit_anchor_age_seconds", "Since the newest anchor", _age(anchor.made_at if anchor else None, now))
    checked_at = checkup.checked_at if checkup else None
    yield one("audit_check_age_seconds", "Since the whole audit was checked", _age(checked_at, now))
    yield one("audit_faults", "What the last check found wrong", checkup.wrong if checkup else None)
    yield one("reads_unhashed", "Looks at health data that no entry of the audit holds yet", unhashed(db))


def _lag(db: Session, now: datetime) -> Gauge:
    """Every kind has its value, also 0: whoever watches one shall not take "none" for "not measured"."""
    oldest = oldest_work(db)
    lags = [((kind.value,), _age(oldest.get(kind, now), now) or 0) for kind in WorkKind]
    return Gauge("due_work_lag_seconds", "Age of the oldest due work", lags, ("kind",))


def _refused(db: Session, now: datetime) -> Gauge:
    """Batches that were refused as a whole, by the code of the reason."""
    counted = select(RefusedBatch.code, func.count()).where(RefusedBatch.at >= now - LOOKED_AT)
    found = [((code,), n) for code, n in db.execute(counted.group_by(RefusedBatch.code))]
    return Gauge("batches_refused", "Batches refused within 24 hours", found, ("code",))


def _age(since: datetime | None, now: datetime) -> float | None:
    """Seconds; 0 for what is still to come."""
    return None if since is None else max(now - since, timedelta(0)).total_seconds()
