"""Processes that send, and are killed: ours, and a scheduler's with one job a message."""

import logging
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session

from companion.benches.bare_clients import bare_client, create
from companion.benches.engines import bench_engine
from companion.benches.local_provider import ACCOUNT
from companion.care.contact_models import Kind
from companion.clock import system_clock
from companion.messages.channels.twilio_sms import TwilioSms
from companion.messages.composed import Asked, Composed
from companion.messages.dispatch import dispatch
from companion.messages.ways_out import WaysOut

LEASES_ARE_OVER = timedelta(minutes=3)
FAST = 1e5


def send(number: int, url: str) -> None:
    """The scheduler's job: one message."""
    create(bare_client(url), number, text=f"message {number}")


def scheduler(path: str) -> BackgroundScheduler:
    """With its defaults, but that what is late is sent late."""
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    store = SQLAlchemyJobStore(url=f"sqlite:///{path}")
    return BackgroundScheduler(timezone="UTC", jobstores={"default": store}, job_defaults={"misfire_grace_time": None})


def by_scheduler(path: str, _url: str) -> None:
    """Until no job is left."""
    running = scheduler(path)
    running.start()
    while running.get_jobs():
        time.sleep(0.1)
    running.shutdown()


def by_outbox(path: str, url: str) -> None:
    """Until nobody kills it; nothing else ends it."""
    engine, ways = bench_engine(f"sqlite:///{path}"), _ways(url)
    while True:
        dispatch(engine, ways, _words, system_clock, 500)
        time.sleep(0.05)


def go_on(path: str, url: str) -> None:
    """One round after the other that nobody kills, once the leases of the dead are over, until there is nothing left
    to do."""
    engine, ways = bench_engine(f"sqlite:///{path}"), _ways(url)
    for number in count(1):
        later = partial(_later, LEASES_ARE_OVER * number)
        if not dispatch(engine, ways, _words, later, 500):
            return


def _later(by: timedelta) -> datetime:
    return system_clock() + by


def _ways(url: str) -> WaysOut:
    channel = TwilioSms(ACCOUNT, "t" * 32, "+15005550006", "https://bench.example", base_url=url, per_second=FAST)
    return WaysOut({Kind.SMS: channel})


def _words(_session: Session, batch: Sequence[Asked]) -> list[Composed | None]:
    return [Composed(f"message {asked.message.params['number']}") for asked in batch]


if __name__ == "__main__":
    {"scheduler": by_scheduler, "outbox": by_outbox, "rest": go_on}[sys.argv[1]](*sys.argv[2:])
