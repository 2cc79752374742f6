"""A link in a reminder that answers one time of day without signing in. It opens a page that asks; nothing is
changed before that page is sent.

The secret stands in the message only, its hash here. It answers for the patient's doses of one instant, once, until
those can no longer be answered, and opens nothing else.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.reminders.doses.dose_state import LATE_LOG
from companion.reminders.doses.models import OneTapLink
from companion.tokens import digest, new_token

KEPT = timedelta(days=7)
"""How long a link that is over can still be told from one that never was."""


def one_tap_link(session: Session, patient_id: int, due_at: datetime, now: datetime) -> str:
    """The address, on this service, of a new link for the patient's doses of that instant."""
    return one_tap_links(session, [(patient_id, due_at)], now)[0]


def one_tap_links(session: Session, asked: Sequence[tuple[int, datetime]], now: datetime) -> list[str]:
    """The same for many, as (patient, instant), in their order."""
    if not asked:
        return []
    patients = {patient_id for patient_id, _ in asked}
    old = OneTapLink.patient_id.in_(patients), OneTapLink.expires_at < now - KEPT
    session.execute(delete(OneTapLink).where(*old).execution_options(synchronize_session=False))
    tokens = [new_token() for _ in asked]
    rows = [
        {
            "token_hash": digest(token),
            "patient_id": patient_id,
            "due_at": due_at,
            "made_at": now,
            "expires_at": due_at + LATE_LOG,
        }
        for token, (patient_id, due_at) in zip(tokens, asked, strict=True)
    ]
    session.execute(insert(OneTapLink), rows)
    return [f"/tap/{token}" for token in tokens]


def find_link(session: Session, token: str) -> OneTapLink | None:
    """The link with that secret, whatever became of it."""
    return session.scalar(select(OneTapLink).where(OneTapLink.token_hash == digest(token)))


def patient_of(session: Session, link: OneTapLink, now: datetime) -> Person | None:
    """Whose link it is; None when it is too old, or the patient is no longer with the service."""
    if now > link.expires_at:
        return None
    return session.scalar(select(Person).where(Person.id == link.patient_id, Person.left_at.is_(None)))
