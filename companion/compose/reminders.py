"""Reminders of a batch, worded with a few statements for all of them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from companion.care.contact_models import Kind
from companion.care.people import Person
from companion.care.regimens import Regimen, in_force, to_check_first_among
from companion.clock import from_ms
from companion.compose.told import ANSWERED_IN_WORDS, Known, Told
from companion.messages.composed import Asked
from companion.messages.models import Message
from companion.messages.wording import Wording, reminder
from companion.reminders.doses.dose_state import OPEN
from companion.reminders.doses.models import Dose
from companion.reminders.doses.one_tap import one_tap_links
from companion.reminders.effect.exposures import wordings_for
from companion.reminders.schedules.plain_words import dose as amount_of


class _Due(NamedTuple):
    """An open dose."""

    patient_id: int
    due_at: datetime
    local_time: str
    amount: Decimal
    revision_id: int
    regimen_id: int
    drug: str
    unit: str
    is_critical: bool


class _Asking(NamedTuple):
    """A reminder, the open doses it is about, and whether a change of one awaits the patient's confirmation."""

    asked: Asked
    doses: list[_Due]
    has_changed: bool

    @property
    def message(self) -> Message:
        return self.asked.message


def about_reminder(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """Nothing where all was answered before the message left."""
    doses = _open_doses(known, batch)
    changed = to_check_first_among(known.session, {dose.regimen_id for found in doses.values() for dose in found})
    asking = []
    for asked in batch:
        due = doses.get(_instant(asked.message))
        if due:
            asking.append(_Asking(asked, due, any(dose.regimen_id in changed for dose in due)))
    put = _wordings(known, asking)
    pages = _pages(known, asking)
    told = {
        one.message.id: _told(known, one, put.get(one.message.id, Wording.STANDARD), pages.get(one.message.id, ""))
        for one in asking
    }
    return [told.get(asked.message.id) for asked in batch]


def _instant(message: Message) -> tuple[int, int]:
    """The patient and the instant a reminder is about."""
    return message.patient_id, message.params["due_ms"]


def _open_doses(known: Known, batch: Sequence[Asked]) -> dict[tuple[int, int], list[_Due]]:
    """By patient and instant."""
    instants = {from_ms(asked.message.params["due_ms"]): asked.message.params["due_ms"] for asked in batch}
    regimen = Dose.regimen_id, Regimen.drug, Regimen.unit, Regimen.is_critical
    query = (
        select(Dose.patient_id, Dose.due_at, Dose.local_time, Dose.amount, Dose.revision_id, *regimen)
        .join(Regimen, Regimen.id == Dose.regimen_id)
        .where(Dose.patient_id.in_({asked.message.patient_id for asked in batch}), Dose.due_at.in_(instants))
        .where(Dose.state.in_([state.value for state in OPEN]))
        .order_by(Dose.id)
    )
    found: defaultdict[tuple[int, int], list[_Due]] = defaultdict(list)
    for row in known.session.execute(query):
        due = _Due(*row)
        found[due.patient_id, instants[due.due_at]].append(due)
    return found


def _wordings(known: Known, asking: Sequence[_Asking]) -> dict[int, Wording]:
    """How each plain reminder is put: a changed dose is told in one way only."""
    plain = [one.message for one in asking if not one.has_changed]
    patients = {message.patient_id: known.people[message.patient_id].public_id for message in plain}
    return wordings_for(known.session, plain, patients, known.now)


def _pages(known: Known, asking: Sequence[_Asking]) -> dict[int, str]:
    """A one-tap page for each reminder whose channel carries links."""
    linked = [one for one in asking if one.asked.caps.links]
    instants = [(one.message.patient_id, one.doses[0].due_at) for one in linked]
    pages = one_tap_links(known.session, instants, known.now)
    return {one.message.id: page for one, page in zip(linked, pages, strict=True)}


def _told(known: Known, one: _Asking, put: Wording, page: str) -> Told:
    patient = known.recipient(one.message)
    words = reminder(
        patient.language,
        sorted({dose.local_time for dose in one.doses}),
        known.contacts,
        has_changed=one.has_changed,
        put=put,
        medicines=_medicines(known, patient, one.doses),
        by_reply=one.asked.kind in ANSWERED_IN_WORDS,
        in_one_segment=one.asked.kind is Kind.SMS,
    )
    return Told(
        words,
        page,
        asks=not one.has_changed,
        is_urgent=one.has_changed or any(dose.is_critical for dose in one.doses),
        about=f"{patient.public_id}:{one.message.params['due_ms']}",
    )


def _medicines(known: Known, patient: Person, doses: Sequence[_Due]) -> list[str]:
    """By name and amount, for a patient who chose to read them."""
    if not patient.names_medicines:
        return []
    return [f"{dose.drug} {amount_of(patient.language, _amount_now(known, dose), dose.unit)}" for dose in doses]


def _amount_now(known: Known, dose: _Due) -> Decimal:
    """What was changed since the patient was first told of the dose counts: the old amount is not repeated."""
    held = in_force(known.session.get_one(Regimen, dose.regimen_id), known.now)
    return dose.amount if held is None or held.id == dose.revision_id else held.amount
