"""A button of a notification was pressed, or the notification came: what our worker in the browser reports.

It carries no cookie. The notification's own token says of which attempt it speaks, and answers that one reminder once;
a report that comes again is told what stands.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.compose.echoes import words_of
from companion.crash_points import Point, reached
from companion.db import writing
from companion.i18n import translate
from companion.messages.channel import InboundText, StatusReport
from companion.messages.models import DeliveryState, Purpose
from companion.messages.receipts import note_report
from companion.messages.wording import Contacts
from companion.replies import Echo, as_it_stands, hear, message_of

CHANNEL = "web_push"


class Button(StrEnum):
    """What stands on a reminder's buttons."""

    TAKEN = "taken"
    LATER = "later"


DIGITS = {Button.TAKEN: "1", Button.LATER: "2"}
"""A button counts as the digit of a text."""

TOO_LATE_TO_WAIT = Echo("help")
"""Said to "later" when there is no time left for it: in a text it tells the digits, which a notification has not."""
NO_TIME = "There is no time for another reminder. Please answer now."
"""Tapping the notification opens the page to do so; the catalogue has it from there."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the notification says next, in the person's language."""

    text: str
    language: str


def note_seen(session: Session, correlation_id: str, now: datetime) -> bool:
    """The notification was shown: that is its receipt. False when it is of no attempt of ours."""
    report = StatusReport("", DeliveryState.DELIVERED, correlation_id=correlation_id)
    return note_report(session, CHANNEL, report, now)


def answer_pushed(
    engine: Engine, correlation_id: str, button: Button, contacts: Contacts, now: datetime
) -> Told | None:
    """Answers the doses that the reminder asked about. None when that attempt was no reminder of ours, its person is no
    longer with the service, or it was answered by this notification before and waits for an answer again."""
    with writing(engine) as session:
        asked = message_of(session, correlation_id)
        patient = session.get_one(Person, asked.recipient_id) if asked else None
        if asked is None or patient is None or asked.purpose != Purpose.REMINDER or patient.left_at is not None:
            return None
        note_seen(session, correlation_id, now)
        pressed = InboundText(correlation_id, "", DIGITS[button], correlation_id=correlation_id)
        heard = hear(session, pressed, CHANNEL, now)
        echo = heard.echo if heard else as_it_stands(session, asked)
        told = _told(echo, patient, contacts) if echo else None
    reached(Point.ANSWER_AFTER_COMMIT)
    return told


def _told(echo: Echo, patient: Person, contacts: Contacts) -> Told:
    if echo == TOO_LATE_TO_WAIT:
        return Told(translate(patient.language, NO_TIME), patient.language)
    return Told(words_of(echo.params, patient.language, ZoneInfo(patient.zone), contacts).text, patient.language)
