"""What becomes of a message now, by all that is known of it and of the person it is for. Decides; writes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from companion.care.contact_models import ContactPoint
from companion.care.people import Person
from companion.care.quiet_hours import after_quiet_hours, quiet_hours
from companion.messages.courtesy import CAN_WAIT, TOO_MANY, is_one_too_many
from companion.messages.known import Known
from companion.messages.models import Message, Purpose
from companion.messages.routing import Decision, NoWay, Offered, Wait, Way, next_way, only, usable
from companion.messages.topics import topic_of
from companion.messages.ways_out import WaysOut


@dataclass(frozen=True, slots=True)
class Moot:
    """There is nobody or nothing left to tell."""


Fate: TypeAlias = Decision | Moot


def fate_of(message: Message, known: Known, ways: WaysOut, now: datetime) -> Fate:
    """By which way it goes now; or that it waits, or for what reason it never goes."""
    person, purpose = known.people[message.recipient_id], Purpose(message.purpose)
    if person.left_at is not None or _is_of_the_past(known.people[message.patient_id], purpose):
        return Moot()
    if is_one_too_many(purpose, known.sent[person.id, purpose.value]):
        return NoWay(TOO_MANY)
    quiet_until = _quiet_until(person, purpose, now)
    if quiet_until > now:
        return Wait(quiet_until)
    return next_way(_offered(message, purpose, known, ways), known.tried.get(message.id, ()), now)


def _is_of_the_past(patient: Person, purpose: Purpose) -> bool:
    """Whether it is about somebody whose care has ended, and is not the word that it has."""
    return patient.left_at is not None and purpose is not Purpose.CARE_ENDED


def _quiet_until(person: Person, purpose: Purpose, now: datetime) -> datetime:
    """The end of the person's quiet hours, for what can wait."""
    if purpose not in CAN_WAIT:
        return now
    return after_quiet_hours(now, quiet_hours(person.quiet_from, person.quiet_until), ZoneInfo(person.zone))


def _offered(message: Message, purpose: Purpose, known: Known, ways: WaysOut) -> Offered:
    all_ways = [way_of(point) for point in known.points[message.recipient_id]]
    if (point_id := message.params.get("only_point")) is not None:
        return only(next((way for way in all_ways if way.point_id == point_id), None), ways.kinds)
    agreed = known.agreed.get(message.recipient_id, ())
    return usable(all_ways, topic_of(purpose), agreed, ways.kinds, first=message.params.get("way", 0))


def way_of(point: ContactPoint) -> Way:
    """What routing asks about an address."""
    return Way(point.id, point.kind, point.state, point.verified_at is not None)
