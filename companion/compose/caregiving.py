"""What caregivers are told of a patient's doses, and of what they may see."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from companion.care.regimens import Regimen
from companion.clock import from_ms, to_ms
from companion.compose.told import CAREGIVER, Known, Told
from companion.messages.composed import Asked
from companion.messages.models import Message, Purpose
from companion.messages.wording import (
    Answer,
    care_ended,
    daily_digest,
    late_answer,
    missed_dose,
    missed_several,
    not_reached,
    sharing_changed,
)
from companion.reminders.doses.dose_state import MISSED, DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.telling.daily_digest import count

MISSED_STATES = [state.value for state in MISSED]
ANSWERS = {DoseState.TAKEN.value: Answer.TAKEN, DoseState.SKIPPED.value: Answer.SKIPPED}


def about_missed(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """Nothing where all of it was answered before the message left."""
    missed = _missed_instants(known, [asked.message for asked in batch])
    return [_missed(known, asked.message, missed) for asked in batch]


def _missed_instants(known: Known, messages: Sequence[Message]) -> dict[tuple[int, int], bool]:
    """Patients and instants of which a dose still counts as missed, and whether a critical one is among them."""
    query = (
        select(Dose.patient_id, Dose.due_at, Regimen.is_critical)
        .join(Regimen, Regimen.id == Dose.regimen_id)
        .where(
            Dose.patient_id.in_({message.patient_id for message in messages}),
            Dose.due_at.in_({from_ms(message.params["due_ms"]) for message in messages}),
            Dose.state.in_(MISSED_STATES),
        )
    )
    found: dict[tuple[int, int], bool] = {}
    for patient_id, due_at, is_critical in known.session.execute(query):
        instant = patient_id, to_ms(due_at)
        found[instant] = is_critical or found.get(instant, False)
    return found


def _missed(known: Known, message: Message, missed: dict[tuple[int, int], bool]) -> Told | None:
    instant = message.patient_id, message.params["due_ms"]
    if instant not in missed:
        return None
    say = missed_dose if message.purpose == Purpose.MISSED_DOSE else not_reached
    words = say(known.language(message), known.patient_name(message), message.params["local"], known.contacts)
    return Told(words, CAREGIVER, is_urgent=missed[instant])


class _Passed(NamedTuple):
    """A dose that still counts as missed."""

    id: int
    due_at: datetime
    local_time: str
    state: str
    is_critical: bool


def about_several(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """About several times of day: what was answered before the message left is not counted."""
    ids = {dose_id for asked in batch for dose_id in asked.message.params["doses"]}
    query = (
        select(Dose.id, Dose.due_at, Dose.local_time, Dose.state, Regimen.is_critical)
        .join(Regimen, Regimen.id == Dose.regimen_id)
        .where(Dose.id.in_(ids), Dose.state.in_(MISSED_STATES))
        .order_by(Dose.due_at, Dose.id)
    )
    passed = [_Passed(*row) for row in known.session.execute(query)]
    return [_several(known, asked.message, passed) for asked in batch]


def _several(known: Known, message: Message, passed: Sequence[_Passed]) -> Told | None:
    among = set(message.params["doses"])
    doses = [dose for dose in passed if dose.id in among]
    if not doses:
        return None
    words = missed_several(
        known.language(message),
        known.patient_name(message),
        len(doses),
        doses[0].local_time,
        doses[-1].local_time,
        known.contacts,
        reached=any(dose.state == DoseState.MISSED for dose in doses),
    )
    return Told(words, CAREGIVER, is_urgent=any(dose.is_critical for dose in doses))


def about_digest(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """How the doses went, as they stand now."""
    return [_digest(known, asked.message) for asked in batch]


def _digest(known: Known, message: Message) -> Told:
    since, until = from_ms(message.params["since_ms"]), from_ms(message.params["until_ms"])
    went = count(known.session, message.patient_id, since, until)
    name = known.patient_name(message)
    words = daily_digest(known.language(message), name, went.taken, went.skipped, went.missed, known.contacts)
    return Told(words, CAREGIVER)


def about_late_answer(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """That what was told as missed has been answered."""
    return [_late_answer(known, asked.message) for asked in batch]


def _late_answer(known: Known, message: Message) -> Told:
    answer, name = ANSWERS[message.params["state"]], known.patient_name(message)
    words = late_answer(known.language(message), name, message.params["local"], answer, known.contacts)
    return Told(words, CAREGIVER)


def about_end(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """That nothing more is told of a patient."""
    return [_end(known, asked.message) for asked in batch]


def _end(known: Known, message: Message) -> Told:
    return Told(care_ended(known.language(message), known.patient_name(message), known.contacts))


def about_sharing(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """That a patient shares less; what it is now stands on the caregiver's page."""
    return [_sharing(known, asked.message) for asked in batch]


def _sharing(known: Known, message: Message) -> Told:
    return Told(sharing_changed(known.language(message), known.patient_name(message), known.contacts), CAREGIVER)
