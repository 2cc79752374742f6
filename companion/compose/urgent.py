"""What cannot wait: to patients and caregivers what a clinician signed, to the clinic that somebody has to look."""

from collections.abc import Sequence
from dataclasses import replace

from companion.advice.alarms.instructions import Signed, signed
from companion.care.emergency import number_at
from companion.care.people import Role
from companion.care.tasks import Task
from companion.compose.told import ACT_NOW, CAREGIVER, QUEUE, UNTAKEN, Known, Told
from companion.messages.composed import Asked
from companion.messages.wording import urgent_task


def about_urgent_event(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """What to do now, in the words that are signed at the moment of sending."""
    texts = signed(known.session)
    return [_event(known, texts, asked) for asked in batch]


def _event(known: Known, texts: Signed, asked: Asked) -> Told:
    message, other = asked.message, known.other(asked.message)
    emergency = number_at(known.contacts.emergency_number, known.people[message.patient_id].zone)
    contacts = replace(known.contacts, emergency_number=emergency)
    words = texts.words(known.language(message), message.params["event"], contacts, patient=other)
    return Told(words, CAREGIVER if other else ACT_NOW, is_urgent=True)


def about_urgent_task(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """Nothing where the task was done before the message left, or where somebody else took it."""
    return [_task(known, asked) for asked in batch]


def _task(known: Known, asked: Asked) -> Told | None:
    task = known.session.get(Task, asked.message.params["task"])
    if task is None or task.done_at is not None or task.taken_by not in (None, asked.message.recipient_id):
        return None
    page = UNTAKEN if known.recipient(asked.message).role == Role.ADMIN else QUEUE
    return Told(urgent_task(known.language(asked.message), known.contacts), page, is_urgent=True)
