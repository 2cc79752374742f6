"""Messages that wait while their sender is killed about every second."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from companion.benches.due_doses import due_at_once, give_telephones
from companion.benches.engines import bench_engine
from companion.benches.figure import Figure
from companion.benches.killed_senders import scheduler
from companion.benches.provider_process import provider, taken_by
from companion.care.people import Person, Role
from companion.clock import system_clock
from companion.db import reading, writing
from companion.messages.models import Message, MessageState, Purpose
from companion.messages.outbox import NewMessage, enqueue_many

MESSAGES = 3_000
ANSWER_TAKES_S = 0.05
PATIENTS = 300
LONGEST_S = 240
WINDOW = timedelta(hours=8)


class Count(NamedTuple):
    """What the provider was given, of so many messages."""

    lost: int
    doubled: int
    seconds: float


def measure(folder: Path) -> list[Figure]:
    """3,000 messages to a provider that takes 50 ms for each, while the process that sends them gets SIGKILL about
    every second and another takes its place; lost and doubled as the provider counts. The outbox is given the time
    after which it looks up what the dead had in their hands; the scheduler forgets it. In a trial of its own
    healthchecks' sender, which marks before it sends, lost 1 to 7 in the same way, at 37 alerts a second."""
    ours, theirs = _outbox(folder), _scheduler(folder)
    name = "one APScheduler job a message, SQLAlchemy job store"
    rate, their_rate = MESSAGES / ours.seconds, MESSAGES / theirs.seconds
    return [
        Figure("messages lost under SIGKILL", "messages", ours.lost, theirs.lost, name, 0, "", 0),
        Figure("messages doubled under SIGKILL", "messages", ours.doubled, theirs.doubled, name, 0, "", 0),
        Figure("messages a second meanwhile", "messages", rate, their_rate, name, 0),
    ]


def _outbox(folder: Path) -> Count:
    path = folder / "outbox.db"
    engine = bench_engine(f"sqlite:///{path}")
    due_at_once(engine, system_clock().replace(microsecond=0), PATIENTS, 1)
    give_telephones(engine)
    _fill(engine)
    with provider(ANSWER_TAKES_S) as url:
        took = _kill_while(partial(_start, "outbox", path, url), lambda: _waits(engine))
        _start("rest", path, url).wait()
        return _counted(taken_by(url), took)


def _fill(engine: Engine) -> None:
    now = system_clock()
    with writing(engine) as session:
        ids = session.scalars(select(Person.id).where(Person.role == Role.PATIENT.value)).all()
        messages = [
            NewMessage(f"bench:{number}", Purpose.REMINDER, patient, patient, {"number": number}, now + WINDOW)
            for number, patient in zip(range(MESSAGES), list(ids) * (MESSAGES // len(ids)), strict=True)
        ]
        enqueue_many(session, messages, now)


def _waits(engine: Engine) -> bool:
    """Whether something could be sent now."""
    with reading(engine) as session:
        open_now = Message.state == MessageState.OPEN.value, Message.next_try_at <= system_clock()
        return bool(session.scalar(select(func.count()).where(*open_now)))


def _scheduler(folder: Path) -> Count:
    path = folder / "scheduler.db"
    with provider(ANSWER_TAKES_S) as url:
        filling = scheduler(str(path))
        filling.start(paused=True)
        job, due = "companion.benches.killed_senders:send", system_clock()
        for number in range(MESSAGES):
            filling.add_job(job, "date", run_date=due, args=(number, url))
        filling.shutdown()
        took = _kill_while(partial(_start, "scheduler", path, url), lambda: True)
        return _counted(taken_by(url), took)


def _start(which: str, path: Path, url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "companion.benches.killed_senders", which, str(path), url]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603


def _kill_while(start: Callable[[], subprocess.Popen[bytes]], waits: Callable[[], bool]) -> float:
    """Until nothing waits, or a process ended by itself; seconds."""
    dice, begun = random.Random(7), time.monotonic()  # noqa: S311
    while waits() and time.monotonic() - begun < LONGEST_S:
        process = start()
        time.sleep(1.0 + dice.uniform(0.7, 1.3))  # one for Python to begin
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
    return time.monotonic() - begun


def _counted(taken: Counter[str], took: float) -> Count:
    assert len(taken) <= MESSAGES
    return Count(MESSAGES - len(taken), sum(taken.values()) - len(taken), took)
