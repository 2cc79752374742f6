"""What is known of a batch of messages before anything is decided about them, in a few statements for all of them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint
from companion.care.contacts import contacts_of
from companion.care.message_consent import consents_of
from companion.care.people import Person
from companion.messages.channel import Refusal
from companion.messages.courtesy import MOST_A_DAY
from companion.messages.models import Delivery, DeliveryState, Message, MessageState
from companion.messages.routing import PATIENCE, SILENT, Tried
from companion.messages.ways_out import WaysOut

A_DAY = timedelta(hours=24)
BY_HAND = "by_hand"
"""Why a message is open again that had failed."""
GOT_OUT = (MessageState.HANDED_OVER.value, MessageState.DELIVERED.value)


@dataclass(frozen=True, slots=True)
class Known:
    """Recipients and patients by id; recipients' addresses in order and what they agreed to hear by each kind, as
    (kind, topic); earlier attempts by message; how many messages of a purpose a person got in the last day, as far as
    that is counted."""

    people: Mapping[int, Person]
    points: Mapping[int, Sequence[ContactPoint]]
    agreed: Mapping[int, set[tuple[str, str]]]
    tried: Mapping[int, Sequence[Tried]]
    attempts: Mapping[int, int]
    sent: Counter[tuple[int, str]]


def look(session: Session, messages: Sequence[Message], ways: WaysOut, now: datetime) -> Known:
    """All that routing asks about these messages."""
    recipients = sorted({message.recipient_id for message in messages})
    everybody = {person_id for message in messages for person_id in (message.recipient_id, message.patient_id)}
    people = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(everybody)))}
    points, agreed = contacts_of(session, recipients), _agreed(session, recipients)
    tried, attempts = _tried(session, messages, ways)
    return Known(people, points, agreed, tried, attempts, _sent(session, messages, now))


def _agreed(session: Session, recipients: Sequence[int]) -> Mapping[int, set[tuple[str, str]]]:
    found: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for person_id, kind, topic in consents_of(session, recipients):
        found[person_id].add((kind, topic))
    return found


def _tried(
    session: Session, messages: Sequence[Message], ways: WaysOut
) -> tuple[Mapping[int, Sequence[Tried]], Mapping[int, int]]:
    """Earlier attempts by message, oldest first, and the number of the last. Where a person had the message tried
    again, refusals before that are forgotten: the address may have been put right."""
    by_hand = {message.id for message in messages if message.why == BY_HAND}
    query = (
        select(
            Delivery.message_id,
            Delivery.attempt,
            Delivery.contact_point_id,
            Delivery.channel,
            Delivery.state,
            Delivery.means,
            Delivery.started_at,
            Delivery.patient_until,
            Delivery.again_at,
            Delivery.error_code,
        )
        .where(Delivery.message_id.in_([message.id for message in messages]))
        .order_by(Delivery.message_id, Delivery.attempt)
    )
    found: defaultdict[int, list[Tried]] = defaultdict(list)
    numbers: dict[int, int] = {}
    for row in session.execute(query):
        channel = ways.named(row.channel)
        attempt = Tried(
            row.contact_point_id,
            DeliveryState(row.state),
            row.patient_until or row.started_at + PATIENCE,
            Refusal(row.means) if row.means else None,
            row.again_at,
            tells=channel is None or channel.caps.receipts,
            code=row.error_code,
        )
        if row.message_id not in by_hand or attempt.state in SILENT:
            found[row.message_id].append(attempt)
        numbers[row.message_id] = row.attempt
    return found, numbers


def _sent(session: Session, messages: Sequence[Message], now: datetime) -> Counter[tuple[int, str]]:
    """Of the purposes that are counted, where there is one of them among the messages."""
    counted = [message for message in messages if message.purpose in MOST_A_DAY]
    if not counted:
        return Counter()
    query = (
        select(Message.recipient_id, Message.purpose, func.count())
        .where(
            Message.recipient_id.in_({message.recipient_id for message in counted}),
            Message.purpose.in_({message.purpose for message in counted}),
            Message.state.in_(GOT_OUT),
            Message.created_at > now - A_DAY,
        )
        .group_by(Message.recipient_id, Message.purpose)
    )
    return Counter({(person_id, purpose): count for person_id, purpose, count in session.execute(query)})
