"""A database with a patient and her caregiver, a clock that tests move, and a local Twilio."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

import companion.advice.models
import companion.care.audit
import companion.care.consent
import companion.care.due_work
import companion.care.facts
import companion.care.regimens
import companion.care.tasks
import companion.devices.models
import companion.reminders.doses.models  # noqa: F401
from companion.care.contact_models import Kind
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.db import make_engine, reading, writing
from companion.messages import outbox
from companion.messages.channel import Channel
from companion.messages.channels.twilio_sms import TwilioSms
from companion.messages.composed import Asked, Composed
from companion.messages.models import Delivery, Message, Purpose
from companion.messages.ways_out import WaysOut
from companion.migrations import upgrade
from tests.empty_database import copy_empty_database
from tests.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, FakeTwilio
from tests.keys import with_keys

PHONE = "+8613800138000"
WINDOW = timedelta(hours=1)


class MovableClock:
    """Starts now, because the local Twilio stamps what it takes with the real time; moves when told to."""

    def __init__(self) -> None:
        self.instant = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **by: float) -> None:
        self.instant += timedelta(**by)


def compose(_session: Session, batch: Sequence[Asked]) -> list[Composed | None]:
    """The simplest wording: the key itself."""
    return [Composed(f"08:00 {asked.message.unique_key}") for asked in batch]


def nothing_to_tell(_session: Session, batch: Sequence[Asked]) -> list[Composed | None]:
    """Everything was answered meanwhile."""
    return [None for _ in batch]


def by_text(channel: Channel) -> WaysOut:
    """An installation with one channel, for telephone numbers."""
    return WaysOut({Kind.SMS: channel})


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'companion.db'}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """By the migrations: making tables of models for a server, SQLAlchemy takes foreign keys out of them for good."""
    engine = with_keys(make_engine(database_url))
    if engine.dialect.name == "sqlite":
        copy_empty_database(Path(engine.url.database or "").parent)
    else:
        upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def patient(engine: Engine, clock: MovableClock) -> Person:
    with writing(engine) as session:
        return add_person(
            session,
            role=Role.PATIENT,
            name="Anna Berg",
            phone=PHONE,
            birth_on=date(1950, 5, 1),
            now=clock(),
        )


Enqueue = Callable[..., bool]


@pytest.fixture
def enqueue(engine: Engine, patient: Person, clock: MovableClock) -> Enqueue:
    """Puts one message for the patient into the outbox."""

    def put(unique_key: str = "due:1", **changes: Any) -> bool:
        values: dict[str, Any] = {
            "purpose": Purpose.REMINDER,
            "recipient_id": patient.id,
            "patient_id": patient.id,
            "params": {},
            "now": clock(),
            "expires_at": clock() + WINDOW,
        }
        with writing(engine) as session:
            return outbox.enqueue(session, unique_key=unique_key, **values | changes)

    return put


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio(hangs_for_s=5) as server:
        yield server


@pytest.fixture
def sms(twilio: FakeTwilio) -> TwilioSms:
    return twilio_channel(twilio.url)


def twilio_channel(
    base_url: str, public_url: str = "https://companion.example", *, timeout_s: float = 0.5
) -> TwilioSms:
    return TwilioSms(
        ACCOUNT_SID, AUTH_TOKEN, NUMBER, public_url, base_url=base_url, timeout_s=timeout_s, per_second=1e6
    )


def only_message(engine: Engine) -> Message:
    with reading(engine) as session:
        return session.query(Message).one()


def deliveries(engine: Engine) -> list[Delivery]:
    with reading(engine) as session:
        return session.query(Delivery).order_by(Delivery.message_id, Delivery.attempt).all()
