"""Answers of a patient: kept sealed, opened again, and handed to the clinic where one of them asks for a look."""

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.care.tasks import TaskKind, add_only_open_task
from companion.programme.questionnaires.answer_models import ANSWERS, QuestionnaireAnswer
from companion.programme.questionnaires.answers import Answers
from companion.programme.questionnaires.questions import Questionnaire
from companion.programme.questionnaires.result import result_of
from companion.sealing.columns import opened, sealer

LOOKED_AT_WITHIN = timedelta(days=1)
"""Until when the clinic looks at a red answer. A house rule."""
SAME_WITHIN = timedelta(minutes=10)
"""The same answers again so soon are a second tap. A house rule."""


def keep_answers(
    session: Session,
    patient: Person,
    questionnaire: Questionnaire,
    answers: Answers,
    *,
    by: Person,
    via: str,
    now: datetime,
) -> QuestionnaireAnswer:
    """Keeps checked answers; a red one becomes a task for the clinic, unless one about that questionnaire is open.
    The same again within minutes is the same."""
    session.get_one(Person, patient.id, with_for_update={"key_share": True})
    again = _said_just_now(session, patient, questionnaire, answers, now)
    if again is not None:
        return again
    public_id = f"qa_{secrets.token_hex(6)}"
    seal = sealer(session.connection(), ANSWERS, patient.id, now)
    row = QuestionnaireAnswer(
        public_id=public_id,
        patient_id=patient.id,
        questionnaire=questionnaire.name,
        version=questionnaire.version,
        sealed=seal(public_id, json.dumps(answers)),
        is_red=bool(result_of(questionnaire, answers).red),
        answered_at=now,
        answered_by=by.id,
        via=via,
    )
    session.add(row)
    session.flush()
    if row.is_red:
        _ask_clinic(session, row, now)
    audit.note(
        session,
        actor=by.public_id,
        action="questionnaire.answered",
        now=now,
        patient=patient.public_id,
        questionnaire=questionnaire.canonical,
        answer=public_id,
    )
    return row


def _said_just_now(
    session: Session, patient: Person, questionnaire: Questionnaire, answers: Answers, now: datetime
) -> QuestionnaireAnswer | None:
    query = select(QuestionnaireAnswer).where(
        QuestionnaireAnswer.patient_id == patient.id,
        QuestionnaireAnswer.questionnaire == questionnaire.name,
        QuestionnaireAnswer.version == questionnaire.version,
        QuestionnaireAnswer.answered_at > now - SAME_WITHIN,
    )
    last = session.scalar(query.order_by(QuestionnaireAnswer.id.desc()).limit(1))
    return last if last is not None and open_answers(session, [last]) == [dict(answers)] else None


def _ask_clinic(session: Session, row: QuestionnaireAnswer, now: datetime) -> None:
    about = f"{TaskKind.RED_ANSWER.value}:{row.patient_id}:{row.questionnaire}"
    add_only_open_task(
        session,
        about,
        row.public_id,
        kind=TaskKind.RED_ANSWER,
        patient_id=row.patient_id,
        now=now,
        due_at=now + LOOKED_AT_WITHIN,
        details={"questionnaire": row.questionnaire, "answer": row.public_id},
    )


def open_answers(session: Session, rows: Iterable[QuestionnaireAnswer]) -> list[Answers]:
    """What those rows hold, in their order. Raises as `sealing.columns.opened` does."""
    plain = opened(session.connection(), ANSWERS, rows)
    return [{link: tuple(said) for link, said in json.loads(each).items()} for each in plain]


def newest_of(session: Session, patient_id: int) -> dict[str, QuestionnaireAnswer]:
    """By questionnaire what the patient answered last."""
    last = select(func.max(QuestionnaireAnswer.id)).where(QuestionnaireAnswer.patient_id == patient_id)
    query = select(QuestionnaireAnswer).where(
        QuestionnaireAnswer.id.in_(last.group_by(QuestionnaireAnswer.questionnaire))
    )
    return {row.questionnaire: row for row in session.scalars(query)}


def answers_of(session: Session, patient_id: int, limit: int) -> Sequence[QuestionnaireAnswer]:
    """All of them, the newest first; at most `limit`."""
    query = select(QuestionnaireAnswer).where(QuestionnaireAnswer.patient_id == patient_id)
    return session.scalars(query.order_by(QuestionnaireAnswer.id.desc()).limit(limit)).all()


def find_answer(session: Session, public_id: str) -> QuestionnaireAnswer | None:
    return session.scalar(select(QuestionnaireAnswer).where(QuestionnaireAnswer.public_id == public_id))
