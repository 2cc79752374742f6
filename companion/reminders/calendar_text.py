"""A patient's times as an iCalendar (RFC 5545) that a calendar subscribes to. Pure.

Instants in UTC: the timetable has been through the changes of the clocks already. No amounts, as they change by a
doctor's word and calendars keep what they read; no alarms, as reminders come from the service, and twice is too often.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from icalendar import Calendar, Event

from companion.clock import to_ms
from companion.i18n import translate
from companion.reminders.schedules.coming import ComingTime

LASTS = timedelta(minutes=15)
"""How long an entry is drawn: something to see, and no claim about the window."""
READ_AGAIN_AFTER = timedelta(hours=1)


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


def calendar_of(
    times: Iterable[ComingTime], *, patient: str, language: str, with_names: bool, made_at: datetime
) -> bytes:
    """The feed's file. `patient`: the public id, of which only a hash goes out; `made_at`: when the feed was made, so
    that the same times are the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//companion//medicine times//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", translate(language, _("Medicine times")))
    calendar.add("refresh-interval", READ_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for time in times:
        calendar.add_component(_event(time, patient, language, with_names, made_at))
    return bytes(calendar.to_ical())


def _event(time: ComingTime, patient: str, language: str, with_names: bool, made_at: datetime) -> Event:
    said = translate(language, _("Time for your medicine"))
    event = Event()
    event.add("uid", f"{sha256(f'{patient}:{to_ms(time.due_at)}'.encode()).hexdigest()[:32]}@companion")
    event.add("dtstamp", made_at)
    event.add("dtstart", time.due_at)
    event.add("duration", LASTS)
    event.add("summary", f"{said}: {', '.join(time.drugs)}" if with_names else said)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event
