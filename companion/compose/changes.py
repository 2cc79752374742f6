"""What a doctor decided, and packs that run low."""

from collections.abc import Sequence

from sqlalchemy import select

from companion.advice.models import Review, Withdrawal
from companion.care.people import Person
from companion.compose.told import ANSWERED_IN_WORDS, CAREGIVER, SUPPLY, TODAY, Known, Told
from companion.messages.composed import Asked
from companion.messages.wording import advice, refill, withdrawal
from companion.reminders.supply.refills import who_is_low


def about_advice(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """Which doctor changed something; the rest stands behind the sign-in."""
    reviews = {asked.message.review_id for asked in batch}
    query = select(Review.id, Person.name).join(Person, Person.id == Review.clinician_id).where(Review.id.in_(reviews))
    doctors = {row.id: row.name for row in known.session.execute(query)}
    return [
        Told(
            advice(known.language(asked.message), doctors[asked.message.review_id], known.contacts),
            TODAY,
            is_urgent=True,
        )
        for asked in batch
    ]


def about_withdrawal(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """Which doctor took a change back. It is answered, so that somebody knows that it was read."""
    taken_back = {asked.message.withdrawal_id for asked in batch}
    query = select(Withdrawal.review_id, Person.name).join(Person, Person.id == Withdrawal.clinician_id)
    rows = known.session.execute(query.where(Withdrawal.review_id.in_(taken_back)))
    doctors = {row.review_id: row.name for row in rows}
    return [_withdrawn(known, asked, doctors[asked.message.withdrawal_id or 0]) for asked in batch]


def _withdrawn(known: Known, asked: Asked, doctor: str) -> Told:
    by_reply = asked.kind in ANSWERED_IN_WORDS
    words = withdrawal(known.language(asked.message), doctor, known.contacts, by_reply=by_reply)
    return Told(words, TODAY, is_urgent=True)


def about_refill(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """Nothing where packs came before the message left."""
    low = who_is_low(known.session, {asked.message.patient_id for asked in batch})
    return [_refill(known, asked) if asked.message.patient_id in low else None for asked in batch]


def _refill(known: Known, asked: Asked) -> Told:
    other = known.other(asked.message)
    words = refill(known.language(asked.message), known.contacts, patient=other)
    return Told(words, CAREGIVER if other else SUPPLY)
