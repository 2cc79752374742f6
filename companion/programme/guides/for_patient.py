"""The guides of one patient: about what they take and have, what is new in them, and that they read it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.facts import facts_of
from companion.care.people import Person
from companion.care.regimens import active_regimens
from companion.programme.guides.kinds import Concerned, concerns
from companion.programme.guides.models import Guide, GuideRead, GuideReview, GuideVersion
from companion.programme.guides.publishing import published
from companion.programme.guides.writing import DIABETES, OF_DIABETES


@dataclass(frozen=True)
class OwnGuide:
    """A guide that concerns the patient. `before`: the version shown before this one, if what is otherwise in it has
    not been read yet; `is_read`: this version."""

    version: GuideVersion
    is_read: bool
    before: GuideVersion | None


def known_of(session: Session, patient: Person) -> Concerned:
    """What is on record of the patient that guides go by. A state of health that nobody noted is not guessed from
    medicines."""
    medicines = tuple((each.drug, each.drug_class) for each in active_regimens(session, patient.id))
    facts = facts_of(session, patient.id)
    of_diabetes = {facts.diabetes_type, DIABETES} if facts.diabetes_type in OF_DIABETES else set()
    return Concerned(medicines, facts.conditions | {str(each) for each in of_diabetes})


def guides_of(session: Session, patient: Person, today: date) -> list[OwnGuide]:
    """By what they are about, as patients are shown them on that day; what is new comes first."""
    whom = known_of(session, patient)
    mine = [guide.id for guide in session.scalars(select(Guide)) if concerns(guide.about, guide.name, whom)]
    versions = published(session, mine, today) if mine else []
    read = _read_by(session, patient.id)
    found = [_own(session, version, read) for version in versions]
    return sorted(found, key=lambda each: (each.is_read, each.version.guide.key))


def find_own(session: Session, patient: Person, public_id: str, today: date) -> OwnGuide | None:
    """That guide, if it concerns the patient and is shown on that day."""
    return next(
        (each for each in guides_of(session, patient, today) if each.version.guide.public_id == public_id), None
    )


def note_read(session: Session, patient: Person, version: GuideVersion, now: datetime) -> bool:
    """The patient read it. False when they said so before."""
    if version.id in _read_by(session, patient.id):
        return False
    session.add(GuideRead(patient_id=patient.id, version_id=version.id, read_at=now))
    session.flush()
    return True


def _read_by(session: Session, patient_id: int) -> set[int]:
    return set(session.scalars(select(GuideRead.version_id).where(GuideRead.patient_id == patient_id)))


def _own(session: Session, version: GuideVersion, read: set[int]) -> OwnGuide:
    is_read = version.id in read
    return OwnGuide(version, is_read, None if is_read else _before(session, version))


def _before(session: Session, version: GuideVersion) -> GuideVersion | None:
    """The version that patients were shown before this one."""
    older = GuideVersion.guide_id == version.guide_id, GuideVersion.number < version.number
    query = select(GuideVersion).join(GuideReview, GuideReview.version_id == GuideVersion.id).where(*older)
    return session.scalars(query.order_by(GuideVersion.number.desc()).limit(1)).unique().one_or_none()
