"""What there is to tell of a message, and what the words of a batch are made from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.orm import Session

from companion.care.contact_models import Kind
from companion.care.people import Person
from companion.messages.composed import Asked
from companion.messages.models import Message
from companion.messages.wording import Contacts, Words

TODAY, SUPPLY, CAREGIVER, ACT_NOW = "/today", "/supply", "/caregiver", "/urgent"
QUEUE, UNTAKEN = "/doctor/queue", "/admin/urgent-tasks"
"""Pages behind the sign-in that a message leads to, where its channel carries links."""

ANSWERED_IN_WORDS = (Kind.SMS, Kind.WECHAT)
"""By these a person types the answer back."""


@dataclass(frozen=True, slots=True)
class Told:
    """The words, and the page on this service where the rest stands ("": nowhere).

    `asks` and `is_urgent` as in `Composed`. `about`: later messages about the same take this one's place; empty: none
    does.
    """

    words: Words
    page: str = ""
    asks: bool = False
    is_urgent: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What all words of a batch need: recipients and patients by id, whom to call, and the present instant."""

    session: Session
    people: Mapping[int, Person]
    contacts: Contacts
    now: datetime

    def recipient(self, message: Message) -> Person:
        return self.people[message.recipient_id]

    def language(self, message: Message) -> str:
        return self.recipient(message).language

    def patient_name(self, message: Message) -> str:
        return self.people[message.patient_id].name

    def other(self, message: Message) -> str | None:
        """The patient's name, for somebody else; None where the patient is told themselves."""
        return None if message.recipient_id == message.patient_id else self.patient_name(message)


Tell: TypeAlias = Callable[[Known, Sequence[Asked]], list[Told | None]]
"""The words of messages of one purpose, in their order; None where there is nothing to tell any more."""
