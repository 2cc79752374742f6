"""The heartbeat: one interval job that asks the database what is due. Only this process beats."""

import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex
from threading import Event, Thread
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine
from sqlalchemy.orm import Mapped, Session, mapped_column
from structlog.contextvars import bound_contextvars

from companion.clock import Clock
from companion.counters import BEAT_TIME, BEATS, FAILED, FAILED_WORK, FINISHED
from companion.db import Base, reading, writing

log = structlog.get_logger()

LONG_WORK = "long_work"


class Heartbeat(Base):
    """When the jobs process last finished a beat; /readyz looks at it."""

    __tablename__ = "heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    beat_at: Mapped[datetime]


def note_beat(engine: Engine, now: datetime) -> None:
    """The beat that began at `now` is done."""
    with writing(engine) as session:
        session.merge(Heartbeat(id=1, beat_at=now))


def last_beat(session: Session) -> datetime | None:
    """When the last finished beat began, or None if none ever did."""
    heartbeat = session.get(Heartbeat, 1)
    return heartbeat.beat_at if heartbeat else None


def seconds_since_beat(engine: Engine, now: datetime) -> float | None:
    """How long ago the last beat was; None if there was none."""
    with reading(engine) as session:
        beat = last_beat(session)
    return None if beat is None else (now - beat).total_seconds()


def beat(engine: Engine, clock: Clock, tick: Callable[[datetime], None]) -> None:
    """One heartbeat, under a name that every line logged meanwhile carries. A failing tick is logged and tried again at
    the next beat: due work stays due."""
    now = clock()
    with bound_contextvars(beat=token_hex(4)), BEAT_TIME.time():
        try:
            tick(now)
        except Exception:  # the heart may not stop because one piece of work is broken
            BEATS.labels(FAILED).inc()
            log.exception("beat failed; the work stays due and is looked at again at the next beat")
        else:
            note_beat(engine, now)
            BEATS.labels(FINISHED).inc()


def work_beside(long_work: Callable[[], object], stopped: Event, every_seconds: int) -> None:
    """Turns of long work until stopped. What fails is logged; it stays due, and is taken up again."""
    while not stopped.is_set():
        with bound_contextvars(work=token_hex(4)):
            try:
                long_work()
            except Exception:  # one broken file may not keep the others from being read
                FAILED_WORK.labels(LONG_WORK).inc()
                log.exception("work failed; it stays due and is taken up again")
        stopped.wait(every_seconds)


def is_too_far(next_beat_at: datetime, now: datetime, every_seconds: int) -> bool:
    """Whether the clock was set back since the next beat was planned."""
    return next_beat_at - now > timedelta(seconds=2 * every_seconds)


def run_until_stopped(
    engine: Engine,
    clock: Clock,
    tick: Callable[[datetime], None],
    every_seconds: int,
    long_work: Callable[[], object],
) -> None:
    """Beats every `every_seconds` until SIGTERM or SIGINT, then finishes the beat under way and returns.

    `long_work` (large files, erasures) is called as often on a thread of its own, and no beat waits for it. At the end
    it is cut off: its steps are durable one by one, and the next process goes on with it.
    """
    stopped = Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    scheduler = BackgroundScheduler(timezone="UTC")
    job = scheduler.add_job(
        beat,
        "interval",
        seconds=every_seconds,
        args=(engine, clock, tick),
        # A late beat is still the right one, two at once never are (docs/decisions).
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
        next_run_time=clock(),
    )
    scheduler.start()
    Thread(target=work_beside, args=(long_work, stopped, every_seconds), daemon=True).start()
    log.info("jobs started", every_seconds=every_seconds)
    while not stopped.wait(every_seconds):
        # Set back, the clock would let the heart stand still for as long as it was ahead.
        if is_too_far(job.next_run_time, clock(), every_seconds):
            job.modify(next_run_time=clock())
    scheduler.shutdown(wait=True)
    log.info("jobs stopped")
