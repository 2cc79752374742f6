"""When one way stays silent or refuses, the person's next: a patient with a telephone and an e-mail address."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint, ContactState, Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.people import Person, set_quiet_hours
from companion.care.tasks import Task, TaskKind
from companion.db import reading, writing
from companion.messages import outbox
from companion.messages.channel import Accepted, Ambiguous, Found, Refusal, Rejected, RetryAfter, StatusReport
from companion.messages.composed import Asked, Composed
from companion.messages.courtesy import MOST_A_DAY
from companion.messages.dispatch import dispatch
from companion.messages.models import Delivery, DeliveryState, Message, MessageState, Purpose
from companion.messages.receipts import note_report
from companion.messages.ways_out import WaysOut
from tests.messages.conftest import PHONE, Enqueue, MovableClock, compose, deliveries, nothing_to_tell, only_message
from tests.messages.fake_channel import ONE_BY_ONE, FakeChannel

EMAIL = "anna@example.org"
BUSY = RetryAfter(10, "20429")


class House:
    """An installation that sends texts and mail, and the round it runs."""

    def __init__(self, engine: Engine, clock: MovableClock) -> None:
        self.engine, self.clock = engine, clock
        self.sms = FakeChannel(name="sms")
        self.mail = FakeChannel(name="mail", caps=replace(ONE_BY_ONE, receipts=False, looks_up=False))

    def answer(self, *answers: object) -> None:
        """What the provider of texts says to the next of them."""
        self.sms = FakeChannel(*answers, name="sms")  # type: ignore[arg-type]

    def beat(self, **after: float) -> None:
        """So much later, one round."""
        self.clock.advance(**after)
        ways = WaysOut({Kind.SMS: self.sms, Kind.EMAIL: self.mail})
        dispatch(self.engine, ways, self.compose, self.clock, 50)

    compose = staticmethod(compose)

    @property
    def sent(self) -> tuple[int, int]:
        """How many texts and mails."""
        return len(self.sms.sent), len(self.mail.sent)

    def report(self, status: DeliveryState, code: str | None = None, means: Refusal | None = None) -> None:
        """What became of the first attempt."""
        report = StatusReport("SM1", status, code, means, deliveries(self.engine)[0].correlation_id)
        with writing(self.engine) as session:
            note_report(session, "sms", report, self.clock())


@pytest.fixture
def house(engine: Engine, clock: MovableClock, patient: Person) -> House:
    with writing(engine) as session:
        person = session.get_one(Person, patient.id)
        add_contact(session, person, Kind.EMAIL, EMAIL, now=clock(), verified_by=VerifiedBy.CLINIC)
    return House(engine, clock)


def test_a_text_that_is_not_known_to_have_arrived_is_followed_by_a_mail(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")

    house.beat()
    house.beat(minutes=14, seconds=59)
    before = house.sent
    house.beat(seconds=1)

    assert before == (1, 0)
    assert house.sent == (1, 1)
    assert house.mail.sent[0].to == EMAIL


@pytest.mark.parametrize("purpose", [Purpose.URGENT_READING])
def test_what_is_urgent_is_followed_after_five_minutes(house: House, enqueue: Enqueue, purpose: Purpose) -> None:
    enqueue("urgent:1", purpose=purpose)

    house.beat()
    house.beat(minutes=5)

    assert house.sent == (1, 1)


def test_a_reminder_that_its_words_call_urgent_is_followed_after_five_minutes(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")

    def urgent(_session: Session, batch: Sequence[Asked]) -> list[Composed | None]:
        return [Composed("08:00", is_urgent=True) for _ in batch]

    house.compose = urgent  # type: ignore[method-assign, assignment]
    house.beat()
    house.beat(minutes=5)

    assert house.sent == (1, 1)


def test_a_text_that_arrived_is_followed_by_nothing(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")

    house.beat()
    house.report(DeliveryState.DELIVERED)
    house.beat(minutes=20)

    assert house.sent == (1, 0)


def test_a_mail_that_was_taken_ends_it_because_nothing_more_can_be_learnt(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")

    house.beat()
    house.beat(minutes=15)
    house.beat(minutes=30)

    assert house.sent == (1, 1)
    assert only_message(house.engine).fallback_at is None


def test_a_refused_text_is_followed_by_a_mail_in_the_same_round(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")
    house.answer(Rejected("21211", Refusal.BAD_ADDRESS))

    house.beat()

    assert house.sent == (1, 1)
    assert [delivery.channel for delivery in deliveries(house.engine)] == ["sms", "mail"]
    assert only_message(house.engine).state == MessageState.HANDED_OVER


def test_a_text_reported_undelivered_is_followed_by_a_mail_at_once(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")

    house.beat()
    house.report(DeliveryState.UNDELIVERED, "30003", Refusal.TRY_AGAIN)
    house.beat()

    assert house.sent == (1, 1)


def test_a_busy_provider_is_asked_again_and_only_then_another(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")
    house.answer(*[BUSY] * 50)

    house.beat()
    for _ in range(14):
        house.beat(minutes=1)
    before = house.sent
    house.beat(minutes=1)

    assert before[0] > 1
    assert (before[1], house.sent[1]) == (0, 1)


def test_a_text_that_may_have_been_taken_is_never_sent_again_but_a_mail_is(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")
    house.answer(Ambiguous("ReadTimeout"))
    house.sms._lookups.extend([RetryAfter(60, "down")] * 50)

    for _ in range(40):
        house.beat(minutes=1)

    assert house.sent == (1, 1)


def test_a_text_found_after_the_mail_left_changes_nothing_more(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")
    house.answer(Ambiguous("ReadTimeout"))
    house.sms._lookups.extend([RetryAfter(60, "down")] * 20 + [Found("SM1", DeliveryState.DELIVERED)])

    for _ in range(40):
        house.beat(minutes=1)

    assert house.sent == (1, 1)
    assert only_message(house.engine).state == MessageState.DELIVERED


def test_nothing_follows_after_the_window(house: House, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1", expires_at=clock() + timedelta(minutes=12))

    house.beat()
    house.beat(minutes=12)
    house.beat(minutes=12)

    assert house.sent == (1, 0)
    assert only_message(house.engine).fallback_at is None


def test_in_a_short_window_the_second_way_still_gets_its_turn(
    house: House, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1", expires_at=clock() + timedelta(minutes=12))

    house.beat()
    house.beat(minutes=6)

    assert house.sent == (1, 1)
    assert house.mail.sent[0].valid_for_s == 360


def test_an_answer_stops_what_would_follow_in_its_own_transaction(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")
    house.beat()

    with writing(house.engine) as session:
        outbox.cancel(session, ["due:1"])
    stopped = only_message(house.engine)
    house.beat(minutes=15)

    assert (stopped.state, stopped.fallback_at) == (MessageState.HANDED_OVER, None)
    assert house.sent == (1, 0)


def test_what_was_answered_otherwise_is_not_told_by_a_second_way(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")
    house.beat()

    house.compose = nothing_to_tell  # type: ignore[method-assign]
    house.beat(minutes=15)

    assert house.sent == (1, 0)
    assert (only_message(house.engine).state, only_message(house.engine).fallback_at) == ("handed_over", None)


def test_a_filtered_text_is_not_sent_in_the_same_words_again(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")
    enqueue("due:2")
    house.answer(Rejected("30007", Refusal.NOT_THESE_WORDS))

    house.beat()

    assert house.sent == (2, 1)
    assert [text.text for text in house.mail.sent] == ["08:00 due:1"]


def points(house: House) -> dict[str, str]:
    """State by address."""
    with reading(house.engine) as session:
        return {point.address: point.state for point in session.scalars(select(ContactPoint))}


@pytest.mark.parametrize(
    ("means", "state"),
    [
        (Refusal.BAD_ADDRESS, ContactState.BAD),
        (Refusal.OPTED_OUT, ContactState.OPTED_OUT),
        (Refusal.TRY_AGAIN, ContactState.SUSPECT),
        (Refusal.OTHER_WAY, ContactState.SUSPECT),
        (Refusal.NOT_THESE_WORDS, ContactState.OK),
    ],
)
def test_what_a_provider_says_of_an_address_is_remembered(
    house: House, enqueue: Enqueue, means: Refusal, state: ContactState
) -> None:
    enqueue("due:1")
    house.beat()

    house.report(DeliveryState.UNDELIVERED, "30005", means)

    assert points(house) == {PHONE: state, EMAIL: ContactState.OK}


def test_an_address_that_was_reached_again_is_well_again(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")
    house.beat()
    with writing(house.engine) as session:
        session.scalars(select(ContactPoint).where(ContactPoint.kind == "sms")).one().state = "suspect"

    house.report(DeliveryState.DELIVERED)

    assert points(house)[PHONE] == ContactState.OK


def test_a_person_who_cannot_be_reached_by_any_way_is_the_clinics_to_call(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1")
    house.answer(Rejected("21211", Refusal.BAD_ADDRESS))
    house.mail = FakeChannel(Rejected("550", Refusal.BAD_ADDRESS), name="mail")

    house.beat()

    assert (only_message(house.engine).state, only_message(house.engine).why) == (MessageState.FAILED, "550")
    with reading(house.engine) as session:
        [task] = session.scalars(select(Task))
    assert (task.kind, task.details["reason"]) == (TaskKind.MESSAGE_FAILED, "550")


def test_the_last_call_of_a_reminder_begins_with_the_second_way(house: House, enqueue: Enqueue) -> None:
    enqueue("due:1", params={"way": 1})

    house.beat()

    assert house.sent == (0, 1)


def test_a_code_goes_to_the_unproven_address_only(
    house: House, enqueue: Enqueue, patient: Person, clock: MovableClock
) -> None:
    with writing(house.engine) as session:
        person = session.get_one(Person, patient.id)
        new = add_contact(session, person, Kind.SMS, "+4915112345678", now=clock(), agree=False)
    enqueue("code:1", purpose=Purpose.CODE, params={"only_point": new.id})

    house.beat()
    house.beat(minutes=20)

    assert [text.to for text in house.sms.sent] == ["+4915112345678"]
    assert house.mail.sent == []


# Courtesy


def test_what_can_wait_leaves_after_the_quiet_hours(
    house: House, enqueue: Enqueue, patient: Person, clock: MovableClock
) -> None:
    clock.instant = clock.instant.replace(hour=23, minute=0)
    with writing(house.engine) as session:
        set_quiet_hours(session.get_one(Person, patient.id), "22:00", "07:00")
    night = {"expires_at": clock() + timedelta(hours=20)}
    enqueue("refill:1", purpose=Purpose.REFILL, **night)
    enqueue("due:1", **night)

    house.beat()
    at_night = [text.text for text in house.sms.sent]
    house.beat(hours=8)

    assert at_night == ["08:00 due:1"]
    assert [text.text for text in house.sms.sent] == ["08:00 due:1", "08:00 refill:1"]


def test_a_telephone_that_answers_by_itself_gets_no_more_replies_in_the_end(house: House, enqueue: Enqueue) -> None:
    most = MOST_A_DAY[Purpose.REPLY]
    for number in range(most + 2):
        enqueue(f"reply:{number}", purpose=Purpose.REPLY)
    enqueue("due:1")

    house.beat()

    with reading(house.engine) as session:
        why = session.scalars(select(Message.why).where(Message.state == MessageState.FAILED.value)).all()
        tasks = [task.details["reason"] for task in session.scalars(select(Task))]
    assert len(house.sms.sent) == most + 1
    assert (why, tasks) == (["daily_cap"] * 2, ["daily_cap"])


def test_the_cap_is_over_after_a_day(house: House, enqueue: Enqueue) -> None:
    for number in range(MOST_A_DAY[Purpose.REPLY]):
        enqueue(f"reply:{number}", purpose=Purpose.REPLY)
    house.beat()

    house.clock.advance(hours=25)
    enqueue("reply:new", purpose=Purpose.REPLY)
    house.beat()

    assert house.sms.sent[-1].text == "08:00 reply:new"


# What a crash left where nobody can be asked


def test_what_a_crash_left_at_a_channel_that_can_tell_nothing_is_sent_again(
    house: House, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1", params={"way": 1})
    house.mail = FakeChannel(Accepted("1"), name="mail", caps=house.mail.caps)
    house.beat()
    with writing(house.engine) as session:  # as if it had been killed before it could note the yes
        delivery = session.scalars(select(Delivery)).one()
        delivery.state, delivery.look_up_at = DeliveryState.LEASED.value, clock() + timedelta(seconds=90)
        message = session.scalars(select(Message)).one()
        message.state = MessageState.OPEN.value

    house.beat(seconds=89)
    before = len(house.mail.sent)
    house.beat(seconds=1)

    assert (before, len(house.mail.sent)) == (1, 2)
