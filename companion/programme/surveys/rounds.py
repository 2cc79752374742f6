"""A round of questions a quarter: some of the patients who agreed are asked, reminded once, and told what came of it.

Of all this nobody gets two messages within a week: the reminder comes a week after the question, a round lasts two
weeks at least, and the next one begins a week after it was told what changed.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, select, update
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.db import rows_changed, writing
from companion.errors import BadInput
from companion.messages.models import Purpose
from companion.messages.outbox import NewMessage, enqueue_many
from companion.messages.wording.programme import About
from companion.programme.outreach.choosing import agreed
from companion.programme.surveys.survey_models import SurveyAsk, SurveyRound
from companion.splitting import part_of

SHORTEST_DAYS, LONGEST_DAYS = 14, 60
REMINDED_AFTER = APART = timedelta(days=7)
VALID_FOR = timedelta(hours=48)
AT_ONCE = 10
"""Rounds a turn: there is one a quarter."""
LONGEST_CHANGED = 1000
ASKED = "asked"


def quarter_of(at: datetime) -> str:
    """ "2026-Q4", by the calendar of UTC."""
    return f"{at.year}-Q{(at.month + 2) // 3}"


def open_round(session: Session, *, by: Person, share: int, days: int, now: datetime) -> SurveyRound:
    """Begins now. `share`: percent of those who agreed. Raises BadInput naming the field."""
    if by.role != Role.ADMIN:
        raise BadInput("only an administrator begins a round", where="round")
    if not 1 <= share <= 100:
        raise BadInput("is not between 1 and 100 percent", where="share")
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise BadInput(f"is not between {SHORTEST_DAYS} and {LONGEST_DAYS} days", where="days")
    if session.scalar(select(SurveyRound.id).where(SurveyRound.quarter == quarter_of(now))):
        raise BadInput("this quarter has its round", where="round", advice="wait for the next quarter")
    if session.scalar(select(SurveyRound.id).where(_is_recent(now)).limit(1)):
        raise BadInput("the last round is not a week ago", where="round", advice="wait for a week after it")
    made = SurveyRound(
        public_id=f"sr_{secrets.token_hex(6)}",
        quarter=quarter_of(now),
        salt=secrets.token_hex(32),
        share=share,
        opens_at=now,
        closes_at=now + timedelta(days=days),
        opened_by=by.id,
    )
    session.add(made)
    session.flush()
    due_work.put_off(session, WorkKind.SURVEY, made.id, now)
    return made


def _is_recent(now: datetime) -> ColumnElement[bool]:
    return (SurveyRound.closes_at > now - APART) | (SurveyRound.changed_at > now - APART)


def look_after_rounds(engine: Engine, now: datetime) -> int:
    """One turn: asks, reminds, and stops looking when a round is over; tells at how many it looked."""

    def look(round_id: int) -> None:
        with writing(engine) as session:
            _look(session, session.get_one(SurveyRound, round_id), now)

    return due_work.one_by_one(engine, WorkKind.SURVEY, now, AT_ONCE, look)


def _look(session: Session, this: SurveyRound, now: datetime) -> None:
    if now >= this.closes_at:
        due_work.finish(session, WorkKind.SURVEY, this.id)
        return
    reminded_at = this.opens_at + REMINDED_AFTER
    if session.scalar(select(SurveyAsk.id).where(SurveyAsk.round_id == this.id).limit(1)) is None:
        _ask(session, this, now)
    if now >= reminded_at:
        _remind(session, this, now)
    due_work.put_off(session, WorkKind.SURVEY, this.id, this.closes_at if now >= reminded_at else reminded_at)


def _ask(session: Session, this: SurveyRound, now: datetime) -> None:
    """Who is asked is settled once, by hash of a salt that nobody knows before."""
    shares = {ASKED: this.share, "left_out": 100 - this.share}
    shares = {part: size for part, size in shares.items() if size}
    people = session.execute(
        select(Person.id, Person.public_id).where(Person.id.in_(agreed()), Person.left_at.is_(None))
    )
    asks = [
        SurveyAsk(public_id=f"sa_{secrets.token_hex(8)}", round_id=this.id, patient_id=person_id, asked_at=now)
        for person_id, public_id in people
        if part_of(this.salt, public_id, shares) == ASKED
    ]
    session.add_all(asks)
    session.flush()
    _tell(session, asks, About.SURVEY, now)


def _remind(session: Session, this: SurveyRound, now: datetime) -> None:
    """Once, whoever has not answered. Who was asked late is reminded late, or not at all."""
    open_ones = (
        SurveyAsk.round_id == this.id,
        SurveyAsk.answered_at.is_(None),
        SurveyAsk.reminded_at.is_(None),
        SurveyAsk.asked_at <= now - REMINDED_AFTER,
    )
    asks = session.scalars(select(SurveyAsk).where(*open_ones)).all()
    mine = SurveyAsk.id.in_([ask.id for ask in asks]), SurveyAsk.reminded_at.is_(None)
    session.execute(update(SurveyAsk).where(*mine).values(reminded_at=now))
    _tell(session, asks, About.SURVEY_AGAIN, now)


def tell_what_changed(session: Session, this: SurveyRound, *, en: str, zh: str, by: Person, now: datetime) -> int:
    """To everybody who answered, once the round is over; tells how many. Once: what was told stays. Raises BadInput."""
    for field, text in (("changed_en", en), ("changed_zh", zh)):
        if not 1 <= len(text.strip()) <= LONGEST_CHANGED:
            raise BadInput(f"needs 1 to {LONGEST_CHANGED} characters", where=field)
    if now < this.closes_at:
        raise BadInput("the round is not over", where="changed_en", advice="wait for its end")
    told = {"changed_en": en.strip(), "changed_zh": zh.strip(), "changed_at": now, "changed_by": by.id}
    mine = SurveyRound.id == this.id, SurveyRound.changed_at.is_(None)
    if not rows_changed(session.execute(update(SurveyRound).where(*mine).values(**told))):
        raise BadInput("was told before", where="changed_en", advice="it stays as it was told")
    answered = SurveyAsk.round_id == this.id, SurveyAsk.answered_at.is_not(None)
    asks = session.scalars(select(SurveyAsk).where(*answered)).all()
    _tell(session, asks, About.CHANGED, now)
    return len(asks)


def _tell(session: Session, asks: Sequence[SurveyAsk], about: About, now: datetime) -> None:
    messages = [
        NewMessage(
            unique_key=f"{about.value}:{ask.public_id}",
            purpose=Purpose.PROGRAMME,
            recipient_id=ask.patient_id,
            patient_id=ask.patient_id,
            params={"about": about.value, "id": ask.public_id},
            expires_at=now + VALID_FOR,
        )
        for ask in asks
    ]
    enqueue_many(session, messages, now)
