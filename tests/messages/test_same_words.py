"""Equal words to one number are as many texts as there are messages, though a look-up can only compare words."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine

from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.db import writing
from companion.messages.channels.twilio_sms import TwilioSms
from companion.messages.composed import Asked, Composed
from companion.messages.dispatch import dispatch
from tests.fake_twilio import FakeTwilio, Fault
from tests.messages.conftest import PHONE, Enqueue, MovableClock, by_text, deliveries

SAME_WORDS = "Time for your 08:00 medicine."


def same_words(_session: object, batch: Sequence[Asked]) -> list[Composed | None]:
    return [Composed(SAME_WORDS) for _ in batch]


@pytest.fixture
def husband(engine: Engine, patient: Person, clock: MovableClock) -> Person:
    """Another patient, on his wife's telephone."""
    with writing(engine) as session:
        values = {"name": "Bernd Berg", "phone": PHONE, "birth_on": patient.birth_on}
        return add_person(session, role=Role.PATIENT, now=clock(), **values)


def test_two_patients_on_one_telephone_get_a_text_each_when_one_has_to_be_looked_up(
    engine: Engine, enqueue: Enqueue, clock: MovableClock, twilio: FakeTwilio, sms: TwilioSms, husband: Person
) -> None:
    enqueue("hers")
    dispatch(engine, by_text(sms), same_words, clock, 1)
    enqueue("his", recipient_id=husband.id, patient_id=husband.id)
    twilio.faults.append(Fault.ERROR_BEFORE_ACCEPT)

    for _ in range(3):
        dispatch(engine, by_text(sms), same_words, clock, 1)
        clock.advance(seconds=100)

    assert [text.body for text in twilio.ledger] == [SAME_WORDS] * 2


@pytest.mark.parametrize(
    "faults", [[Fault.ERROR_AFTER_ACCEPT] * 2, [Fault.ERROR_AFTER_ACCEPT, Fault.ERROR_BEFORE_ACCEPT]]
)
def test_of_equal_texts_looked_up_together_each_finds_its_own(
    engine: Engine,
    enqueue: Enqueue,
    clock: MovableClock,
    twilio: FakeTwilio,
    sms: TwilioSms,
    husband: Person,
    faults: list[Fault],
) -> None:
    enqueue("hers")
    enqueue("his", recipient_id=husband.id, patient_id=husband.id)
    twilio.faults.extend(faults)

    for _ in range(5):
        dispatch(engine, by_text(sms), same_words, clock, 10)
        clock.advance(seconds=100)

    assert len(twilio.ledger) == 2
    settled = [delivery.provider_id for delivery in deliveries(engine) if delivery.provider_id]
    assert sorted(settled) == sorted(text.sid for text in twilio.ledger)
