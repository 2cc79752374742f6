"""A round of questions: who is asked, one reminder, answers that are sealed, and word of what changed."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from companion.care.contact_models import Kind, Topic
from companion.care.message_consent import say
from companion.care.people import Person, Role
from companion.db import writing
from companion.errors import BadInput
from companion.kpi.hiding import FEWEST
from companion.kpi.satisfaction import satisfaction
from companion.programme.surveys.answering import InOwnWords, answer, open_ask, what_changed_for, words_of
from companion.programme.surveys.rounds import look_after_rounds, open_round, quarter_of, tell_what_changed
from companion.programme.surveys.survey_models import SurveyAsk, SurveyRound
from tests.world import START, World

WORDS = InOwnWords("The nurses", "The letters are small")


@pytest.fixture
def admin(world: World) -> Person:
    """Somebody who begins rounds; and Anna asked for such messages."""
    with writing(world.engine) as session:
        say(session, session.get_one(Person, world.anna.id), Kind.SMS, [Topic.PROGRAMME], agrees=True, now=world.now)
        return world.add(session, Role.ADMIN, "Office", None)


def begin(world: World, admin: Person, share: int = 100, days: int = 21) -> None:
    with writing(world.engine) as session:
        open_round(session, by=admin, share=share, days=days, now=world.now)


def turn(world: World) -> list[str]:
    """The jobs process looks, and sends; what left."""
    look_after_rounds(world.engine, world.now)
    return [said.text for said in world.beat()]


def reply(world: World, score: int = 4, words: InOwnWords = WORDS) -> None:
    with writing(world.engine) as session:
        answer(session, world.anna.id, score=score, words=words, now=world.now)


def test_who_agreed_is_asked_and_reminded_once(world: World, admin: Person) -> None:
    begin(world, admin)

    asked = turn(world)
    at_once = turn(world)
    world.clock.advance(days=7)
    reminded = turn(world)
    world.clock.advance(days=7)
    after = turn(world)

    assert asked == ["How are we doing? Three short questions wait for you in companion."]
    assert at_once == after == []
    assert reminded == ["Three short questions still wait for you in companion. It takes two minutes."]


def test_who_answered_is_not_reminded(world: World, admin: Person) -> None:
    begin(world, admin)
    turn(world)
    reply(world)

    world.clock.advance(days=8)

    assert turn(world) == []


def test_who_answered_before_the_message_left_is_not_asked_any_more(world: World, admin: Person) -> None:
    begin(world, admin)
    look_after_rounds(world.engine, world.now)
    reply(world)

    assert [said.text for said in world.beat()] == []


def test_only_a_share_is_asked_by_lot(world: World, admin: Person) -> None:
    with writing(world.engine) as session:
        for number in range(60):
            person = world.add(session, Role.PATIENT, f"P {number}", None)
            say(session, person, Kind.SMS, [Topic.PROGRAMME], agrees=True, now=world.now)
    begin(world, admin, share=50)
    with writing(world.engine) as session:
        session.execute(update(SurveyRound).values(salt="a salt of this test"))
        for person in session.scalars(select(Person).where(Person.role == "patient")):
            person.public_id = f"pa_{person.name}"

    look_after_rounds(world.engine, world.now)

    assert 18 < len(world.all(SurveyAsk)) < 43


def test_nobody_who_did_not_agree_is_asked(world: World, admin: Person) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        say(session, anna, Kind.SMS, [Topic.PROGRAMME], agrees=False, now=world.now)
    begin(world, admin)

    assert turn(world) == []


def test_an_answer_is_sealed_and_may_be_changed_until_the_end(world: World, admin: Person) -> None:
    begin(world, admin)
    turn(world)
    reply(world, 2)
    reply(world, 5, InOwnWords("All", ""))

    with writing(world.engine) as session:
        [ask] = session.query(SurveyAsk).all()
        said = words_of(session, [ask])
    assert (ask.score, said) == (5, [InOwnWords("All", "")])
    assert b"All" not in (ask.sealed or b"All")


@pytest.mark.parametrize(
    ("score", "words", "days", "where"),
    [
        (0, WORDS, 1, "score"),
        (6, WORDS, 1, "score"),
        (3, InOwnWords("x" * 1001, ""), 1, "good"),
        (3, InOwnWords("", "x" * 1001), 1, "better"),
        (3, WORDS, 22, "survey"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    world: World, admin: Person, score: int, words: InOwnWords, days: int, where: str
) -> None:
    begin(world, admin)
    turn(world)
    world.clock.advance(days=days)

    with writing(world.engine) as session, pytest.raises(BadInput) as refused:
        answer(session, world.anna.id, score=score, words=words, now=world.now)

    assert refused.value.where == where


def test_who_answered_is_told_what_changed_and_nobody_else(world: World, admin: Person) -> None:
    with writing(world.engine) as session:
        other = world.add(session, Role.PATIENT, "Otto", "+491700000077")
        say(session, other, Kind.SMS, [Topic.PROGRAMME], agrees=True, now=world.now)
    begin(world, admin)
    turn(world)
    reply(world)
    world.clock.advance(days=22)
    turn(world)

    with writing(world.engine) as session:
        [this] = session.query(SurveyRound).all()
        told = tell_what_changed(session, this, en="Larger letters.", zh="字更大了。", by=admin, now=world.now)
    left = world.beat()

    assert told == 1
    assert [(said.to, said.text) for said in left] == [
        (world.anna.phone, "Thank you for your answers. What we changed because of them is in companion.")
    ]
    with writing(world.engine) as session:
        assert [each.changed_en for each in what_changed_for(session, world.anna.id)] == ["Larger letters."]
        assert what_changed_for(session, other.id) == []


def test_what_changed_is_told_once_after_the_end(world: World, admin: Person) -> None:
    begin(world, admin)
    with writing(world.engine) as session:
        [this] = session.query(SurveyRound).all()
        with pytest.raises(BadInput, match="not over"):
            tell_what_changed(session, this, en="A", zh="B", by=admin, now=world.now)
        later = world.now + timedelta(days=30)
        tell_what_changed(session, this, en="A", zh="B", by=admin, now=later)
        with pytest.raises(BadInput, match="told before"):
            tell_what_changed(session, this, en="C", zh="D", by=admin, now=later)
        with pytest.raises(BadInput, match="needs 1 to"):
            tell_what_changed(session, this, en=" ", zh="D", by=admin, now=later)


@pytest.mark.parametrize(
    ("share", "days", "where"), [(0, 21, "share"), (101, 21, "share"), (50, 13, "days"), (50, 61, "days")]
)
def test_terms_that_make_no_round_are_refused(world: World, admin: Person, share: int, days: int, where: str) -> None:
    with pytest.raises(BadInput) as refused:
        begin(world, admin, share, days)

    assert refused.value.where == where


def test_there_is_one_round_a_quarter_and_only_an_administrator_begins_it(world: World, admin: Person) -> None:
    begin(world, admin)
    world.clock.advance(days=25)  # still the same quarter

    with pytest.raises(BadInput, match="this quarter"):
        begin(world, admin)
    with pytest.raises(BadInput, match="only an administrator"):
        begin(world, world.doctor)
    world.clock.advance(days=20)
    begin(world, admin)

    assert [each.quarter for each in world.all(SurveyRound)] == ["2026-Q1", "2026-Q2"]


@pytest.mark.parametrize(("month", "quarter"), [(1, 1), (3, 1), (4, 2), (9, 3), (10, 4), (12, 4)])
def test_a_quarter_has_three_months(month: int, quarter: int) -> None:
    assert quarter_of(datetime(2026, month, 1, tzinfo=START.tzinfo)) == f"2026-Q{quarter}"


def test_after_the_end_no_questions_wait(world: World, admin: Person) -> None:
    begin(world, admin, days=14)
    turn(world)
    world.clock.advance(days=14)

    assert turn(world) == []
    with writing(world.engine) as session:
        assert open_ask(session, world.anna.id, world.now) is None


# What may be told


@given(scores=st.lists(st.integers(1, 5), max_size=60), silent=st.integers(0, 30))
def test_no_number_of_fewer_than_five_people_is_told_or_can_be_worked_out(scores: list[int], silent: int) -> None:
    found = satisfaction(scores, len(scores) + silent)

    numbers = [found.asked, found.answered, *(found.counts or {}).values()]
    if found.asked is not None and found.answered is not None:
        numbers.append(found.asked - found.answered or None)
    if found.csat is not None and found.answered is not None:
        satisfied = round(found.csat * found.answered)
        numbers += [satisfied, found.answered - satisfied]
    assert all(number >= FEWEST for number in numbers if number is not None)


def test_many_answers_are_told_with_their_interval() -> None:
    found = satisfaction([1] * 5 + [2] * 6 + [3] * 7 + [4] * 20 + [5] * 22, asked=80)

    assert (found.asked, found.answered, found.csat) == (80, 60, 0.7)
    assert found.counts == {1: 5, 2: 6, 3: 7, 4: 20, 5: 22}
    assert found.interval is not None
    assert 0.57 < found.interval.low < 0.58
