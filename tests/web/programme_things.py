"""Mrs. Wang's things of the care programme that routes are about; each is made at the first call."""

from datetime import timedelta

from sqlalchemy import Engine, select

from companion.care.people import Person
from companion.db import writing
from companion.programme.care_plans.plan_models import CarePlanLine, LineKind
from companion.programme.care_plans.writing import NewLine, add_line
from companion.programme.questionnaires import shelf
from companion.programme.questionnaires.answer_models import QuestionnaireAnswer
from companion.programme.questionnaires.keeping import keep_answers
from tests.people import NOON, Cast


def her_answer(engine: Engine, cast: Cast) -> str:
    """The public id of what she answered in a questionnaire."""
    with writing(engine) as session:
        found = session.scalar(select(QuestionnaireAnswer.public_id))
        if found is not None:
            return str(found)
        her = session.get_one(Person, cast.patient.id)
        said = {"notice": ("never",), "help": ("yes",), "carry": ("always",), "others": ("yes",)}
        return keep_answers(session, her, shelf.find("low_sugar"), said, by=her, via="page", now=NOON).public_id


def her_plan_line(engine: Engine, cast: Cast) -> str:
    """The public id of a step of her own in her care plan."""
    with writing(engine) as session:
        found = session.scalar(select(CarePlanLine.public_id))
        if found is not None:
            return str(found)
        her, doctor = (session.get_one(Person, each.id) for each in (cast.patient, cast.doctor))
        new = NewLine(LineKind.STEP, "A walk every day", her.public_id, NOON.date() + timedelta(days=7))
        return add_line(session, her, new, by=doctor, now=NOON).public_id
