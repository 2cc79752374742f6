"""What those who look after messages see: rates by channel, what is stuck, what failed, bad addresses."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from companion.care.contact_models import ContactPoint, ContactState, Kind
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.messages import overview
from companion.messages.history import sent_to_or_about
from companion.messages.models import DeliveryState, MessageState, Purpose
from companion.messages.overview import ENDS, End, Trouble
from tests.keys import from_before
from tests.messages.conftest import MovableClock
from tests.messages.mail_room import put

MANY = 50


@pytest.fixture
def now(clock: MovableClock) -> datetime:
    return clock()


@pytest.fixture
def other(engine: Engine, now: datetime) -> Person:
    with writing(engine) as session:
        return add_person(session, role=Role.CAREGIVER, name="Ben Berg", phone=None, now=now)


def stuck(engine: Engine, now: datetime) -> list[tuple[int, Trouble]]:
    with reading(engine) as session:
        return [(row.message.id, row.trouble) for row in overview.stuck(session, now, None, MANY)]


def test_every_state_of_an_attempt_is_counted_somewhere() -> None:
    assert set(ENDS) == set(DeliveryState)


def test_attempts_are_counted_by_channel_and_how_they_ended(engine: Engine, patient: Person, now: datetime) -> None:
    put(engine, patient, now, DeliveryState.REJECTED, DeliveryState.DELIVERED)
    put(engine, patient, now, DeliveryState.SENT)
    put(engine, patient, now, DeliveryState.AMBIGUOUS, channel="email")

    with reading(engine) as session:
        sms, email = overview.rates(session, now - timedelta(days=1), None)

    assert (sms.channel, sms.n, sms.counts) == (
        "twilio_sms",
        3,
        {End.NOT_TAKEN: 1, End.DELIVERED: 1, End.WITH_PROVIDER: 1},
    )
    assert (email.channel, email.counts) == ("email", {End.NOT_KNOWN: 1})
    assert sms.share(End.DELIVERED) == pytest.approx(1 / 3)


def test_older_attempts_and_those_about_others_are_not_counted(
    engine: Engine, patient: Person, other: Person, now: datetime
) -> None:
    put(engine, patient, now, DeliveryState.DELIVERED)
    put(engine, patient, now, DeliveryState.DELIVERED, created_at=now - timedelta(days=2))
    put(engine, other, now, DeliveryState.DELIVERED)

    with reading(engine) as session:
        (only,) = overview.rates(session, now - timedelta(days=1), [patient.id])
        nobody = overview.rates(session, now - timedelta(days=1), [])

    assert only.n == 1
    assert nobody == []


@pytest.mark.parametrize(
    ("attempts", "minutes_ago", "trouble"),
    [
        ((), 1, None),
        ((), 2, Trouble.LATE),
        ((DeliveryState.RETRY,), 2, Trouble.NOT_TAKEN),
        ((DeliveryState.LEASED,), 1, None),
        ((DeliveryState.LEASED,), 2, Trouble.HALTED),
        ((DeliveryState.AMBIGUOUS,), 9, None),
        ((DeliveryState.AMBIGUOUS,), 10, Trouble.NOT_KNOWN),
        ((DeliveryState.AMBIGUOUS, DeliveryState.REJECTED), 10, Trouble.NOT_KNOWN),
    ],
)
def test_an_open_message_is_stuck_once_it_should_have_moved_on(
    engine: Engine,
    patient: Person,
    now: datetime,
    attempts: tuple[DeliveryState, ...],
    minutes_ago: int,
    trouble: Trouble | None,
) -> None:
    then = now - timedelta(minutes=minutes_ago)
    message = put(engine, patient, now, *attempts, created_at=then, next_try_at=then)

    found = stuck(engine, now)

    assert found == ([] if trouble is None else [(message.id, trouble)])


@pytest.mark.parametrize("state", [DeliveryState.RETRY, DeliveryState.REJECTED, DeliveryState.UNDELIVERED])
@pytest.mark.parametrize(("minutes_ago", "is_stuck"), [(9, False), (10, True)])
def test_a_message_that_waits_for_another_try_is_stuck_after_ten_minutes(
    engine: Engine, patient: Person, now: datetime, state: DeliveryState, minutes_ago: int, is_stuck: bool
) -> None:
    began = now - timedelta(minutes=minutes_ago)
    message = put(engine, patient, now, state, created_at=began, next_try_at=now + timedelta(minutes=1))

    assert stuck(engine, now) == ([(message.id, Trouble.NOT_TAKEN)] if is_stuck else [])


@pytest.mark.parametrize(
    "changed",
    [
        {"state": MessageState.HANDED_OVER.value},
        {"state": MessageState.CANCELLED.value},
        {"lease_until_in": timedelta(seconds=1)},
        {"next_try_in": timedelta(hours=8)},
        {"expires_in": timedelta(0)},
    ],
)
def test_what_moves_on_waits_or_is_over_is_not_stuck(
    engine: Engine, patient: Person, now: datetime, changed: dict[str, Any]
) -> None:
    instants = {"lease_until_in": "lease_until", "next_try_in": "next_try_at", "expires_in": "expires_at"}
    put(engine, patient, now, **{instants.get(k, k): now + v if k in instants else v for k, v in changed.items()})

    assert stuck(engine, now) == []


def test_what_failed_is_listed_with_what_changes_care_and_was_not_sent_in_time(
    engine: Engine, patient: Person, other: Person, now: datetime
) -> None:
    failed, expired = MessageState.FAILED.value, MessageState.EXPIRED.value
    first = put(engine, patient, now, DeliveryState.REJECTED, state=failed)
    put(engine, patient, now, state=expired)  # a reminder whose time is over
    last = put(engine, patient, now, state=expired, purpose=Purpose.URGENT_READING.value)
    put(engine, patient, now, state=MessageState.SEEN_TO.value)
    put(engine, patient, now, state=failed, created_at=now - timedelta(days=2))
    put(engine, other, now, state=failed)

    with reading(engine) as session:
        rows = overview.failed(session, now - timedelta(days=1), [patient.id], MANY)

    assert [row.message.id for row in rows] == [last.id, first.id]
    assert [attempt.state for attempt in rows[1].attempts] == [DeliveryState.REJECTED]


def test_bad_addresses_are_listed_until_they_are_removed_or_their_owner_leaves(
    engine: Engine, patient: Person, other: Person, now: datetime
) -> None:
    def point(person: Person, address: str, **changed: Any) -> ContactPoint:
        values = {"state": ContactState.BAD.value, "position": 9, "kind": Kind.EMAIL.value} | changed
        said = from_before(ContactPoint.address, address)
        return ContactPoint(
            public_id=address, person_id=person.id, address=said, state_at=now, created_at=now, **values
        )

    with writing(engine) as session:
        session.get_one(Person, other.id).left_at = now
        session.add_all(
            [
                point(patient, "bad"),
                point(patient, "works", state=ContactState.OK.value),
                point(patient, "removed", removed_at=now),
                point(other, "left"),
            ]
        )

    with reading(engine) as session:
        found = overview.faulty_addresses(session, [ContactState.BAD, ContactState.SUSPECT], None, MANY)

    assert [(bad.address, person.id) for bad, person in found] == [("bad", patient.id)]


def test_a_person_is_shown_what_went_to_them_and_about_them_the_newest_first(
    engine: Engine, patient: Person, other: Person, now: datetime
) -> None:
    own = put(engine, patient, now, DeliveryState.REJECTED, DeliveryState.DELIVERED)
    about = put(engine, patient, now, recipient=other)
    put(engine, other, now)

    with reading(engine) as session:
        newest, oldest = sent_to_or_about(session, patient.id, before=None, limit=MANY)
        older = sent_to_or_about(session, patient.id, before=about.id, limit=MANY)

    assert (newest.message.id, newest.recipient.name, newest.attempts) == (about.id, "Ben Berg", ())
    assert [attempt.state for attempt in oldest.attempts] == ["rejected", "delivered"]
    assert [sent.message.id for sent in older] == [own.id]
