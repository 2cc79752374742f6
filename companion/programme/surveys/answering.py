"""What a patient says in a round: one number and two answers in their own words, which are sealed."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.errors import BadInput
from companion.programme.surveys.survey_models import SurveyAsk, SurveyRound
from companion.sealing.columns import SealedColumn, opened, sealer

WORDS = SealedColumn("survey_ask", "words", whose="patient_id", row="public_id", left="")
LOWEST, HIGHEST = 1, 5
LONGEST = 1000


class InOwnWords(NamedTuple):
    """What is good, and what should be better; either may be empty."""

    good: str
    better: str


def open_ask(session: Session, patient_id: int, now: datetime) -> SurveyAsk | None:
    """The questions that wait for the patient, or that they may still answer otherwise."""
    query = select(SurveyAsk).join(SurveyRound, SurveyRound.id == SurveyAsk.round_id)
    mine = SurveyAsk.patient_id == patient_id, SurveyRound.closes_at > now
    return session.scalar(query.where(*mine).order_by(SurveyAsk.id.desc()).limit(1))


def answer(session: Session, patient_id: int, *, score: int, words: InOwnWords, now: datetime) -> SurveyAsk:
    """Until the round is over another answer takes the place of the first. Raises BadInput naming the field."""
    ask = open_ask(session, patient_id, now)
    if ask is None:
        raise BadInput("no questions wait", where="survey")
    if not LOWEST <= score <= HIGHEST:
        raise BadInput(f"is not between {LOWEST} and {HIGHEST}", where="score")
    for field, text in words._asdict().items():
        if len(text) > LONGEST:
            raise BadInput(f"is longer than {LONGEST} characters", where=field)
    said = json.dumps({field: text.strip() for field, text in words._asdict().items()}, ensure_ascii=False)
    ask.sealed = sealer(session.connection(), WORDS, patient_id, now)(ask.public_id, said)
    ask.score, ask.answered_at = score, now
    session.flush()
    return ask


def words_of(session: Session, asks: Iterable[SurveyAsk]) -> list[InOwnWords]:
    """Of those who answered, in their order."""
    values = opened(session.connection(), WORDS, [ask for ask in asks if ask.sealed is not None])
    return [InOwnWords(**json.loads(value)) for value in values]


def what_changed_for(session: Session, patient_id: int) -> list[SurveyRound]:
    """Rounds in which the patient answered and of which it was told what came, the newest first."""
    query = select(SurveyRound).join(SurveyAsk, SurveyAsk.round_id == SurveyRound.id)
    mine = SurveyAsk.patient_id == patient_id, SurveyAsk.answered_at.is_not(None), SurveyRound.changed_at.is_not(None)
    return list(session.scalars(query.where(*mine).order_by(SurveyRound.id.desc())))
