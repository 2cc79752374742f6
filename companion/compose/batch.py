"""What messages say, made at the moment they leave: nobody is reminded of what was answered meanwhile.

A batch is worded purpose by purpose, with a few statements for all of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import blake2b
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from companion.care.people import Person
from companion.clock import Clock
from companion.compose.caregiving import (
    about_digest,
    about_end,
    about_late_answer,
    about_missed,
    about_several,
    about_sharing,
)
from companion.compose.changes import about_advice, about_refill, about_withdrawal
from companion.compose.codes import about_code
from companion.compose.echoes import about_reply
from companion.compose.emergency import about_emergency
from companion.compose.orders import about_order
from companion.compose.passwords import about_reset, about_taken
from companion.compose.programme import about_programme
from companion.compose.reminders import about_reminder
from companion.compose.signing_in import about_factors, about_sign_in_link
from companion.compose.told import Known, Tell, Told
from companion.compose.urgent import about_urgent_event, about_urgent_task
from companion.compose.waiting import about_day, about_ended, about_ending, about_waiting
from companion.messages.composed import Asked, Compose, Composed
from companion.messages.models import Purpose
from companion.messages.wording import Contacts
from companion.settings import Settings

TELL: Mapping[Purpose, Tell] = {
    Purpose.REMINDER: about_reminder,
    Purpose.MISSED_DOSE: about_missed,
    Purpose.NOT_REACHED: about_missed,
    Purpose.MISSED_SEVERAL: about_several,
    Purpose.DAILY_DIGEST: about_digest,
    Purpose.LATE_ANSWER: about_late_answer,
    Purpose.SHARING_CHANGED: about_sharing,
    Purpose.ADVICE: about_advice,
    Purpose.WITHDRAWAL: about_withdrawal,
    Purpose.URGENT_READING: about_urgent_event,
    Purpose.URGENT_TASK: about_urgent_task,
    Purpose.REFILL: about_refill,
    Purpose.ORDER: about_order,
    Purpose.REPLY: about_reply,
    Purpose.PROGRAMME: about_programme,
    Purpose.SUGGESTION_WAITS: about_waiting,
    Purpose.WAITING_DIGEST: about_day,
    Purpose.SUGGESTION_ENDS: about_ending,
    Purpose.SUGGESTION_ENDED: about_ended,
    Purpose.CODE: about_code,
    Purpose.FACTORS_RESET: about_factors,
    Purpose.CARE_ENDED: about_end,
    Purpose.LOGIN_RESET: about_taken,
    Purpose.EMERGENCY_ACCESS: about_emergency,
}


def contacts_of(settings: Settings) -> Contacts:
    """Whom this clinic's messages name."""
    return Contacts(settings.clinic_phone, settings.emergency_number, settings.clinic_name)


def composer(settings: Settings, clock: Clock) -> Compose:
    """Words every purpose, with this clinic's numbers; the clock says which trial of wordings runs."""
    contacts = contacts_of(settings)
    tell: Mapping[Purpose, Tell] = {
        **TELL,
        Purpose.RESET_CODE: partial(about_reset, key=settings.secret_key),
        Purpose.SIGN_IN_LINK: partial(about_sign_in_link, public_url=settings.public_url),
    }

    def compose(session: Session, batch: Sequence[Asked]) -> list[Composed | None]:
        known = Known(session, _people(session, batch), contacts, clock())
        by_purpose: defaultdict[Purpose, list[int]] = defaultdict(list)
        for place, asked in enumerate(batch):
            by_purpose[Purpose(asked.message.purpose)].append(place)
        found: list[Composed | None] = [None] * len(batch)
        for purpose, places in by_purpose.items():
            told = tell[purpose](known, [batch[place] for place in places])
            for place, one in zip(places, told, strict=True):
                if one is not None:
                    found[place] = _composed(known, batch[place], one, settings.public_url)
        return found

    return compose


def _people(session: Session, batch: Sequence[Asked]) -> dict[int, Person]:
    """Recipients and patients; those whom routing looked at are here already."""
    ids = {person_id for asked in batch for person_id in (asked.message.recipient_id, asked.message.patient_id)}
    here = {person_id: session.identity_map.get(identity_key(Person, person_id)) for person_id in ids}
    missing = [person_id for person_id, person in here.items() if person is None]
    if missing:
        here |= {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(missing)))}
    return {person_id: person for person_id, person in here.items() if person is not None}


def _composed(known: Known, asked: Asked, told: Told, public_url: str) -> Composed:
    words, message = told.words, asked.message
    recipient = known.recipient(message)
    written = message.created_at.astimezone(ZoneInfo(recipient.zone))
    return Composed(
        text=words.text,
        language=recipient.language,
        title=words.title,
        spoken=words.spoken,
        link=public_url + told.page if told.page and asked.caps.links else "",
        asks=told.asks,
        topic=_topic(told.about or message.unique_key),
        is_urgent=told.is_urgent,
        fields={
            "time": words.time or f"{written:%H:%M}",
            "what": words.title,
            "advice": words.advice or words.text,
        },
    )


def _topic(about: str) -> str:
    """32 characters of which nothing can be read."""
    return blake2b(about.encode(), digest_size=16).hexdigest()
