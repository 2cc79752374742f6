"""The whole machine of deliveries against two providers who do what they like: sends, crashes, callbacks in any order
and number, look-ups, answers, and the clock. What is promised in docs/messages.md holds all the same."""

import math
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from companion.care.contact_models import Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.db import Base, make_engine, reading, writing
from companion.messages import outbox
from companion.messages.channel import (
    Accepted,
    Ambiguous,
    Caps,
    Found,
    LookupResult,
    NotFound,
    Outgoing,
    Refusal,
    Rejected,
    RetryAfter,
    SendResult,
    StatusReport,
)
from companion.messages.delivery_state import RANK
from companion.messages.dispatch import dispatch
from companion.messages.models import Delivery, DeliveryState, Message, MessageState, Purpose
from companion.messages.pace import Turns
from companion.messages.prepare import prepare
from companion.messages.receipts import note_report
from companion.messages.ways_out import WaysOut
from tests.keys import with_keys
from tests.messages.conftest import PHONE, MovableClock, compose

T = TypeVar("T", Delivery, Message)
REFUSED = [Rejected("21211", Refusal.OTHER_WAY), Rejected("63038", Refusal.TRY_AGAIN)]
NOT_TAKEN: list[SendResult] = [RetryAfter(10, "20429"), Ambiguous("ConnectTimeout"), *REFUSED]
CLOSED = {MessageState.CANCELLED, MessageState.EXPIRED, MessageState.FAILED}


@cache
def database_with_a_patient() -> Path:
    """One who has a telephone and an e-mail address; each run starts from a copy."""
    path = Path(tempfile.mkdtemp(prefix="companion-tests-")) / "patient.db"
    engine, now = with_keys(make_engine(f"sqlite:///{path}")), MovableClock()()
    Base.metadata.create_all(engine)
    with writing(engine) as session:
        anna = add_person(session, role=Role.PATIENT, name="Anna Berg", phone=PHONE, birth_on=date(1950, 5, 1), now=now)
        add_contact(session, anna, Kind.EMAIL, "anna@example.org", now=now, verified_by=VerifiedBy.CLINIC)
    engine.dispose()
    return path


@dataclass
class Taken:
    """A message in a provider's book."""

    outgoing: Outgoing
    at: datetime


@dataclass
class Provider:
    """Takes messages, and says so or not. `whims`: what it answers to the next ones without having taken them;
    `secrets`: how many of the next it takes without saying so."""

    name: str
    caps: Caps
    clock: MovableClock
    book: list[Taken] = field(default_factory=list)
    whims: list[SendResult] = field(default_factory=list)
    secrets: int = 0

    def send(self, outgoing: Outgoing) -> SendResult:
        if self.whims:
            return self.whims.pop(0)
        self.book.append(Taken(outgoing, self.clock()))
        if self.secrets:
            self.secrets -= 1
            return Ambiguous("ReadTimeout")
        return Accepted(f"{self.name}-{outgoing.correlation_id}")

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        for taken in self.book:
            if taken.outgoing.correlation_id == outgoing.correlation_id:
                return Found(f"{self.name}-{outgoing.correlation_id}", DeliveryState.ACCEPTED)
        return NotFound()


class Deliveries(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="companion-tests-"))
        shutil.copy(database_with_a_patient(), self.folder / "companion.db")
        self.engine = with_keys(make_engine(f"sqlite:///{self.folder / 'companion.db'}"))
        self.clock = MovableClock()
        self.sms = Provider("sms", Caps(receipts=True, looks_up=True, per_second=math.inf, at_once=1), self.clock)
        self.mail = Provider("mail", Caps(per_second=math.inf, at_once=1), self.clock)
        self.ways = WaysOut({Kind.SMS: self.sms, Kind.EMAIL: self.mail})
        self.expires_at: dict[str, datetime] = {}
        self.ranks: dict[int, int] = {}
        self.ends: dict[int, MessageState] = {}
        self.ended_by_provider: dict[str, DeliveryState] = {}
        self.crashes: Counter[str] = Counter()

    # What happens

    @rule(minutes=st.sampled_from([20, 12 * 60]))
    def something_is_to_be_told(self, minutes: int) -> None:
        key, now = f"due:{len(self.expires_at)}", self.clock()
        self.expires_at[key] = now + timedelta(minutes=minutes)
        with writing(self.engine) as session:
            patient = session.scalars(select(Person)).one().id
            told = {"purpose": Purpose.REMINDER, "recipient_id": patient, "patient_id": patient, "params": {}}
            outbox.enqueue(session, unique_key=key, now=now, expires_at=self.expires_at[key], **told)  # type: ignore[arg-type]

    @rule(seconds=st.sampled_from([0, 10, 70, 300, 900]))
    def a_beat(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        dispatch(self.engine, self.ways, compose, self.clock, 50)

    @rule(provider=st.sampled_from(["sms", "mail"]), answer=st.sampled_from(NOT_TAKEN))
    def a_provider_will_not_take_the_next(self, provider: str, answer: SendResult) -> None:
        self._provider(provider).whims.append(answer)

    @rule(provider=st.sampled_from(["sms", "mail"]))
    def a_provider_will_take_one_and_not_say_so(self, provider: str) -> None:
        self._provider(provider).secrets += 1

    @rule(has_sent=st.booleans())
    def a_worker_dies(self, has_sent: bool) -> None:
        """After its claim, or after the provider's yes."""
        prepared = prepare(self.engine, self.ways, compose, self.clock(), 50, Turns())
        for attempt in prepared.attempts:
            self.crashes[attempt.outgoing.text] += 1
            if has_sent:
                attempt.channel.send(attempt.outgoing)

    @precondition(lambda self: self.sms.book)
    @rule(data=st.data(), early=st.sampled_from([DeliveryState.SENT, None]), arrives=st.booleans())
    def twilio_calls_back(self, data: st.DataObject, early: DeliveryState | None, arrives: bool) -> None:
        """With `sent`, or with its end, which it never changes; as often and as late as it likes."""
        taken = data.draw(st.sampled_from(self.sms.book))
        id_ = taken.outgoing.correlation_id
        end = DeliveryState.DELIVERED if arrives else DeliveryState.UNDELIVERED
        status = early or self.ended_by_provider.setdefault(id_, end)
        failed = status is DeliveryState.UNDELIVERED
        report = StatusReport(
            f"sms-{id_}", status, "30003" if failed else None, Refusal.TRY_AGAIN if failed else None, id_
        )
        with writing(self.engine) as session:
            note_report(session, "sms", report, self.clock())

    @precondition(lambda self: self.expires_at)
    @rule(data=st.data())
    def the_patient_answers(self, data: st.DataObject) -> None:
        with writing(self.engine) as session:
            outbox.cancel(session, [data.draw(st.sampled_from(sorted(self.expires_at)))])

    # What holds all the time

    @invariant()
    def no_attempt_ever_goes_back(self) -> None:
        for delivery in self._all(Delivery):
            rank = RANK[DeliveryState(delivery.state)]
            assert rank >= self.ranks.get(delivery.id, 0)
            self.ranks[delivery.id] = rank

    @invariant()
    def no_message_is_opened_again_after_its_end(self) -> None:
        for message in self._all(Message):
            state, before = MessageState(message.state), self.ends.get(message.id)
            assert before is not MessageState.DELIVERED or state is MessageState.DELIVERED
            assert before is None or state is not MessageState.OPEN
            if state in CLOSED or state is MessageState.DELIVERED:
                self.ends[message.id] = state
                assert message.fallback_at is None

    @invariant()
    def nothing_leaves_after_its_window(self) -> None:
        for taken in [*self.sms.book, *self.mail.book]:
            assert taken.at < self.expires_at[taken.outgoing.text.removeprefix("08:00 ")]

    @invariant()
    def no_text_leaves_twice_unless_twilio_said_that_it_did_not_arrive(self) -> None:
        by_text: dict[str, list[str]] = {}
        for taken in self.sms.book:
            by_text.setdefault(taken.outgoing.text, []).append(taken.outgoing.correlation_id)
        for ids in by_text.values():
            assert all(self.ended_by_provider.get(id_) is DeliveryState.UNDELIVERED for id_ in ids[:-1])

    @invariant()
    def no_mail_leaves_twice_but_where_a_worker_died_and_nobody_can_tell(self) -> None:
        for text, count in Counter(taken.outgoing.text for taken in self.mail.book).items():
            assert count <= 1 + self.crashes[text]

    def teardown(self) -> None:
        """From here on both providers do as they should: whatever was not answered gets out, if its window allows."""
        self.sms.whims, self.mail.whims, self.sms.secrets, self.mail.secrets = [], [], 0, 0
        for _ in range(4):
            self.a_beat(300)
        for message in self._all(Message):
            is_late = self.clock() >= self.expires_at[message.unique_key]
            was_refused = any(delivery.means for delivery in self._all(Delivery) if delivery.message_id == message.id)
            assert message.state != MessageState.OPEN or self._may_have_left_by_mail(message)
            assert message.state != MessageState.EXPIRED or is_late
            assert message.state != MessageState.FAILED or was_refused
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def _may_have_left_by_mail(self, message: Message) -> bool:
        """A mail server said neither yes nor no: it may have it, nobody can be asked, and no other way is left."""
        mine = [delivery for delivery in self._all(Delivery) if delivery.message_id == message.id]
        return any(each.channel == "mail" and each.state == DeliveryState.AMBIGUOUS for each in mine)

    def _provider(self, name: str) -> Provider:
        return self.sms if name == "sms" else self.mail

    def _all(self, model: type[T]) -> list[T]:
        with reading(self.engine) as session:
            return list(session.scalars(select(model)))


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
