"""Two sweepers on PostgreSQL, one killed by SIGKILL every second: every due dose is handled, and none twice."""

import multiprocessing
import random
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing.context import ForkServerProcess

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from companion.benches.due_doses import due_at_once
from companion.clock import system_clock
from companion.db import make_engine
from companion.reminders.at_once import change, claim_doses
from companion.reminders.dose_state import DoseState
from companion.reminders.sweep import BATCH, Swept, sweep, under_a_lease
from tests.crashes.sweepers import AHEAD, sweep_until_killed
from tests.servers import own_database

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["companion.migrations", "companion.reminders.sweep"])

DOSES, MEDICINES = 20_000, 4
KILLS = 10

FALL_DUE = """
UPDATE dose SET due_at = due_at + make_interval(secs => CASE WHEN patient_id % 20 < 10 THEN 0 ELSE patient_id % 10 END);
UPDATE due_work SET next_check_at = due_at FROM dose WHERE dose.id = subject_id AND kind = 'dose'
"""
"""Half of the patients at once, the others in the course of ten seconds."""


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    with own_database(postgresql_url) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def start(engine: Engine) -> ForkServerProcess:
    url = engine.url.render_as_string(hide_password=False)
    process = PROCESSES.Process(target=sweep_until_killed, args=(url,), daemon=True)
    process.start()
    return process


def kill_one_every_second(engine: Engine) -> list[int | None]:
    """Two at work all the time; now the one is killed, now the other, at any moment of a second."""
    dice, codes = random.Random(1), list[int | None]()
    sweepers = [start(engine), start(engine)]
    for turn in range(KILLS):
        time.sleep(dice.uniform(0.6, 1.4))
        killed = sweepers[turn % 2]
        killed.kill()
        killed.join()
        codes.append(killed.exitcode)
        sweepers[turn % 2] = start(engine)
    for sweeper in sweepers:
        sweeper.kill()
        sweeper.join()
    return codes


def sweep_what_is_left(engine: Engine) -> None:
    """The server may take a moment to notice that a worker is gone."""
    end = time.monotonic() + 10
    while number(engine, "SELECT count(*) FROM due_work WHERE next_check_at <= now()") and time.monotonic() < end:
        sweep(engine, system_clock(), AHEAD)


def number(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


@pytest.mark.slow
def test_sweepers_killed_every_second_handle_every_dose_and_none_twice(engine: Engine) -> None:
    due_at_once(engine, system_clock(), DOSES, MEDICINES)
    with engine.begin() as connection:
        connection.execute(text(FALL_DUE))

    codes = kill_one_every_second(engine)
    before_the_last = number(engine, "SELECT count(*) FROM dose_event")
    sweep_what_is_left(engine)

    assert codes == [-signal.SIGKILL] * KILLS
    assert before_the_last > DOSES / 2, "the killed ones did most of the work"
    assert number(engine, "SELECT count(*) FROM dose WHERE state = 'due' AND reminders = 1") == DOSES
    assert number(engine, "SELECT count(*) FROM dose_event") == DOSES
    assert number(engine, "SELECT count(DISTINCT dose_id) FROM dose_event WHERE event = 'due'") == DOSES
    assert number(engine, "SELECT count(*) FROM message") == DOSES // MEDICINES
    assert number(engine, "SELECT count(DISTINCT recipient_id) FROM message") == DOSES // MEDICINES
    assert number(engine, "SELECT count(*) FROM due_work WHERE next_check_at > now() + interval '50 minutes'") == DOSES


def test_a_worker_that_falls_silent_loses_its_batch_to_the_next(engine: Engine) -> None:
    now = system_clock()
    due_at_once(engine, now, 4, 1)
    silent = Session(engine)
    under_a_lease(silent, timedelta(seconds=1))
    claimed = claim_doses(silent, now, BATCH)

    while_it_holds_them = sweep(engine, now, AHEAD)
    time.sleep(1.5)
    after_its_lease = sweep(engine, now, AHEAD)

    assert len(claimed) == 4
    assert (while_it_holds_them, after_its_lease) == (Swept(0, 0, 0), Swept(4, 0, 0))
    with pytest.raises(DBAPIError):
        change(silent, [dose.id for dose in claimed], DoseState.DUE, now)
    silent.invalidate()
