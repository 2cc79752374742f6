"""What caregivers said they do about missed doses, as the family and the clinic read it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.tasks import Alert
from companion.reminders.doses.models import Dose
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

ACKNOWLEDGEMENTS: Words = {
    "called": _l("I called"),
    "will_visit": _l("I will visit"),
    "false_alarm": _l("It was a false alarm"),
}

SAID_SHOWN_FOR = timedelta(days=2)
"""How long what a caregiver said stands on the patient's and the clinic's page."""


@dataclass(frozen=True)
class Heard:
    """One caregiver who was told of the doses of one time of day. `said`: what they do about it, since `said_at`."""

    name: str
    time: str
    told_at: datetime
    said: str | None
    said_at: datetime | None


def heard_of(db: Session, doses: Collection[int], but_not: int) -> list[Heard]:
    """The other caregivers who were told of these doses, the first told first."""
    return _heard(db, [Alert.dose_id.in_(doses), Alert.recipient_id != but_not])


def said_about(db: Session, patient: Person, since: datetime) -> list[Heard]:
    """What caregivers said about doses of the patient since then."""
    return _heard(db, [Alert.patient_id == patient.id, Alert.acknowledged_at >= since])


def _heard(db: Session, chosen: Sequence[object]) -> list[Heard]:
    """However many medicines of one time of day: a caregiver was told of it once."""
    query = (
        select(Alert, Person.name, Dose.local_time, Dose.due_at)
        .join(Person, Person.id == Alert.recipient_id)
        .join(Dose, Dose.id == Alert.dose_id)
        .where(*chosen)  # type: ignore[arg-type]
        .order_by(Alert.created_at, Alert.id)
    )
    found: dict[tuple[int, datetime], Heard] = {}
    for alert, name, time, due_at in db.execute(query):
        said = str(ACKNOWLEDGEMENTS.get(alert.acknowledgement, "")) if alert.acknowledgement else None
        heard = Heard(name, time, alert.created_at, said, alert.acknowledged_at)
        found.setdefault((alert.recipient_id, due_at), heard)
    return list(found.values())
