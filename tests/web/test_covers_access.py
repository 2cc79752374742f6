"""What a cover may do, written down a second time: every other action stays closed, and so does every other patient."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from companion.care.consent import Scope, end_link, find_link
from companion.care.covers import go_away
from companion.care.people import Person
from companion.db import reading, writing
from companion.web.access import NEEDED, Action, Relation, can, patients_for
from tests.people import NOON, Cast

MAY = {
    "see_patient", "see_work_lists", "see_reports", "see_readings", "see_medicines", "see_adherence",
    "see_supply", "see_advice",
    "decide_advice", "note_change_answer", "edit_facts", "edit_regimen", "see_sent", "see_messages", "handle_messages",
    "answer_text", "see_answers", "read_answers", "see_care_plan", "edit_care_plan",
    "see_checkups", "send_checkup", "confirm_checkup", "see_orders", "order_medicines", "see_orders_of", "order_for",
}  # fmt: skip
OF_A_PATIENT = [action for (role, action), needed in NEEDED.items() if role == "clinician" and needed is Relation.CARE]
A_DAY = timedelta(days=1)


@pytest.fixture
def covered(cast: Cast, engine: Engine) -> Cast:
    """Dr. Li is away for a day, and Dr. Zhao stands in."""
    with writing(engine) as session:
        li, zhao = (session.get_one(Person, person.id) for person in (cast.doctor, cast.other_doctor))
        go_away(session, li, zhao, NOON, NOON + A_DAY, NOON)
    return cast


def allowed(engine: Engine, actor: Person, patient: Person, at: datetime = NOON) -> set[Action]:
    """All that the actor may do to the patient then."""
    with reading(engine) as session:
        return {action for action in OF_A_PATIENT if can(session, actor, action, patient, at)}


def test_a_cover_may_do_this_and_nothing_else(covered: Cast, engine: Engine) -> None:
    assert allowed(engine, covered.other_doctor, covered.patient) == {a for a in OF_A_PATIENT if a.value in MAY}


def test_lists_hold_the_patients_of_the_one_who_is_away_for_just_that(covered: Cast, engine: Engine) -> None:
    with reading(engine) as session:
        lists = {action: patients_for(session, covered.other_doctor, action, NOON) for action in OF_A_PATIENT}

    with_her = {action for action, patients in lists.items() if covered.patient.id in {each.id for each in patients}}
    assert with_her == {action for action in OF_A_PATIENT if action.value in MAY}


@pytest.mark.parametrize("at", [NOON - timedelta(seconds=1), NOON + A_DAY])
def test_before_and_after_a_cover_may_nothing(at: datetime, covered: Cast, engine: Engine) -> None:
    assert allowed(engine, covered.other_doctor, covered.patient, at) == set()


def test_it_opens_nothing_the_other_way_round(covered: Cast, engine: Engine) -> None:
    assert allowed(engine, covered.doctor, covered.other_patient) == set()


def test_what_is_closed_to_the_doctor_is_closed_to_the_cover(covered: Cast, engine: Engine) -> None:
    with writing(engine) as session:
        link = find_link(session, covered.patient.id, covered.doctor.id, Scope.CARE, NOON)
        assert link is not None
        end_link(link, NOON)

    assert allowed(engine, covered.other_doctor, covered.patient) == set()
