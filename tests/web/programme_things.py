"""Mrs. Wang's things of the care programme that routes are about; each is made at the first call."""

from datetime import timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.db import writing
from companion.programme.care_plans.plan_models import CarePlanLine, LineKind
from companion.programme.care_plans.writing import NewLine, add_line
from companion.programme.checkups.checkup_models import ABOUT_REPORT, Checkup, CheckupValue
from companion.programme.desk.asking import ask, running_of
from companion.programme.desk.serving import take
from companion.programme.questionnaires import shelf
from companion.programme.questionnaires.answer_models import QuestionnaireAnswer
from companion.programme.questionnaires.keeping import keep_answers
from companion.sealing.columns import sealer
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


def her_conversation(engine: Engine, cast: Cast) -> str:
    """The public id of what she asked the pharmacist, who has it just now."""
    with writing(engine) as session:
        her = session.get_one(Person, cast.patient.id)
        asked = running_of(session, her.id) or ask(session, her, "medicines", "May it stand in the sun?", now=NOON)
        take(session, asked.id, cast.pharmacist, NOON)
        return asked.public_id


def _her_report(session: Session, cast: Cast) -> Checkup:
    found = session.scalar(select(Checkup))
    if found is None:
        seal = sealer(session.connection(), ABOUT_REPORT, cast.patient.id, NOON)
        about = {"sealed": seal("cu_hers", '{"name": "hers", "left": []}'), "format": "csv", "sha256": "0" * 64}
        whose = {"patient_id": cast.patient.id, "sent_by": cast.patient.id, "sent_at": NOON}
        found = Checkup(public_id="cu_hers", **about, **whose)
        session.add(found)
        session.flush()
        told = {"kind": "potassium", "value": "4.4", "told": "4.4 mmol/L", "measured_on": NOON.date()}
        session.add(CheckupValue(public_id="cv_hers", patient_id=cast.patient.id, checkup_id=found.id, **told))
    return found


def her_checkup(engine: Engine, cast: Cast) -> str:
    """The public id of a report of hers."""
    with writing(engine) as session:
        return _her_report(session, cast).public_id


def her_checkup_value(engine: Engine, cast: Cast) -> str:
    """The public id of a value in it that waits."""
    with writing(engine) as session:
        _her_report(session, cast)
        return "cv_hers"
