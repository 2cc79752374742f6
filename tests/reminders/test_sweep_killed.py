"""Two `companion jobs` on PostgreSQL, one killed by SIGKILL every second: every due dose is handled and every reminder
leaves, and neither twice."""

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from environs import Env
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from companion.benches.due_doses import due_at_once, give_telephones
from companion.clock import system_clock
from companion.db import make_engine
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.telling.at_once import change, claim_doses
from companion.reminders.telling.sweep import BATCH, Swept, sweep, under_a_lease
from companion.services import build_services
from companion.settings import load_settings
from tests.crashes.jobs import run_jobs
from tests.forking import PROCESSES, forked_knowing
from tests.keys import KEY, with_keys
from tests.servers import own_database

knowing = forked_knowing("companion.migrations", "tests.crashes.jobs")

AHEAD = timedelta(hours=24)
DOSES, MEDICINES = 4_000, 8
"""So many medicines each: a sweep has much to do, and the texts of all patients can leave in a few seconds."""
PATIENTS = DOSES // MEDICINES
KILLS, MOST_KILLS = 8, 60
LEASES_ARE_OVER = timedelta(minutes=3)

FALL_DUE = """
UPDATE dose SET due_at = due_at + make_interval(secs => CASE WHEN patient_id % 20 < 10 THEN 0 ELSE patient_id % 10 END);
UPDATE due_work SET next_check_at = due_at FROM dose WHERE dose.id = subject_id AND kind = 'dose'
"""
"""Half of the patients at once, the others in the course of ten seconds."""


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    with own_database(postgresql_url) as url:
        engine = with_keys(make_engine(url))
        yield engine
        engine.dispose()


@pytest.fixture
def environment(engine: Engine, tmp_path: Path) -> dict[str, str]:
    """The settings of both processes; they write to one file what leaves."""
    return {
        "COMPANION_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "COMPANION_SECRET_KEY": "k" * 40,
        "COMPANION_MASTER_KEY": KEY,
        "COMPANION_CONSOLE_OUTBOX": str(tmp_path / "outbox.jsonl"),
        "COMPANION_HEARTBEAT_SECONDS": "1",
    }


def warm_up() -> None:
    """From here on a process is there at once: all that it imports is imported."""
    process = PROCESSES.Process(target=int)
    process.start()
    process.join()


def start(environment: dict[str, str]) -> ForkServerProcess:
    process = PROCESSES.Process(target=run_jobs, args=(environment,), daemon=True)
    process.start()
    return process


def kill_one_every_second(environment: dict[str, str]) -> list[int | None]:
    """Two at work all the time; one or the other is killed, at any moment of a second. On a slow machine more often,
    until some reminders have left between."""
    dice, codes = random.Random(1), list[int | None]()
    jobs = [start(environment), start(environment)]
    while len(codes) < KILLS or (len(codes) < MOST_KILLS and not texts(environment)):
        time.sleep(dice.uniform(0.6, 1.4))
        unlucky = dice.randrange(2)
        jobs[unlucky].kill()
        jobs[unlucky].join()
        codes.append(jobs[unlucky].exitcode)
        jobs[unlucky] = start(environment)
    for each in jobs:
        each.kill()
        each.join()
    return codes


def go_on(engine: Engine, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beats once the leases of the killed are over, until nothing is left to do."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def later() -> datetime:
        return system_clock() + LEASES_ARE_OVER

    services, end = build_services(load_settings(Env()), later), time.monotonic() + 30
    while number(engine, LEFT) and time.monotonic() < end:
        services.beat(later())
    services.engine.dispose()


LEFT = """
SELECT (SELECT count(*) FROM due_work WHERE next_check_at <= now()) +
(SELECT count(*) FROM message WHERE state = 'open')
"""


def texts(environment: dict[str, str]) -> Counter[str]:
    """How many left, by number."""
    outbox = Path(environment["COMPANION_CONSOLE_OUTBOX"])
    lines = outbox.read_text("utf-8").splitlines() if outbox.exists() else []
    return Counter(json.loads(line)["to"] for line in lines)


def number(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


@pytest.mark.slow
def test_jobs_killed_every_second_handle_every_dose_and_send_every_reminder_once(
    engine: Engine, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warm_up()
    due_at_once(engine, system_clock().replace(microsecond=0), DOSES, MEDICINES)
    with engine.begin() as connection:
        connection.execute(text(FALL_DUE))
    give_telephones(engine)

    codes = kill_one_every_second(environment)
    swept, sent = number(engine, "SELECT count(*) FROM dose_event"), texts(environment).total()
    go_on(engine, environment, monkeypatch)

    assert set(codes) == {-signal.SIGKILL}
    assert swept > DOSES / 2, "the killed ones did most of the work"
    assert sent > 0, "and sent reminders"
    assert number(engine, "SELECT count(*) FROM dose WHERE state = 'due' AND reminders = 1") == DOSES
    assert number(engine, "SELECT count(*) FROM dose_event") == DOSES
    assert number(engine, "SELECT count(DISTINCT dose_id) FROM dose_event WHERE event = 'due'") == DOSES
    assert number(engine, "SELECT count(*) FROM message WHERE state = 'handed_over'") == PATIENTS
    assert number(engine, "SELECT count(DISTINCT recipient_id) FROM message") == PATIENTS
    assert number(engine, "SELECT count(*) FROM due_work WHERE next_check_at > now() + interval '50 minutes'") == DOSES
    # The outbox tells for certain what left, so none is doubled (docs/decisions/0002).
    assert texts(environment) == Counter(f"+1{1_000_000_000 + number}" for number in range(2, PATIENTS + 2))


def test_a_worker_that_falls_silent_loses_its_batch_to_the_next(engine: Engine) -> None:
    now = system_clock()
    due_at_once(engine, now, 4, 1)
    silent = Session(engine)
    under_a_lease(silent, timedelta(seconds=1))
    claimed = claim_doses(silent, now, BATCH)

    while_it_holds_them = sweep(engine, now, AHEAD)
    time.sleep(1.5)
    after_its_lease = sweep(engine, now, AHEAD)

    assert [len(doses.ids) for doses in claimed] == [4]
    assert (while_it_holds_them, after_its_lease) == (Swept(0, 0, 0), Swept(4, 0, 0))
    with pytest.raises(DBAPIError):
        change(silent, claimed[0].ids, DoseState.DUE, now)
    silent.invalidate()
