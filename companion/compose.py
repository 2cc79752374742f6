"""What a message says, made at the moment it leaves: nobody is reminded of what was answered meanwhile."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.models import Review
from companion.care.people import Person
from companion.care.regimens import awaiting_confirmation
from companion.clock import Clock, from_ms
from companion.messages import composed, wording
from companion.messages.dispatch import Compose, Composed
from companion.messages.models import Message, Purpose
from companion.messages.wording import Answer, Contacts, Wording
from companion.reminders.doses.dose_state import MISSED, OPEN, DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.effect.exposures import wording_for
from companion.reminders.supply.refills import is_any_low
from companion.reminders.telling import daily_digest
from companion.settings import Settings

ANSWERS = {DoseState.TAKEN.value: Answer.TAKEN, DoseState.SKIPPED.value: Answer.SKIPPED}


def composer(settings: Settings, clock: Clock) -> Compose:
    """Words every purpose, with this clinic's numbers; the clock says which trial of wordings runs."""
    contacts = Contacts(settings.clinic_phone, settings.emergency_number)

    def compose(session: Session, message: Message) -> Composed | None:
        recipient = session.get_one(Person, message.recipient_id)
        text = _text(session, message, recipient, contacts, clock())
        return None if text is None else Composed(recipient.phone, text)

    return compose


def batch_composer(settings: Settings, clock: Clock) -> composed.Compose:
    """The same for a whole batch, without saying to which address."""
    contacts = Contacts(settings.clinic_phone, settings.emergency_number)

    def compose(session: Session, batch: Sequence[composed.Asked]) -> list[composed.Composed | None]:
        return [_composed(session, asked.message, contacts, clock()) for asked in batch]

    return compose


def _composed(session: Session, message: Message, contacts: Contacts, now: datetime) -> composed.Composed | None:
    recipient = session.get_one(Person, message.recipient_id)
    text = _text(session, message, recipient, contacts, now)
    return None if text is None else composed.Composed(text, recipient.language)


def _text(session: Session, message: Message, recipient: Person, contacts: Contacts, now: datetime) -> str | None:
    """The words, or None when there is nothing to tell any more."""
    language = recipient.language
    match Purpose(message.purpose):
        case Purpose.REMINDER:
            return _reminder(session, message, recipient, contacts, now)
        case Purpose.MISSED_DOSE | Purpose.NOT_REACHED:
            return _about_missed(session, message, language, contacts)
        case Purpose.MISSED_SEVERAL:
            return _about_several(session, message, language, contacts)
        case Purpose.DAILY_DIGEST:
            return _digest(session, message, language, contacts)
        case Purpose.LATE_ANSWER:
            answer = ANSWERS[message.params["state"]]
            return wording.late_answer(language, _name(session, message), message.params["local"], answer, contacts)
        case Purpose.ADVICE:
            return _advice(session, message, language, contacts)
        case Purpose.URGENT_READING:
            other = None if recipient.id == message.patient_id else _name(session, message)
            return wording.urgent_reading(language, message.params["event"], contacts, patient=other)
        case Purpose.REFILL:
            return _refill(session, message, recipient, contacts)
        case Purpose.REPLY:
            return _reply(session, message, language, contacts)


def _name(session: Session, message: Message) -> str:
    return session.get_one(Person, message.patient_id).name


def _doses(session: Session, message: Message) -> list[Dose]:
    """The doses of that patient at that instant."""
    query = select(Dose).where(Dose.patient_id == message.patient_id, Dose.due_at == from_ms(message.params["due_ms"]))
    return list(session.scalars(query.order_by(Dose.id)))


def _reminder(session: Session, message: Message, patient: Person, contacts: Contacts, now: datetime) -> str | None:
    open_doses = [dose for dose in _doses(session, message) if dose.state in OPEN]
    if not open_doses:
        return None
    has_changed = any(awaiting_confirmation(dose.regimen) for dose in open_doses)
    times = sorted({dose.local_time for dose in open_doses})
    put = Wording.STANDARD if has_changed else wording_for(session, message, patient.public_id, now)
    return wording.reminder(patient.language, times, contacts, has_changed=has_changed, put=put)


def _about_missed(session: Session, message: Message, language: str, contacts: Contacts) -> str | None:
    """To a caregiver; nothing when all of it was answered before the message left."""
    if not any(dose.state in MISSED for dose in _doses(session, message)):
        return None
    say = wording.missed_dose if message.purpose == Purpose.MISSED_DOSE else wording.not_reached
    return say(language, _name(session, message), message.params["local"], contacts)


def _about_several(session: Session, message: Message, language: str, contacts: Contacts) -> str | None:
    """The same about several times of day: what was answered before the message left is not counted."""
    query = select(Dose).where(Dose.id.in_(message.params["doses"]), Dose.state.in_([state.value for state in MISSED]))
    doses = session.scalars(query.order_by(Dose.due_at, Dose.id)).all()
    if not doses:
        return None
    reached = any(dose.state == DoseState.MISSED for dose in doses)
    first, last = doses[0].local_time, doses[-1].local_time
    name = _name(session, message)
    return wording.missed_several(language, name, len(doses), first, last, contacts, reached=reached)


def _digest(session: Session, message: Message, language: str, contacts: Contacts) -> str:
    since, until = from_ms(message.params["since_ms"]), from_ms(message.params["until_ms"])
    counts = daily_digest.count(session, message.patient_id, since, until)
    return wording.daily_digest(
        language, _name(session, message), counts.taken, counts.skipped, counts.missed, contacts
    )


def _advice(session: Session, message: Message, language: str, contacts: Contacts) -> str:
    review = session.get_one(Review, message.review_id)
    return wording.advice(language, session.get_one(Person, review.clinician_id).name, contacts)


def _refill(session: Session, message: Message, recipient: Person, contacts: Contacts) -> str | None:
    """Nothing when packs came before the message left."""
    if not is_any_low(session, message.patient_id):
        return None
    other = None if recipient.id == message.patient_id else _name(session, message)
    return wording.refill(recipient.language, contacts, patient=other)


def _reply(session: Session, message: Message, language: str, contacts: Contacts) -> str:
    params = message.params
    match params["kind"]:
        case "noted":
            return wording.noted(language, params["times"], Answer(params["answer"]), contacts)
        case "noted_late":
            return wording.noted_late(language, params["times"], Answer(params["answer"]), contacts)
        case "noted_rest":
            return wording.noted_rest(language, params["times"], Answer(params["answer"]), contacts)
        case "noted_unread":
            return wording.noted_unread(language, params["times"], contacts)
        case "already_noted":
            return wording.already_noted(language, params["times"], Answer(params["answer"]), contacts)
        case "snoozed":
            zone = ZoneInfo(session.get_one(Person, message.recipient_id).zone)
            again = from_ms(params["again_ms"]).astimezone(zone)
            return wording.snoozed(language, params["times"], f"{again:%H:%M}", contacts)
        case "help":
            return wording.help_text(language, contacts)
        case "no_open_dose":
            return wording.no_open_dose(language, contacts)
        case "opted_in":
            return wording.opted_in(language, contacts)
    return wording.not_understood(language, contacts)
