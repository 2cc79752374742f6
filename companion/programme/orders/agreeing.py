"""What patients say to one pharmacy's learning of them: each time a row, and the newest counts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.programme.orders.consent_texts import VERSION, agreement
from companion.programme.orders.pharmacy_models import Pharmacy, PharmacyConsent


def say_pharmacy(
    session: Session,
    patient: Person,
    pharmacy: Pharmacy,
    *,
    agrees: bool,
    noted_by: Person,
    language: str,
    now: datetime,
) -> bool:
    """Writes down what the patient said to the present text; False where it says nothing new."""
    session.get_one(Person, patient.id, with_for_update={"key_share": True})
    if has_agreed(session, patient.id, pharmacy.id) is agrees:
        return False
    text = agreement(language, pharmacy.name)
    said = {"is_agreed": agrees, "text": text, "text_version": VERSION, "noted_by": noted_by.id, "at": now}
    session.add(PharmacyConsent(patient_id=patient.id, pharmacy_id=pharmacy.id, **said))
    session.flush()
    return True


def has_agreed(session: Session, patient_id: int, pharmacy_id: int) -> bool:
    """Whether the last word was yes; never asked is no."""
    query = select(PharmacyConsent.is_agreed).where(
        PharmacyConsent.patient_id == patient_id, PharmacyConsent.pharmacy_id == pharmacy_id
    )
    return bool(session.scalar(query.order_by(PharmacyConsent.id.desc()).limit(1)))


def said_to_pharmacies(session: Session, patient_id: int) -> Sequence[PharmacyConsent]:
    """All that the patient said, in its order."""
    query = select(PharmacyConsent).where(PharmacyConsent.patient_id == patient_id)
    return session.scalars(query.order_by(PharmacyConsent.id)).all()
