"""Questionnaires and what was answered, by API: FHIR's shapes, a refusal by question and reason."""

from typing import Any

from companion.programme.questionnaires import keeping, shelf
from companion.programme.questionnaires.answer_models import QuestionnaireAnswer
from companion.programme.questionnaires.answers import Answers, check
from companion.programme.questionnaires.fhir_response import given_in, response
from companion.programme.questionnaires.result import result_of
from companion.web.access import Action, guarded
from companion.web.api import record_schemas as schemas
from companion.web.api.problems import Problem
from companion.web.api.repeats import once
from companion.web.api.routes import endpoint
from companion.web.context import actor, changes, look, now, subject
from companion.web.language import language
from companion.web.programme.asked import why

VIA = "api"
LISTED = 50


@endpoint("GET", "/patients/<patient_id>/questionnaires", gives=schemas.QuestionnairesOut)
@guarded(Action.SEE_ANSWERS)
def questionnaires(patient_id: str) -> dict[str, Any]:
    """What is asked. The same for everybody; named after a patient because only they, and their doctor, may ask."""
    return {"questionnaires": [each.document for each in shelf.newest()]}


@endpoint("GET", "/patients/<patient_id>/questionnaire-responses", gives=schemas.AnswersOut)
@guarded(Action.SEE_ANSWERS)
def questionnaire_responses(patient_id: str) -> dict[str, Any]:
    """What was answered last, of all questionnaires."""
    with look() as db:
        rows = keeping.answers_of(db, subject().id, LISTED)
        opened = keeping.open_answers(db, rows)
        return {"answers": [_shown(row, answers) for row, answers in zip(rows, opened, strict=True)]}


@endpoint(
    "POST",
    "/patients/<patient_id>/questionnaire-responses",
    takes=schemas.ResponseIn,
    gives=schemas.AnsweredOut,
    status=201,
    may_fail=(422,),
)
@guarded(Action.ANSWER_QUESTIONS)
def add_questionnaire_response(given: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """Kept sealed; an answer that needs a look asks the clinic. `Idempotency-Key` is honoured."""
    return once(lambda: _add(given))


def _add(given: dict[str, Any]) -> dict[str, Any]:
    said = given_in(given)
    questionnaire = shelf.find(said.name, said.version)
    checked = check(questionnaire, said.answers)
    if checked.refusals:
        told = [
            {"pointer": f"/item/{link}", "detail": why(questionnaire, link, reason)}
            for link, reason in checked.refusals
        ]
        raise Problem(422, "invalid", "The answers do not fit the questions.", errors=told)
    with changes() as db:
        row = keeping.keep_answers(db, subject(), questionnaire, checked.answers, by=actor(), via=VIA, now=now())
        return _shown(row, checked.answers)


def _shown(row: QuestionnaireAnswer, answers: Answers) -> dict[str, Any]:
    questionnaire = shelf.find(row.questionnaire, row.version)
    result = result_of(questionnaire, answers)
    whose = subject().public_id
    resource = response(
        questionnaire, answers, answer_id=row.public_id, patient=whose, at=row.answered_at, language=language()
    )
    return {
        "id": row.public_id,
        "score": result.score,
        "of": result.most,
        "result": result.words[language()] if result.words else None,
        "tips": [tip[language()] for tip in result.tips],
        "clinic_is_asked": bool(result.red),
        "response": resource,
    }
