"""Word of a new version of a guide: to those who take the medicine, or have the condition, and agreed to tips.

It shares the room of tips (`outreach.choosing.has_room`): whoever had two this week, or one today, hears of it later,
within two weeks. What changed stands on the page for everybody, whether or not a message went out; guides for everybody
stand there only. No condition is guessed: one counts that is on record now. It goes to both parts of the experiment on
tips.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, Select, func, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.facts import FactKind
from companion.care.facts_held import whoever_has
from companion.care.medicine_names import is_named
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.db import writing
from companion.messages.models import Purpose
from companion.messages.outbox import NewMessage, enqueue_many
from companion.messages.wording.programme import About as Told
from companion.programme.guides.kinds import About
from companion.programme.guides.models import Guide, GuideNews, GuideRead, GuideReview, GuideVersion
from companion.programme.guides.publishing import published
from companion.programme.guides.writing import DIABETES, OF_DIABETES
from companion.programme.outreach.choosing import agreed, has_room

LOOK_EVERY = timedelta(days=1)
FOR = timedelta(days=14)
"""So long after the review somebody may still hear of it. A house rule."""
VALID_FOR = timedelta(hours=48)
AT_ONCE = 5_000


def announce(session: Session, version: GuideVersion, now: datetime) -> bool:
    """To be called at the review. False for a first version: there is nothing that changed for anybody."""
    older = GuideVersion.guide_id == version.guide_id, GuideVersion.number < version.number
    seen_before = select(GuideReview.id).join(GuideVersion, GuideVersion.id == GuideReview.version_id).where(*older)
    if session.scalar(seen_before.limit(1)) is None:
        return False
    due_work.put_off(session, WorkKind.GUIDE_NEWS, version.id, now)
    return True


def send_guide_news(engine: Engine, now: datetime) -> int:
    """One turn; tells at how many versions it looked."""

    def look(version_id: int) -> None:
        with writing(engine) as session:
            _look(session, session.get_one(GuideVersion, version_id), now)

    return due_work.one_by_one(engine, WorkKind.GUIDE_NEWS, now, 10, look)


def _look(session: Session, version: GuideVersion, now: datetime) -> None:
    if not _is_shown(session, version, now.date()) or version.review is None or now >= version.review.reviewed_at + FOR:
        due_work.finish(session, WorkKind.GUIDE_NEWS, version.id)
        return
    patients = _untold(session, version, now)
    session.add_all(GuideNews(patient_id=each, version_id=version.id, sent_at=now) for each in patients)
    session.flush()
    enqueue_many(session, [_message(version, each, now) for each in patients], now)
    is_all = len(patients) < AT_ONCE
    due_work.put_off(session, WorkKind.GUIDE_NEWS, version.id, now + LOOK_EVERY if is_all else now)


def _is_shown(session: Session, version: GuideVersion, today: date) -> bool:
    return version.id in {each.id for each in published(session, [version.guide_id], today)}


def _untold(session: Session, version: GuideVersion, now: datetime) -> list[int]:
    about = GuideNews.version_id == version.id
    read = select(GuideRead.patient_id).where(GuideRead.version_id == version.id)
    query = select(Person.id).where(
        Person.left_at.is_(None),
        Person.id.in_(agreed()),
        Person.id.in_(_concerned(session, version.guide)),
        Person.id.not_in(select(GuideNews.patient_id).where(about)),
        Person.id.not_in(read),
        has_room(Person.id, now),
    )
    return list(session.scalars(query.order_by(Person.id).limit(AT_ONCE)))


def _concerned(session: Session, guide: Guide) -> Select[int]:
    """As `for_patient.known_of` says of one patient."""
    if guide.about != About.CONDITION:
        return select(Regimen.patient_id).where(Regimen.stopped_at.is_(None), _taken(session, guide))
    if guide.name == DIABETES:
        return whoever_has(FactKind.DIABETES_TYPE, OF_DIABETES)
    if guide.name in OF_DIABETES:
        return whoever_has(FactKind.DIABETES_TYPE, [guide.name])
    return whoever_has(FactKind.CONDITION, ["present"], guide.name)


def _taken(session: Session, guide: Guide) -> ColumnElement[bool]:
    """Whether a medicine is what the guide is about; of a drug by name, whatever the strength."""
    if guide.about == About.DRUG_CLASS:
        return Regimen.drug_class == guide.name
    drugs = session.scalars(select(func.distinct(Regimen.drug))) if guide.about == About.DRUG else ()
    return Regimen.drug.in_([drug for drug in drugs if is_named(guide.name, drug)])


def _message(version: GuideVersion, patient_id: int, now: datetime) -> NewMessage:
    return NewMessage(
        unique_key=f"guide:{version.public_id}:{patient_id}",
        purpose=Purpose.PROGRAMME,
        recipient_id=patient_id,
        patient_id=patient_id,
        params={"about": Told.GUIDE.value, "id": version.guide.public_id},
        expires_at=now + VALID_FOR,
    )
