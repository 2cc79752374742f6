"""What work lists know of a patient, tips they were sent, and what they said in surveys: tables of an export."""

from collections.abc import Iterator

from sqlalchemy import select

from companion.exporting.rows import Row, found, local, local_and_utc
from companion.exporting.subject import Subject
from companion.programme.outreach.tip_models import Arm, TipChosen, TipEntry, TipReview
from companion.programme.segments.sheet_models import PatientTrait
from companion.programme.surveys.answering import words_of
from companion.programme.surveys.survey_models import SurveyAsk, SurveyRound


def traits(subject: Subject) -> Iterator[Row]:
    """In the words that work lists and tips ask for."""
    query = select(PatientTrait.trait).where(PatientTrait.patient_id == subject.patient.id).order_by(PatientTrait.trait)
    yield from found(subject, query)


def tips_sent(subject: Subject) -> Iterator[Row]:
    """With the title in the patient's language. Whoever is held out was sent none, and that is told, too."""
    part = subject.session.scalar(select(TipEntry.arm).where(TipEntry.patient_id == subject.patient.id))
    if part == Arm.HELD_OUT:
        yield None, None, "held out, by lot", None, None, None
    query = select(TipChosen, TipReview.content).join(TipReview, TipReview.id == TipChosen.review_id)
    mine = TipChosen.patient_id == subject.patient.id, TipChosen.arm == Arm.SENT.value
    for chosen, content in found(subject, query.where(*mine).order_by(TipChosen.id)):
        sent = local_and_utc(chosen.chosen_at, subject)
        title = content["title"][subject.patient.language]
        answer = chosen.answer, local(chosen.answered_at, subject)
        yield *sent, title, local(chosen.opened_at, subject), *answer


def survey_answers(subject: Subject) -> Iterator[Row]:
    query = select(SurveyAsk, SurveyRound.quarter).join(SurveyRound, SurveyRound.id == SurveyAsk.round_id)
    for ask, quarter in found(subject, query.where(SurveyAsk.patient_id == subject.patient.id).order_by(SurveyAsk.id)):
        words = words_of(subject.session, [ask])
        said = (words[0].good, words[0].better) if words else (None, None)
        yield quarter, local(ask.asked_at, subject), local(ask.answered_at, subject), ask.score, *said
