"""One day of a clinic, lived through at once: every beat, every answer and every value, by the service's own code, on
SQLite.

`python -m tests.load.day --write` lives it with 1,000 patients and puts the table for larger clinics into docs/load.md.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select

from companion import flows
from companion.arrivals import Typed
from companion.benches.machine import machine
from companion.care.people import Person, Role
from companion.clock import system_clock
from companion.db import reading, writing
from companion.devices.ingest import TypedReading
from companion.messages.models import Message
from companion.readings.reading import Metric
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import DoseState, Taken
from companion.reminders.doses.models import Dose
from companion.services import Services
from tests.load.clinic import fill
from tests.load.day_table import Lived, text_of
from tests.load.stack import ROOT, engines, services_of
from tests.load.table import with_run

TIMES = ("08:00", "12:00", "18:00", "22:00")
MEASURED_AT = (7, 19)
"""Hours in which everybody types a glucose and a pressure in."""
EVERY = timedelta(minutes=10)
ANSWERED = 4
"""Of five doses so many are answered."""
PAGE = ROOT / "docs/load.md"


class Shown:
    """A clock that is set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Spent:
    """Processor seconds by what they went into, of the whole day and of its busiest step."""

    def __init__(self) -> None:
        self.total: dict[str, float] = {}
        self.busiest: dict[str, float] = {}

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        before = time.process_time()
        yield
        took = time.process_time() - before
        self.total[what] = self.total.get(what, 0) + took
        self.busiest[what] = max(took, self.busiest.get(what, 0))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.day", description=__doc__)
    parser.add_argument("--patients", type=int, default=1_000)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, engines("small", Path(scratch)) as chosen:
        midnight = system_clock().replace(hour=0, minute=0, second=0, microsecond=0)
        clock = Shown(midnight - timedelta(minutes=1))
        services = services_of(chosen, clock)
        fill(services, asked.patients, TIMES)
        services.beat(clock())
        text = text_of(live(services, clock, asked.patients), machine(), f"{system_clock():%Y-%m-%d}")
    print(text)
    if asked.write:
        PAGE.write_text(with_run(PAGE.read_text(encoding="utf-8"), "a day", text), encoding="utf-8")
    return 0


def live(services: Services, clock: Shown, patients: int) -> Lived:
    """From midnight to midnight."""
    before, spent = _size(services), Spent()
    with reading(services.engine) as session:
        people = list(session.scalars(select(Person).where(Person.role == Role.PATIENT)))
    midnight = (clock.at + timedelta(minutes=1)).astimezone(UTC)
    while clock.at < midnight + timedelta(days=1):
        clock.at += EVERY
        with spent.on("beats"):
            services.beat(clock.at)
        with spent.on("answers"):
            answered = _answer(services, clock.at)
        if clock.at.hour in MEASURED_AT and clock.at.minute < EVERY.seconds // 60:
            with spent.on("values"):
                _measure(services, people, clock.at)
        print(f"{clock.at:%H:%M} {answered} answers", end="\r", flush=True)
    with reading(services.engine) as session:
        messages = session.scalar(select(func.count()).select_from(Message)) or 0
    return Lived(patients, spent.total, spent.busiest, _size(services) - before, messages)


def _answer(services: Services, now: datetime) -> int:
    """Four of five doses that are due are taken, each in a transaction of its own, as people answer."""
    with reading(services.engine) as session:
        due = session.execute(
            select(Dose.id, Dose.patient_id).where(Dose.state == DoseState.DUE.value, Dose.id % 5 < ANSWERED)
        ).all()
    for dose_id, patient_id in due:
        with writing(services.engine) as session:
            answer_dose(session, dose_id, Taken(), actor_id=patient_id, via="page", now=now)
    return len(due)


def _measure(services: Services, people: list[Person], now: datetime) -> None:
    wall = now.replace(tzinfo=None)
    for person in people:
        own = Decimal(100 + person.id % 60)
        for entry in (
            TypedReading(Metric.GLUCOSE, wall, own, "mg/dL"),
            TypedReading(Metric.BLOOD_PRESSURE, wall, own + 20, "mm[Hg]", own - 30),
        ):
            flows.take_in(services.stores, Typed(person.id, entry, person), now)


def _size(services: Services) -> int:
    """Bytes of the database."""
    with services.engine.connect() as connection:
        count, size = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size")
        )
    return int(count) * int(size)


if __name__ == "__main__":
    sys.exit(main())
