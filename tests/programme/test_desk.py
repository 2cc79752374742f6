"""The queue of the desk: one pharmacist a conversation, nobody left waiting, words sealed and kept their years."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.db import reading, writing
from companion.erasing.plan import DELETED, KEPT
from companion.errors import BadInput
from companion.programme.desk.asking import ask, end, rate, running_of
from companion.programme.desk.desk_models import Conversation, ConversationLine, State
from companion.programme.desk.lines import add_line, lines_of
from companion.programme.desk.serving import (
    LEASE,
    OTHERS_AFTER,
    answer,
    give_back,
    hand_over,
    holds,
    keep,
    place_of,
    take,
    waiting_for,
)
from companion.programme.desk.staff import set_specialties
from companion.retention.sweep import sweep_daily
from tests.programme.guide_shelf import add_pharmacist
from tests.world import World

SUN = "May it stand in the sun?"


@pytest.fixture
def sun(world: World) -> Person:
    return add_pharmacist(world)


def a_question(world: World, subject: str = "medicines") -> Conversation:
    with writing(world.engine) as session:
        return ask(session, world.anna, subject, SUN, now=world.now)


def taken(world: World, by: Person) -> Conversation:
    asked = a_question(world)
    with writing(world.engine) as session:
        assert take(session, asked.id, by, world.now)
        return session.get_one(Conversation, asked.id)


def test_of_two_pharmacists_at_once_one_gets_it(world: World, sun: Person) -> None:
    moon, asked = add_pharmacist(world, "Moon"), a_question(world)

    def try_to_take(who: Person) -> bool:
        with writing(world.engine) as session:
            return take(session, asked.id, who, world.now)

    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(try_to_take, [sun, moon]))

    assert sorted(got) == [False, True]


def test_it_works_alike_on_postgresql(world_on_postgresql: World) -> None:
    world = world_on_postgresql
    sun, moon = add_pharmacist(world), add_pharmacist(world, "Moon")
    asked = a_question(world)

    with writing(world.engine) as session:
        got = [take(session, asked.id, who, world.now) for who in (sun, moon)]
        found = session.get_one(Conversation, asked.id)
        answer(session, found, "Not in the sun.", by=sun, now=world.now)
        end(session, found, State.CLOSED, keep_years=3, now=world.now)

    assert got == [True, False]
    assert rated(world, asked, 5)


def rated(world: World, asked: Conversation, rating: int) -> bool:
    with writing(world.engine) as session:
        return rate(session, session.get_one(Conversation, asked.id), rating)


def test_who_is_silent_for_longer_than_the_lease_leaves_it_to_others(world: World, sun: Person) -> None:
    moon, held = add_pharmacist(world, "Moon"), taken(world, sun)
    later = world.now + LEASE

    with writing(world.engine) as session:
        before = waiting_for(session, moon, later - timedelta(seconds=1))
        after = [each.id for each in waiting_for(session, moon, later)]
        got = take(session, held.id, moon, later)
        with pytest.raises(BadInput, match="not yours any more"):
            keep(session, session.get_one(Conversation, held.id), sun, later)

    assert (before, after, got) == ([], [held.id], True)


def test_a_pharmacist_sees_a_patient_only_while_they_hold_a_conversation(world: World, sun: Person) -> None:
    held = taken(world, sun)

    with writing(world.engine) as session:
        during = holds(session, sun.id, world.anna.id, world.now)
        lapsed = holds(session, sun.id, world.anna.id, world.now + LEASE)
        give_back(session, session.get_one(Conversation, held.id), sun, world.now)
        after = holds(session, sun.id, world.anna.id, world.now)

    assert (during, lapsed, after) == (True, False, False)


def test_a_question_goes_to_who_answers_its_subject_and_after_a_while_to_everybody(world: World, sun: Person) -> None:
    with writing(world.engine) as session:
        set_specialties(session, sun, ["lungs"])
    asked = a_question(world)

    with reading(world.engine) as session:
        at_first = waiting_for(session, sun, world.now)
        later = [each.id for each in waiting_for(session, sun, world.now + OTHERS_AFTER)]

    assert (at_first, later) == ([], [asked.id])


def test_there_is_one_question_at_a_time(world: World) -> None:
    asked = a_question(world)

    with pytest.raises(BadInput, match="waits already"):
        a_question(world)

    with reading(world.engine) as session:
        found = running_of(session, world.anna.id)
    assert found is not None
    assert found.id == asked.id


def test_own_words_about_taking_are_refused_and_not_kept(world: World, sun: Person) -> None:
    held = taken(world, sun)

    with writing(world.engine) as session, pytest.raises(BadInput, match="taking a medicine"):
        answer(session, session.get_one(Conversation, held.id), "Take 10 units tonight.", by=sun, now=world.now)

    with reading(world.engine) as session:
        assert [said.words for said in lines_of(session, held)] == [SUN]


def test_what_was_said_lies_sealed(world: World) -> None:
    asked = a_question(world)

    with reading(world.engine) as session:
        row = session.scalars(select(ConversationLine)).one()
        words = [said.words for said in lines_of(session, asked)]

    assert SUN.encode() not in row.sealed
    assert words == [SUN]
    database = b"".join(path.read_bytes() for path in world.folder.glob("companion.db*"))
    assert SUN.encode() not in database


def test_handing_over_makes_one_task_and_ends_it(world: World, sun: Person) -> None:
    held = taken(world, sun)

    with writing(world.engine) as session:
        hand_over(session, session.get_one(Conversation, held.id), by=sun, keep_years=3, now=world.now)

    with reading(world.engine) as session:
        task = session.scalars(select(Task).where(Task.kind == TaskKind.DESK_HANDOVER.value)).one()
        kept = session.get_one(Conversation, held.id)
    assert (task.patient_id, task.details) == (world.anna.id, {"conversation": held.public_id, "wanted": []})
    assert kept.state == State.HANDED_OVER


def test_a_hand_over_names_the_doctor_of_hers_who_knows_about_it(world: World, sun: Person) -> None:
    held = taken(world, sun)

    with writing(world.engine) as session:
        set_specialties(session, world.doctor, ["medicines", "heart"])
        hand_over(session, session.get_one(Conversation, held.id), by=sun, keep_years=3, now=world.now)

    with reading(world.engine) as session:
        task = session.scalars(select(Task).where(Task.kind == TaskKind.DESK_HANDOVER.value)).one()
    assert task.details["wanted"] == [world.doctor.public_id]


def test_a_rating_counts_once_and_after_the_end_only(world: World, sun: Person) -> None:
    held = taken(world, sun)

    too_early = rated(world, held, 5)
    with writing(world.engine) as session:
        end(session, session.get_one(Conversation, held.id), State.CLOSED, keep_years=3, now=world.now)
    first, again = rated(world, held, 4), rated(world, held, 1)

    assert (too_early, first, again) == (False, True, False)
    with pytest.raises(BadInput, match="between 1 and 5"):
        rated(world, held, 6)


def test_the_wait_is_told_from_measured_times(world: World, sun: Person) -> None:
    for _number in range(5):
        held = taken(world, sun)
        world.clock.advance(minutes=8)
        with writing(world.engine) as session:
            end(session, session.get_one(Conversation, held.id), State.CLOSED, keep_years=3, now=world.now)
    asked = a_question(world)

    with reading(world.engine) as session:
        assert place_of(session, asked, world.now) == (0, timedelta(minutes=8))


def test_what_was_said_goes_after_its_years_and_not_before(world: World, sun: Person) -> None:
    held = taken(world, sun)
    with writing(world.engine) as session:
        found = session.get_one(Conversation, held.id)
        end(session, found, State.CLOSED, keep_years=3, now=world.now)
        add_line(session, found, "One more.", said_by="service", person=None, now=world.now)

    sweep_daily(world.engine, world.now + timedelta(days=3 * 365))
    with reading(world.engine) as session:
        before = len(session.scalars(select(ConversationLine)).all())
    sweep_daily(world.engine, world.now + timedelta(days=3 * 366 + 1))
    with reading(world.engine) as session:
        after = session.scalars(select(ConversationLine)).all()
        that_it_was = len(session.scalars(select(Conversation)).all())

    assert (before, after, that_it_was) == (2, [], 1)


def test_an_erasure_takes_what_was_said_and_leaves_that_it_was() -> None:
    assert "conversation_line" in {each.table for each in DELETED}
    assert "conversation" in KEPT
