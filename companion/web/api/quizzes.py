"""Quizzes by API: those that are signed with their guide, and an answer with what is right and why."""

from typing import Any

from companion.programme.points.quizzes import Quiz
from companion.programme.points.rules import Event
from companion.web.access import Action, guarded
from companion.web.api import quiz_schemas as schemas
from companion.web.api.problems import Problem
from companion.web.api.repeats import once
from companion.web.api.routes import endpoint
from companion.web.language import language
from companion.web.programme.points_pages import answered, find_quiz, rules, signed_quizzes


@endpoint("GET", "/patients/<patient_id>/quizzes", gives=schemas.QuizzesOut)
@guarded(Action.SEE_POINTS)
def patient_quizzes(patient_id: str) -> dict[str, Any]:
    """404 where the clinic switched points off."""
    points = rules().points_for(Event.QUIZ_PASSED)
    return {"quizzes": [_shown(quiz, points) for quiz in signed_quizzes()]}


@endpoint(
    "POST",
    "/patients/<patient_id>/quizzes/<quiz_key>/answers",
    takes=schemas.QuizAnswerIn,
    gives=schemas.QuizResultOut,
    may_fail=(400, 422),
)
@guarded(Action.SPEND_POINTS)
def answer_quiz(given: dict[str, Any], patient_id: str, quiz_key: str) -> dict[str, Any]:
    """All right earns points, the first time; again earns nothing. `Idempotency-Key` is honoured."""
    rules()  # switched off: 404, before anything is kept of a key
    return once(lambda: _answer(find_quiz(quiz_key), given["answers"]))


def _answer(quiz: Quiz, given: list[int | None]) -> dict[str, Any]:
    if len(given) != len(quiz.questions):
        told = {"pointer": "/answers", "detail": f"send {len(quiz.questions)}, with null for what is left out"}
        raise Problem(422, "invalid", "There is not one answer for each question.", errors=[told])
    rights, points = answered(rules(), quiz, given)
    whys = [question.why.in_language(language()) for question in quiz.questions]
    told_of = [{"is_right": right, "why": why} for right, why in zip(rights, whys, strict=True)]
    return {"is_all_right": all(rights), "points": points, "answers": told_of}


def _shown(quiz: Quiz, points: int) -> dict[str, Any]:
    spoken = language()
    return {
        "key": quiz.key,
        "guide": quiz.guide,
        "title": quiz.title.in_language(spoken),
        "source": quiz.source,
        "points": points,
        "questions": [
            {
                "text": question.text.in_language(spoken),
                "choices": [choice.in_language(spoken) for choice in question.choices],
            }
            for question in quiz.questions
        ],
    }
