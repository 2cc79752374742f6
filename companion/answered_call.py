"""A person on the line presses a key: their answer is noted, and what was noted is said at once.

1, 2 and 3 answer the reminder that was read to them, as they do in a text. Any other key has it read again: nobody
at the clinic has to look at a slip of the finger.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from companion.care.contact_models import Kind
from companion.crash_points import Point, reached
from companion.db import writing
from companion.messages.channel import Channel, InboundText, Said
from companion.messages.composed import Asked, Compose
from companion.messages.models import Message, Purpose
from companion.reminders.doses.replies import understand
from companion.replies import EVENTS, Echo, hear, message_of


@dataclass(frozen=True, slots=True)
class Line:
    """The call that a person listens to: what was read to them, and how more is worded for it."""

    session: Session
    channel: Channel
    compose: Compose
    read_out: Message
    now: datetime


def answer_aloud(
    engine: Engine, channel: Channel, compose: Compose, pressed: InboundText, now: datetime
) -> Said | None:
    """What the person hears after the key; None for a call that is not ours."""
    with writing(engine) as session:
        read_out = message_of(session, pressed.correlation_id or "")
        if read_out is None:
            return None
        line = Line(session, channel, compose, read_out, now)
        said = _noted(line, pressed) or _again(line)
    reached(Point.ANSWER_AFTER_COMMIT)
    return said


def _noted(line: Line, pressed: InboundText) -> Said | None:
    """What was noted; None where the key is no answer, or was told to us before."""
    if line.read_out.purpose != Purpose.REMINDER or understand(pressed.body) not in EVENTS:
        return None
    heard = hear(line.session, pressed, line.channel.name, line.now)
    return _say(line, _echo(line, heard.echo)) if heard and heard.echo else None


def _again(line: Line) -> Said | None:
    """The message once more, or that nothing waits for an answer any more."""
    return _say(line, line.read_out, asks=True) or _say(line, _echo(line, Echo("no_open_dose")))


def _echo(line: Line, echo: Echo) -> Message:
    """To be worded like a message, and never kept or sent as one."""
    return Message(
        unique_key="",
        purpose=Purpose.REPLY.value,
        recipient_id=line.read_out.recipient_id,
        patient_id=line.read_out.recipient_id,
        params=echo.params,
        created_at=line.now,
    )


def _say(line: Line, message: Message, *, asks: bool = False) -> Said | None:
    [words] = line.compose(line.session, [Asked(message, line.channel.caps, Kind.VOICE)])
    return Said(words.spoken or words.text, words.language, asks) if words else None
