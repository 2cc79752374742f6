"""What a patient told in questionnaires, what was agreed on with them, and their check-ups: tables of an export. The
files of check-ups are given out on their own page, as they came."""

import json
from collections.abc import Iterator
from datetime import date

from sqlalchemy import select

from companion.exporting.rows import Row, found, local, local_and_utc
from companion.exporting.subject import Subject
from companion.programme.care_plans.plan_models import CarePlanReview
from companion.programme.care_plans.reading import plan_of
from companion.programme.checkups.checkup_models import ABOUT_REPORT, Checkup, CheckupValue
from companion.programme.questionnaires.answer_models import ANSWERS, QuestionnaireAnswer
from companion.sealing.columns import texts_by_id


def answered(subject: Subject) -> Iterator[Row]:
    """Every set of answers, under the questions' links; the questions are of that version."""
    query = select(QuestionnaireAnswer).where(QuestionnaireAnswer.patient_id == subject.patient.id)
    for (row,) in found(subject, query.order_by(QuestionnaireAnswer.id)):
        said = json.loads(texts_by_id(subject.session.connection(), ANSWERS, [row])[row.id])
        by = subject.names.of(row.answered_by)
        yield row.questionnaire, row.version, *local_and_utc(row.answered_at, subject), by, row.via, said


def agreed(subject: Subject) -> Iterator[Row]:
    """Goals and steps: what is open, then what was closed."""
    plan = plan_of(subject.session, subject.patient, date.min)
    for line in (*plan.goals, *plan.steps, *plan.closed):
        row = line.row
        made = local(row.made_at, subject), subject.names.of(row.made_by)
        closed = local(row.closed_at, subject), subject.names.of(row.closed_by) if row.closed_by else None
        yield row.kind, line.words, line.owner, row.due_on, row.state, *made, *closed, line.end_words


def plan_reviews(subject: Subject) -> Iterator[Row]:
    query = select(CarePlanReview).where(CarePlanReview.patient_id == subject.patient.id).order_by(CarePlanReview.id)
    for (row,) in found(subject, query):
        yield *local_and_utc(row.reviewed_at, subject), subject.names.of(row.reviewed_by), row.next_on


def checkups(subject: Subject) -> Iterator[Row]:
    """Every report, with what nothing was taken from and why."""
    query = select(Checkup).where(Checkup.patient_id == subject.patient.id).order_by(Checkup.id)
    for (row,) in found(subject, query):
        about = json.loads(texts_by_id(subject.session.connection(), ABOUT_REPORT, [row])[row.id])
        sent = *local_and_utc(row.sent_at, subject), subject.names.of(row.sent_by)
        yield row.public_id, *sent, row.format, about["name"], row.sha256, about["left"]


def checkup_values(subject: Subject) -> Iterator[Row]:
    """Every value on them, and what a clinician decided."""
    query = select(CheckupValue, Checkup.public_id).join(Checkup, Checkup.id == CheckupValue.checkup_id)
    for row, report in found(subject, query.where(CheckupValue.patient_id == subject.patient.id)):
        decided = local(row.decided_at, subject), subject.names.of(row.decided_by) if row.decided_by else None
        yield report, row.kind, row.value, row.told, row.measured_on, row.state, *decided
