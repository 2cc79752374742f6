"""The medicines whose turn it is are planned: many in one transaction, and one by one what holds up the others."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.crash_points import Point, reached
from companion.db import writing
from companion.reminders.planning.planning import plan_free, plan_regimen

log = structlog.get_logger()

BATCH = 500
"""Medicines a transaction: SQLite's write lock is held for a quarter of a second at most."""


def plan_due(engine: Engine, now: datetime, ahead: timedelta, claim: Callable[[Session], bool]) -> int:
    """Plans every medicine whose turn it is; tells how many were looked at.

    A batch is one transaction, and its locks are the claim: killed at any line, it is due again at once. What somebody
    else holds right now, and every medicine of a batch that failed, is planned in a transaction of its own.
    `claim`: whether it is this worker's turn.
    """
    planned = 0
    while batch := _plan_batch(engine, now, ahead, claim):
        planned += batch
    return planned


def _plan_batch(engine: Engine, now: datetime, ahead: timedelta, claim: Callable[[Session], bool]) -> int:
    done: Collection[int] = ()
    try:
        with writing(engine) as session:
            claimed = due_work.claim(session, WorkKind.PLAN, now, BATCH) if claim(session) else []
            done = plan_free(session, claimed, now, ahead)
            reached(Point.PLAN_BEFORE_COMMIT)
    except Exception:
        log.exception("medicines could not be planned together; each is planned by itself")
        with writing(engine) as session:
            claimed = due_work.claim(session, WorkKind.PLAN, now, BATCH)
    for regimen_id in claimed:
        if regimen_id not in done:
            _plan_one(engine, regimen_id, now, ahead)
    return len(claimed)


def _plan_one(engine: Engine, regimen_id: int, now: datetime, ahead: timedelta) -> None:
    """One that cannot be planned holds up no other: its lease ends and it is tried again."""
    try:
        with writing(engine) as session:
            plan_regimen(session, regimen_id, now, ahead)
    except Exception:
        log.exception("regimen could not be planned", regimen=regimen_id)
