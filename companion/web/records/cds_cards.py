"""Which cards a record system is given for a patient, and what it said became of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.models import Suggestion
from companion.care import audit
from companion.care.people import Person, Role
from companion.care.record_clients import CdsCard, CdsFeedback
from companion.care.records import RecordPatient
from companion.fhir.ids import public_id
from companion.messages.unique import insert_unless_known
from companion.sealing.texts import seal_text
from companion.web.access import Action, can
from companion.web.api.fhir_conditions import waits

BY_RECORD_SYSTEM = "record system"
"""Who did it, in the audit trail."""


def find_user(db: Session, users: Any, user_id: str) -> Person | None:
    """Our clinician that the record system's user is."""
    wanted = Person.public_id == users.get(user_id, ""), Person.role == Role.CLINICIAN, Person.left_at.is_(None)
    return db.scalar(select(Person).where(*wanted))


def find_patient(db: Session, issuer: str, their_id: str, doctor: Person, now: datetime) -> Person | None:
    """The patient of that doctor whom the record system so calls (an import said so), or who is so called here."""
    said = select(RecordPatient.patient_id).where(RecordPatient.source == issuer, RecordPatient.their_id == their_id)
    by_name = (Person.id == said.scalar_subquery()) | (Person.public_id == public_id(their_id))
    found = db.scalars(select(Person).where(by_name, Person.role == Role.PATIENT, Person.left_at.is_(None))).all()
    patient = found[0] if len(found) == 1 else None
    return patient if patient and can(db, doctor, Action.SEE_RECORDS, patient, now) else None


def waiting_for(db: Session, patient: Person, now: datetime) -> list[Suggestion]:
    """What can be decided on, the urgent first."""
    query = select(Suggestion).where(Suggestion.patient_id == patient.id, waits(now))
    return list(db.scalars(query.order_by(Suggestion.is_urgent.desc(), Suggestion.id)))


def cards_of(db: Session, suggestions: Sequence[Suggestion], issuer: str, doctor: Person) -> dict[int, CdsCard]:
    """The cards that this doctor was given there already, by suggestion."""
    about = CdsCard.suggestion_id.in_([each.id for each in suggestions])
    query = select(CdsCard).where(about, CdsCard.issuer == issuer, CdsCard.clinician_id == doctor.id)
    return {card.suggestion_id: card for card in db.scalars(query)}


def give_cards(
    db: Session, suggestions: Sequence[Suggestion], issuer: str, doctor: Person, now: datetime
) -> dict[int, CdsCard]:
    """The cards for these suggestions; a card keeps its name however often the patient is opened."""
    for each in suggestions:
        new = {
            "uuid": str(uuid4()),
            "patient_id": each.patient_id,
            "suggestion_id": each.id,
            "issuer": issuer,
            "clinician_id": doctor.id,
            "shown_at": now,
        }
        statement = insert_unless_known(db, CdsCard, "suggestion_id", "issuer", "clinician_id")
        db.execute(statement.values(**new))
    return cards_of(db, suggestions, issuer, doctor)


def note_feedback(db: Session, issuer: str, said: dict[str, Any], now: datetime) -> bool:
    """Keeps what became of a card there. False for a card that this record system was never given. The same again adds
    nothing; whatever it says, the suggestion goes on waiting."""
    card = db.scalar(select(CdsCard).where(CdsCard.uuid == str(said["card"]), CdsCard.issuer == issuer))
    if card is None:
        return False
    override = said["override"] or {}
    outcome, said_at = said["outcome"], said["said_at"]
    known = select(CdsFeedback.id).where(
        CdsFeedback.card_id == card.id, CdsFeedback.outcome == outcome, CdsFeedback.said_at == said_at
    )
    if db.scalar(known) is not None:
        return True
    db.add(
        CdsFeedback(
            card_id=card.id,
            patient_id=card.patient_id,
            outcome=outcome,
            reason=(override.get("reason") or {}).get("code", ""),
            comment=seal_text(db, card.patient_id, CdsFeedback.comment, override.get("comment", "")[:400], now),
            said_at=said_at,
            received_at=now,
        )
    )
    audit.note(
        db,
        actor=BY_RECORD_SYSTEM,
        action="suggestion.card_answered",
        now=now,
        patient=db.get_one(Person, card.patient_id).public_id,
        suggestion=db.get_one(Suggestion, card.suggestion_id).public_id,
        outcome=outcome,
    )
    return True
