"""A house in which something is in every list: the demo's story at a fixed time, told once for all test files."""

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from companion.advice.deciding.acts import Act, Decision, Present
from companion.advice.deciding.review import decide
from companion.advice.models import Plan, Suggestion
from companion.arrivals import Download
from companion.care.consent import Scope, link
from companion.cli import demo_story
from companion.cli.demo import virtual_devices
from companion.db import reading, writing
from companion.devices.profiles.assigned_numbers import GLUCOSE_MEASUREMENT
from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload
from companion.flows import take_in
from companion.gather import gather
from companion.migrations import upgrade
from companion.services import Services, build_services
from companion.settings import Settings
from tests.web.conftest import settings_with
from tests.world import METER, MovableClock, glucose_bytes

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
"""A Saturday, 10:30 in Shanghai; a minute later the last medicine of the story is due."""
TELLING_S = 110.0


def settings_in(folder: Path) -> Settings:
    """As the demo sets them, with every key and file in that folder."""
    return settings_with(
        DEMO="true",
        DATABASE_URL=f"sqlite:///{folder}/companion.db",
        CONSOLE_OUTBOX=f"{folder}/outbox.jsonl",
        VAPID_KEY_FILE=f"{folder}/vapid.pem",
        AUDIT_KEY_FILE=f"{folder}/audit.key",
        MASTER_KEY_FILE=f"{folder}/master.key",
        AUDIT_ANCHOR_KEY_FILE=f"{folder}/anchor.pem",
        ORIGINALS_FOLDER=f"{folder}/originals",
        CLINIC_NAME="Demo clinic",
        CLINIC_PHONE="+15550100",
    )


def tell_once(shared: Path) -> None:
    """The story in that folder; of several callers the first one tells it, and the others wait.

    Never beside a running playwright: both want the thread's event loop.
    """
    try:
        shared.mkdir()
    except FileExistsError:
        _wait_for(shared / "told")
    else:
        _tell(shared)
        (shared / "told").touch()


def told(folder: Path, shared: Path) -> Services:
    """The service in `folder`, a copy of the story in `shared`."""
    shutil.copytree(shared, folder)
    return build_services(settings_in(folder), MovableClock(NOW + timedelta(minutes=3)))


def _tell(folder: Path) -> None:
    clock = MovableClock(NOW)
    services = build_services(settings_in(folder), clock)
    upgrade(services.engine)
    with virtual_devices(NOW) as backend:
        for _, step in demo_story.steps(services, backend, folder):
            step()
    for _ in range(2):  # planned, then due
        services.beat(clock())
        clock.advance(minutes=2)
    services.engine.dispose()


def first_day(folder: Path) -> Services:
    """The demo's people and who may see whom; nobody did anything yet."""
    services = build_services(settings_in(folder), MovableClock(NOW))
    upgrade(services.engine)
    with writing(services.engine) as session:
        people = {role: demo_story.add(session, role, NOW) for role in demo_story.LOGINS}
        patient, doctor = people["patient"], people["doctor"]
        link(session, patient=patient, member=doctor, scope=Scope.CARE, noted_by=doctor, now=NOW)
        for scope in (Scope.MISSED_DOSES, Scope.READINGS):
            link(session, patient=patient, member=people["caregiver"], scope=scope, noted_by=doctor, now=NOW)
    return services


def _wait_for(path: Path) -> None:
    for _ in range(int(TELLING_S / 0.2)):
        if path.exists():
            return
        time.sleep(0.2)
    raise AssertionError(f"nobody finished {path.parent}")


def approve(services: Services) -> None:
    """The doctor approves what waits; the patient has yet to say it back."""
    now = services.clock()
    with writing(services.engine) as session:
        waiting = session.scalars(select(Suggestion).where(Suggestion.state == "pending")).one()
        plan = session.get_one(Plan, waiting.plan_id)
        stores = services.stores
        seen = gather(session, stores.readings, stores.registry, plan, now, reviewing=waiting.id)
        present = Present(seen.outcome, seen.digest, seen.case, stores.registry.get(seen.case.plan.protocol))
        act = Act(Decision.APPROVED, seen.digest, now)
        decide(session, waiting.id, by=demo_story.person(session, "doctor"), act=act, present=present, now=now)
    services.beat(now)


def measure_low(services: Services) -> None:
    """The patient's meter brings a value that cannot wait."""
    now = services.clock()
    with reading(services.engine) as session:
        patient = demo_story.person(session, "patient")
    local = now.astimezone(ZoneInfo(demo_story.ZONE)).replace(tzinfo=None)
    record = RawPayload(GLUCOSE_MEASUREMENT, glucose_bytes(1, local, 48), now)
    arrival = Download(patient.id, METER, [record], ClockReading(local, now), is_complete=True)
    take_in(services.stores, arrival, now)
    services.beat(now)
