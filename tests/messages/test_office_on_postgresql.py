"""The clinic's questions about messages, and what it does about them, on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from companion.care.contact_models import ContactState
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.care.tasks import Task
from companion.db import make_engine, reading, writing
from companion.messages import overview
from companion.messages.attempts import ask_clinic_to_call
from companion.messages.by_hand import Tried, note_seen_to, try_again
from companion.messages.history import sent_to_or_about
from companion.messages.models import DeliveryState, Message, MessageState
from companion.messages.overview import End, Trouble
from companion.migrations import upgrade
from tests.keys import with_keys
from tests.messages.mail_room import put

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def engine(postgresql_database: str) -> Iterator[Engine]:
    engine = with_keys(make_engine(postgresql_database))
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def patient(engine: Engine) -> Person:
    with writing(engine) as session:
        return add_person(session, role=Role.PATIENT, name="Anna Berg", birth_on=date(1956, 5, 1), now=NOW)


def test_messages_are_found_tried_again_and_seen_to(engine: Engine, patient: Person) -> None:
    long_ago = NOW - timedelta(minutes=20)
    unclear = put(engine, patient, NOW, DeliveryState.AMBIGUOUS, created_at=long_ago, next_try_at=long_ago)
    late = put(engine, patient, NOW)
    failed = put(engine, patient, NOW, DeliveryState.REJECTED, state=MessageState.FAILED.value)
    with writing(engine) as session:
        ask_clinic_to_call(session, session.get_one(Message, failed.id), "30003", NOW)

    with reading(engine) as session:
        stuck = [(row.message.id, row.trouble) for row in overview.stuck(session, NOW, None, 50)]
        lost = [row.message.id for row in overview.failed(session, NOW - timedelta(days=1), [patient.id], 50)]
        (sms,) = overview.rates(session, NOW - timedelta(days=1), [patient.id])
        bad = overview.faulty_addresses(session, [ContactState.BAD], None, 50)
        sent = [each.message.id for each in sent_to_or_about(session, patient.id, before=None, limit=50)]
    with writing(engine) as session:
        tried = [try_again(session, message.id, NOW) for message in (unclear, late, failed)]
        seen_to = note_seen_to(session, failed.id, patient.id, NOW)
        open_tasks = session.scalars(select(Task).where(Task.done_at.is_(None))).all()

    assert stuck == [(unclear.id, Trouble.NOT_KNOWN), (late.id, Trouble.LATE)]
    assert (lost, bad, sent) == ([failed.id], [], [failed.id, late.id, unclear.id])
    assert sms.counts == {End.NOT_KNOWN: 1, End.NOT_TAKEN: 1}
    assert tried == [Tried.LOOKED_UP, Tried.OPENED, Tried.OPENED]
    assert (seen_to, open_tasks) == (True, [])
