"""The patient's record: what they told in questionnaires, what the clinic noted, what the service saw by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy.orm import Session

from companion.care.facts import facts_of
from companion.care.people import Person
from companion.errors import BadInput
from companion.programme.questionnaires import keeping, shelf
from companion.programme.questionnaires.answer_models import QuestionnaireAnswer
from companion.programme.questionnaires.answers import Answers, still_asked
from companion.programme.questionnaires.questions import Item, Questionnaire
from companion.programme.questionnaires.result import Result, result_of
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.language import language
from companion.web.programme.asked import AskedForm
from companion.web.programme.behaviour import behaviour_of

blueprint = Blueprint("record", __name__)

PAGE = "page"
"""By which way it was answered."""
LISTED = 20
"""Answers that are listed, of all questionnaires."""


@dataclass(frozen=True)
class Asked:
    """A questionnaire, and what the patient answered last. `is_again`: so long ago that it is worth a new look."""

    questionnaire: Questionnaire
    last: QuestionnaireAnswer | None
    is_again: bool


@dataclass(frozen=True)
class Said:
    """One set of answers, opened: each question with what was said, and what it comes to."""

    row: QuestionnaireAnswer
    questionnaire: Questionnaire
    lines: Sequence[tuple[Item, str]]
    result: Result


@blueprint.get("/me/record")
@guarded(Action.ANSWER_QUESTIONS)
def index() -> str:
    with look() as db:
        return render_template(
            "programme/for_patients/record.html",
            patient=subject(),
            asked=asked_of(db, subject()),
            facts=facts_of(db, subject().id),
            seen=behaviour_of(db, outside().store, subject(), now()),
            words=words,
        )


@blueprint.route("/me/questions/<wanted>", methods=["GET", "POST"])
@guarded(Action.ANSWER_QUESTIONS)
def ask(wanted: str) -> Answer:
    """The last answers stand there already."""
    questionnaire = found(wanted)
    with look() as db:
        last = keeping.newest_of(db, subject().id).get(questionnaire.name)
        known = still_asked(questionnaire, keeping.open_answers(db, [last])[0]) if last else {}
    form = AskedForm(questionnaire, known)
    if form.is_valid():
        with changes() as db:
            row = keeping.keep_answers(db, subject(), questionnaire, form.answers, by=actor(), via=PAGE, now=now())
            answer_id = row.public_id
        return redirect(url_for(".answer", answer_id=answer_id))
    page = render_template(
        "programme/for_patients/questionnaire.html", asked=questionnaire, form=form, last=last, choices_of=_choices_of
    )
    return page, form.status


def _choices_of(item: Item) -> list[tuple[str, object]]:
    """The options of a question, for a field."""
    return [(option.code, option.words[language()]) for option in item.options]


def found(name: str) -> Questionnaire:
    """The newest version of that name; there is no page for any other."""
    try:
        return shelf.find(name)
    except BadInput:
        abort(404)


def patient_of_answer(session: Session, answer_id: str) -> Person | None:
    """Who answered: for the gate."""
    row = keeping.find_answer(session, answer_id)
    return session.get(Person, row.patient_id) if row else None


@blueprint.get("/answers/<answer_id>")
@guarded(Action.SEE_ANSWERS, patient_of=patient_of_answer)
def answer(answer_id: str) -> str:
    """What was answered, and what it comes to: for the patient and for their doctor."""
    with look() as db:
        row = keeping.find_answer(db, answer_id) or abort(404)
        (said,) = said_in(db, [row])
    is_own = actor().id == subject().id
    template = "programme/for_patients/answered.html" if is_own else "programme/answer_of_patient.html"
    return render_template(template, patient=subject(), said=said, words=words)


@blueprint.get("/clinic/patients/<patient_id>/record")
@guarded(Action.READ_ANSWERS)
def of_patient(patient_id: str) -> str:
    """For the patient's doctors."""
    with look() as db:
        newest = keeping.newest_of(db, subject().id)
        return render_template(
            "programme/record_of_patient.html",
            patient=subject(),
            newest=said_in(db, sorted(newest.values(), key=lambda row: -row.id)),
            earlier=keeping.answers_of(db, subject().id, LISTED),
            titles={each.name: each.title for each in shelf.newest()},
            seen=behaviour_of(db, outside().store, subject(), now()),
            words=words,
        )


def asked_of(db: Session, patient: Person) -> list[Asked]:
    """Every questionnaire there is, in its newest version."""
    newest = keeping.newest_of(db, patient.id)
    return [_asked(each, newest.get(each.name)) for each in shelf.newest()]


def _asked(questionnaire: Questionnaire, last: QuestionnaireAnswer | None) -> Asked:
    again_after = timedelta(days=questionnaire.again_after_days)
    return Asked(questionnaire, last, last is not None and last.answered_at + again_after < now())


def said_in(db: Session, rows: Sequence[QuestionnaireAnswer]) -> list[Said]:
    """Those answers, opened, in their order; each beside the version that was asked."""
    return [_said(row, answers) for row, answers in zip(rows, keeping.open_answers(db, rows), strict=True)]


def _said(row: QuestionnaireAnswer, answers: Answers) -> Said:
    questionnaire = shelf.find(row.questionnaire, row.version)
    lines = [(item, _told(item, answers[item.link])) for item in questionnaire.items if item.link in answers]
    return Said(row, questionnaire, lines, result_of(questionnaire, answers))


def _told(item: Item, said: tuple[str, ...]) -> str:
    """What was chosen, in the reader's language; else as it was written."""
    names = {option.code: option.words[language()] for option in item.options}
    return ", ".join(names.get(each, each) for each in said)
