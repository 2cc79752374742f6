"""Questions about the service on the pages: answered by the patient, read by the office without names, not of few."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.care.people import Person
from companion.db import reading, writing
from companion.programme.surveys.answering import InOwnWords, answer
from companion.programme.surveys.rounds import open_round
from companion.programme.surveys.survey_models import SurveyAsk, SurveyRound
from tests.keys import from_before
from tests.people import NOON, Cast
from tests.web.conftest import FakeClock


@pytest.fixture
def round_id(engine: Engine, cast: Cast) -> str:
    """A round in which both patients were asked."""
    with writing(engine) as session:
        made = open_round(session, by=cast.admin, share=100, days=14, now=NOON)
        for number, person in enumerate((cast.patient, cast.other_patient)):
            session.add(SurveyAsk(public_id=f"sa_{number}", round_id=made.id, patient_id=person.id, asked_at=NOON))
        return made.public_id


def asks(engine: Engine) -> list[SurveyAsk]:
    with reading(engine) as session:
        return list(session.scalars(select(SurveyAsk).order_by(SurveyAsk.id)))


def test_a_patient_answers_and_sees_the_answers_again(
    engine: Engine, cast: Cast, round_id: str, signed_in: Any
) -> None:
    browser = signed_in(cast.patient)
    said = {"score": "4", "good": "The nurses", "better": "Larger letters"}

    browser.send("/for-you/questions", said)
    page = browser.get("/for-you/questions").get_data(as_text=True)

    assert [ask.score for ask in asks(engine)] == [4, None]
    assert "Larger letters" in page


@pytest.mark.parametrize("score", ["", "0", "6", "four"])
def test_a_number_that_is_none_is_refused_beside_its_field(
    engine: Engine, cast: Cast, round_id: str, signed_in: Any, score: str
) -> None:
    answered = signed_in(cast.patient).send("/for-you/questions", {"score": score})

    assert answered.status_code == 422
    assert 'href="#score"' in answered.get_data(as_text=True)
    assert [ask.score for ask in asks(engine)] == [None, None]


def test_an_administrator_begins_a_round_once_a_quarter(engine: Engine, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.admin)

    browser.send("/office/surveys", {"share": "50", "days": "21"})
    again = browser.send("/office/surveys", {"share": "50", "days": "21"})

    assert again.status_code == 422
    with reading(engine) as session:
        assert [each.share for each in session.scalars(select(SurveyRound))] == [50]


def test_few_answers_are_neither_counted_nor_shown(engine: Engine, cast: Cast, round_id: str, signed_in: Any) -> None:
    with writing(engine) as session:
        answer(session, cast.patient.id, score=1, words=InOwnWords("", "Everything is bad"), now=NOON)

    page = signed_in(cast.admin).get(f"/office/surveys/{round_id}").get_data(as_text=True)

    assert "Everything is bad" not in page
    assert page.count("too few to tell") == 3


def test_words_of_many_are_shown_without_names_and_the_look_is_noted(
    engine: Engine, cast: Cast, round_id: str, signed_in: Any
) -> None:
    with writing(engine) as session:
        this = session.scalars(select(SurveyRound)).one()
        for number in range(5):
            person = Person(
                public_id=f"pa_{number}",
                role="patient",
                name=from_before(Person.name, f"Name{number}"),
                language="en",
                zone="UTC",
                created_at=NOON,
            )
            session.add(person)
            session.flush()
            session.add(SurveyAsk(public_id=f"sb_{number}", round_id=this.id, patient_id=person.id, asked_at=NOON))
            session.flush()
            answer(session, person.id, score=5, words=InOwnWords("", f"Wish {number}"), now=NOON)
        for silent in session.scalars(select(SurveyAsk).where(SurveyAsk.answered_at.is_(None))):
            session.delete(silent)

    page = signed_in(cast.admin).get(f"/office/surveys/{round_id}").get_data(as_text=True)

    assert all(f"Wish {number}" in page for number in range(5))
    assert "Name" not in page.split("<main")[1]


def test_the_office_tells_what_changed_when_it_is_over(
    engine: Engine, cast: Cast, round_id: str, signed_in: Any, clock: FakeClock
) -> None:
    with writing(engine) as session:
        answer(session, cast.patient.id, score=4, words=InOwnWords("", "Larger letters"), now=NOON)
    early = signed_in(cast.admin).get(f"/office/surveys/{round_id}").get_data(as_text=True)
    clock.shows = NOON + timedelta(days=14)
    browser = signed_in(cast.admin)

    browser.send(f"/office/surveys/{round_id}", {"changed_en": "Letters grew.", "changed_zh": "字变大了。"})

    assert "changed_en" not in early
    assert "Letters grew." in signed_in(cast.patient).get("/for-you/questions").get_data(as_text=True)
    assert "Letters grew." not in signed_in(cast.other_patient).get("/for-you/questions").get_data(as_text=True)


def test_a_doctor_reads_no_answers(cast: Cast, round_id: str, signed_in: Any) -> None:
    assert signed_in(cast.doctor).get(f"/office/surveys/{round_id}").status_code == 403
    assert signed_in(cast.admin).get("/office/surveys/none").status_code == 404
