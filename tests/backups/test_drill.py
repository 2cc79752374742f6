"""The drill: a clinic at work is backed up, its machine is lost, and the backup is brought back on another one.

Real processes and the real clock. Three threads of the clinic write without a pause: a meter's readings, answers to
doses, and what the doctor decides and prescribes. What was acknowledged before the backup began has to come back.
"""

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.deciding.acts import Act, Decision
from companion.advice.deciding.review import decide
from companion.advice.models import Review, Suggestion
from companion.care.regimens import Regimen, RegimenRevision
from companion.clock import system_clock
from companion.db import reading, writing
from companion.readings.reading import Metric
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import DoseState, Taken
from companion.reminders.doses.models import Dose
from companion.services import Services, build_services
from tests.backups.machines import RECIPIENT, bring_back, empty_machine, keep_file, services_in
from tests.servers import own_database
from tests.world import World

ROOT = Path(__file__).parents[2]
DOSES = 1000
ENOUGH = 3
PATIENCE_S = 60.0
FILE = b"time,glucose (mg/dL)\n2026-03-01 08:00,140\n" * 9


class Clinic:
    """Threads that write, and what was acknowledged to each of them, in its order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.acknowledged: defaultdict[str, list[Any]] = defaultdict(list)
        self.failed: list[BaseException] = []
        self._stopped = Event()
        regimen, _ = world.titration()
        world.fast(150, 155, 158)
        self._regimen, self._doses = regimen.id, due_doses(world, regimen.id)
        self._threads = [
            Thread(target=self._keep_on, args=(name, act))
            for name, act in (("reading", self._measure), ("answer", self._answer), ("decision", self._decide))
        ]

    def open(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def counted(self) -> dict[str, int]:
        return {name: len(found) for name, found in self.acknowledged.items()}

    def wait_for_more(self) -> dict[str, int]:
        """Until each of them has done some more; gives how much that is."""
        wanted = {name: self.counted().get(name, 0) + ENOUGH for name in ("reading", "answer", "decision")}
        end = time.monotonic() + PATIENCE_S
        while not all(self.counted().get(name, 0) >= n for name, n in wanted.items()):
            assert time.monotonic() < end, self.failed
            assert not self.failed
            time.sleep(0.02)
        return self.counted()

    def _keep_on(self, name: str, act: Callable[[int], Any]) -> None:
        number = 0
        while not self._stopped.is_set():
            try:
                self.acknowledged[name].append(act(number))
            except BaseException as error:  # noqa: BLE001 — told where the test waits
                self.failed.append(error)
                return
            number += 1
            time.sleep(0.1)  # others want to write, too

    def _measure(self, number: int) -> int:
        at = self.world.now - timedelta(days=40, minutes=5 * number)
        self.world.download(self.world.payloads(100 + number % 50, at))
        return number + 1

    def _answer(self, number: int) -> int:
        dose = self._doses[number % DOSES]
        with writing(self.world.engine) as session:
            answer_dose(session, dose, Taken(), actor_id=self.world.anna.id, via="page", now=self.world.now)
        return dose

    def _decide(self, number: int) -> int:
        """The approval first; then she prescribes."""
        with writing(self.world.engine) as session:
            if number == 0:
                approve(self.world, session)
            else:
                later = self.world.now + timedelta(minutes=number)
                regimen = session.get_one(Regimen, self._regimen)
                rule = {"kind": "daily", "times": ["08:00"]}
                self.world.revise(session, regimen, str(18 + Decimal(number) / 100), rule, later)
        return number


def approve(world: World, session: Session) -> None:
    """What she sees is what she decides on, although readings and answers come in meanwhile."""
    suggestion = session.scalars(select(Suggestion)).one()
    seen = world.evidence_within(session, suggestion)
    act = Act(Decision.APPROVED, seen.digest, world.now)
    decide(session, suggestion.id, by=world.doctor, act=act, present=world.present(seen), now=world.now)


def due_doses(world: World, regimen: int) -> list[int]:
    """Doses that wait for an answer, so far apart that none is the next of another."""
    with writing(world.engine) as session:
        revision = session.scalars(select(RegimenRevision.id).where(RegimenRevision.regimen_id == regimen)).one()
        made = [
            Dose(
                patient_id=world.anna.id,
                regimen_id=regimen,
                revision_id=revision,
                local_on=world.today - timedelta(days=60 + 4 * number),
                local_time="09:00",
                slot=540,
                due_at=world.now - timedelta(minutes=30, seconds=number),
                window_ends_at=world.now + timedelta(hours=1),
                amount=Decimal(16),
                state=DoseState.DUE.value,
                reminders=1,
                tzdata="test",
            )
            for number in range(DOSES)
        ]
        session.add_all(made)
        session.flush()
        return [dose.id for dose in made]


def backed_up(world: World, path: Path) -> dict[str, Any]:
    """What `companion backup` says, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMPANION_")}
    folders = {"COMPANION_ORIGINALS_FOLDER": str(world.folder / "originals"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "companion.cli", "backup", str(path), "--recipient", RECIPIENT, "--json"],
        cwd=world.folder,
        env=kept | world.environment | folders,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert isinstance(said, dict)
    return said


def test_what_was_acknowledged_before_the_backup_comes_back_from_a_lost_sqlite(tmp_path: Path) -> None:
    drill(World(tmp_path, starts_at=system_clock().replace(microsecond=0)))


def test_what_was_acknowledged_before_the_backup_comes_back_from_a_lost_postgresql(
    postgresql_url: str, tmp_path: Path
) -> None:
    with own_database(postgresql_url) as old, own_database(postgresql_url) as new:
        drill(World(tmp_path, database_url=old, starts_at=system_clock().replace(microsecond=0)), database_url=new)


def drill(world: World, **urls: str) -> None:
    """Back up, lose, bring back, compare."""
    path, services = world.folder / "a.backup", services_in(world, world.folder)
    sent = keep_file(services, world.anna.public_id, FILE)
    clinic = Clinic(world)
    clinic.open()
    try:
        before = clinic.wait_for_more()
        told = backed_up(world, path)["manifest"]
        after = clinic.wait_for_more()
    finally:
        clinic.close()
    world.engine.dispose()

    elsewhere = empty_machine(services.settings, world.folder / "elsewhere", **urls)
    back = bring_back(elsewhere, path)

    there = build_services(elsewhere)
    found = counted_in(world, there)
    assert not clinic.failed
    for name, acknowledged in before.items():
        assert acknowledged <= found[name] <= after[name] + 1, name
    assert back.audit is not None
    assert (back.audit.wrong, back.closed) == (0, 0)
    assert there.originals.get(world.anna.public_id, sent).open("rb").read() == FILE
    there.engine.dispose()
    assert 0 < back.lost.total_seconds() < PATIENCE_S
    lost = {name: n - min(n, found[name]) for name, n in clinic.counted().items()}
    print(f"backup {told['seconds']} s, restore {back.took.total_seconds():.1f} s, {back.manifest.rows} rows")
    print(f"lost: {back.lost.total_seconds():.1f} s, {lost}")


def counted_in(world: World, there: Services) -> dict[str, int]:
    """What came back of each kind."""
    with reading(there.engine) as session:
        answered = session.query(Dose).filter_by(state=DoseState.TAKEN.value, answered_via="page").count()
        decided = session.query(Review).count() + session.query(RegimenRevision).count() - 2
    start, end = world.now - timedelta(days=1000), world.now - timedelta(days=20)
    readings = there.store.between(world.anna.public_id, Metric.GLUCOSE, start, end)
    return {"reading": len(readings), "answer": answered, "decision": decided}
