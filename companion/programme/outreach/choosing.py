"""Which tip is due for whom: one question to the database, so that a clinic may have a hundred thousand patients.

Two tips or news of guides a week at most, and one a day; with what surveys send, three messages a week. "Not for me"
rests a subject, "useful" brings its other tips forward.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Select, and_, case, exists, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from companion.care.contact_models import MessageConsent, Topic
from companion.care.people import Person
from companion.programme.guides.models import GuideNews
from companion.programme.outreach.tip_models import Arm, TipAnswer, TipChosen, TipEntry
from companion.programme.outreach.tips import Tip
from companion.programme.segments.keeping import meets

A_WEEK, A_DAY = timedelta(days=7), timedelta(days=1)
MOST_A_WEEK = 2
REST = timedelta(days=365)
"""How long a subject rests of which somebody said "not for me"."""


class Due(NamedTuple):
    """A tip for a patient; `place`: among the tips that were asked about."""

    patient_id: int
    arm: Arm
    place: int


def due_tips(session: Session, tips: Sequence[Tip], now: datetime, limit: int) -> list[Due]:
    """At most one a patient. `tips` in the order of their weight."""
    in_season = [(place, tip) for place, tip in enumerate(tips) if tip.is_in_season(now.month)]
    if not in_season:
        return []
    free = _free(now)
    candidates = union_all(*(_candidates(free, place, tip, now) for place, tip in in_season)).subquery()
    rank = func.row_number().over(
        partition_by=candidates.c.patient_id, order_by=(candidates.c.is_liked.desc(), candidates.c.place)
    )
    ranked = select(candidates.c.patient_id, candidates.c.arm, candidates.c.place, rank.label("rank")).subquery()
    first = select(ranked.c.patient_id, ranked.c.arm, ranked.c.place).where(ranked.c.rank == 1)
    rows = session.execute(first.order_by(ranked.c.patient_id).limit(limit))
    return [Due(patient_id, Arm(arm), place) for patient_id, arm, place in rows]


def agreed() -> Select[int]:
    """Everybody who agrees to tips by some kind of channel now."""
    newest = (
        select(func.max(MessageConsent.id))
        .where(MessageConsent.topic == Topic.PROGRAMME.value)
        .group_by(MessageConsent.person_id, MessageConsent.kind)
    )
    return select(MessageConsent.person_id).where(MessageConsent.id.in_(newest), MessageConsent.is_agreed).distinct()


def _free(now: datetime) -> CTE:
    """Who may get a tip at all."""
    return (
        select(TipEntry.patient_id, TipEntry.arm)
        .join(Person, Person.id == TipEntry.patient_id)
        .where(
            Person.left_at.is_(None),
            TipEntry.patient_id.in_(agreed()),
            has_room(TipEntry.patient_id, now),
        )
        .cte("free")
    )


def has_room(patient_id: InstrumentedAttribute[int], now: datetime) -> ColumnElement[bool]:
    """Whether one more message may go there: of tips and of news of guides together two a week, and one a day."""
    tip, news = TipChosen.patient_id == patient_id, GuideNews.patient_id == patient_id
    tips = select(func.count()).where(tip, TipChosen.chosen_at > now - A_WEEK).scalar_subquery()
    told = select(func.count()).where(news, GuideNews.sent_at > now - A_WEEK).scalar_subquery()
    return and_(
        tips + told < MOST_A_WEEK,
        ~exists().where(tip, TipChosen.chosen_at > now - A_DAY),
        ~exists().where(news, GuideNews.sent_at > now - A_DAY),
    )


def _candidates(free: CTE, place: int, tip: Tip, now: datetime) -> Select[Any]:
    again = timedelta(days=tip.again_after_days)
    return select(
        free.c.patient_id,
        free.c.arm,
        literal(place).label("place"),
        case((_said(free, tip, TipAnswer.USEFUL, now), 1), else_=0).label("is_liked"),
    ).where(
        meets(free.c.patient_id, tip.needs),
        ~_was_chosen(free, lambda row: and_(row.tip_key == tip.key, row.chosen_at > now - again)),
        ~_said(free, tip, TipAnswer.NOT_FOR_ME, now),
    )


def _said(free: CTE, tip: Tip, answer: TipAnswer, now: datetime) -> ColumnElement[bool]:
    """Of the subject, within the time that a word counts."""
    return _was_chosen(
        free,
        lambda row: and_(row.subject == tip.subject, row.answer == answer.value, row.answered_at > now - REST),
    )


def _was_chosen(free: CTE, which: Any) -> ColumnElement[bool]:
    row = aliased(TipChosen)
    return exists().where(row.patient_id == free.c.patient_id, which(row))
