"""An urgent task that nobody takes is told to more and more people, and no longer once somebody took it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from companion.care import covers, due_work
from companion.care.consent import Scope
from companion.care.contact_models import Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.due_work import DueWork, WorkKind
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.care.task_notices import TaskNotice, give_back_task, take_task
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.messages.models import Message, Purpose
from companion.urgency.escalating import look_after_tasks
from tests.world import World


class Clinic:
    """Anna's clinic with telephones: Dr. Roth, Dr. Young who came later, and an administrator."""

    def __init__(self, world: World) -> None:
        self.world = world
        with writing(world.engine) as session:
            self.second = self._add(session, Role.CLINICIAN, "Dr. Young", "+491700000011")
            self.admin = self._add(session, Role.ADMIN, "Admin", "+491700000012")
            world.link(session, world.anna, self.second, Scope.CARE)

    def _add(self, session: Session, role: Role, name: str, phone: str) -> Person:
        return add_person(session, role=role, name=name, phone=phone, zone="Europe/Berlin", now=self.world.now)

    def give_roth_a_telephone(self) -> None:
        with writing(self.world.engine) as session:
            roth = session.get_one(Person, self.world.doctor.id)
            add_contact(session, roth, Kind.SMS, "+491700000010", now=self.world.now, verified_by=VerifiedBy.CLINIC)


@pytest.fixture
def clinic(world: World) -> Clinic:
    made = Clinic(world)
    made.give_roth_a_telephone()
    return made


def told(world: World) -> list[tuple[str, int]]:
    """Who was told in whose turn, with the minutes since the task was made."""
    task = world.only(Task, kind=TaskKind.URGENT_READING.value)
    names = {person.id: person.name for person in world.all(Person)}
    return [
        (names[each.person_id], round((each.told_at - task.created_at) / timedelta(minutes=1)))
        for each in world.all(TaskNotice)
    ]


def test_in_turns_until_the_administrator_and_then_it_ends(clinic: Clinic) -> None:
    world = clinic.world
    world.measure(50)

    world.beat_until(world.now + timedelta(hours=3))

    assert told(world) == [("Dr. Roth", 0), ("Dr. Young", 15), ("Admin", 30)]
    assert world.all(DueWork, kind=WorkKind.TASK.value) == []


def test_the_words_name_nobody_and_nothing(clinic: Clinic) -> None:
    world = clinic.world
    world.measure(50)

    said = {text.to: text.text for text in world.beat()}

    assert said["+491700000010"] == (
        "Urgent: a task waits at the clinic, and nobody has taken it. Please sign in to companion now."
    )


def test_nobody_else_hears_once_somebody_took_it(clinic: Clinic) -> None:
    world = clinic.world
    world.measure(50)
    with writing(world.engine) as session:
        task = world.only(Task, kind=TaskKind.URGENT_READING.value)
        assert take_task(session, task.id, world.doctor, world.now)

    world.beat_until(world.now + timedelta(hours=1))

    assert told(world) == [("Dr. Roth", 0)]
    assert world.all(DueWork, kind=WorkKind.TASK.value) == []


def test_a_task_is_one_persons_and_can_be_given_back(clinic: Clinic) -> None:
    world = clinic.world
    world.measure(50)
    task = world.only(Task, kind=TaskKind.URGENT_READING.value)
    with writing(world.engine) as session:
        taken = [take_task(session, task.id, who, world.now) for who in (world.doctor, world.doctor, clinic.second)]
        given_back = [give_back_task(session, task.id, who) for who in (clinic.second, world.doctor, world.doctor)]

    assert taken == [True, True, False]
    assert given_back == [False, True, False]


def test_who_cannot_be_reached_is_not_waited_for(world: World) -> None:
    Clinic(world)
    world.measure(50)

    world.beat_until(world.now + timedelta(hours=1))

    assert told(world) == [("Dr. Young", 0), ("Admin", 15)]


def test_for_a_doctor_who_is_away_the_cover_is_told(clinic: Clinic) -> None:
    world = clinic.world
    with writing(world.engine) as session:
        roth, young = (session.get_one(Person, p.id) for p in (world.doctor, clinic.second))
        covers.go_away(session, roth, young, world.now, world.now + timedelta(days=2), world.now)

    world.measure(50)
    world.beat_until(world.now + timedelta(hours=1))

    assert told(world) == [("Dr. Young", 0), ("Admin", 15)]


def test_whoever_took_it_hears_that_it_got_worse(clinic: Clinic) -> None:
    world = clinic.world
    world.sign_instructions()
    world.measure(260, hours_ago=3)
    world.measure(261)
    task = world.only(Task, kind=TaskKind.URGENT_READING.value)
    with writing(world.engine) as session:
        take_task(session, task.id, clinic.second, world.now)
    world.clock.advance(minutes=10)

    world.measure(310, hours_ago=0.1)
    world.measure(311)

    to_young = world.all(Message, purpose=Purpose.URGENT_TASK.value, recipient_id=clinic.second.id)
    assert [message.unique_key.rpartition(":")[2] for message in to_young] == ["hyper_severe"]


def test_two_beats_at_one_instant_tell_nobody_twice(clinic: Clinic) -> None:
    world = clinic.world
    world.measure(50)
    world.clock.advance(minutes=15)

    look_after_tasks(world.engine, world.now)
    with writing(world.engine) as session:
        task = world.only(Task, kind=TaskKind.URGENT_READING.value)
        due_work.put_off(session, WorkKind.TASK, task.id, world.now)
    look_after_tasks(world.engine, world.now)

    assert told(world) == [("Dr. Roth", 0), ("Dr. Young", 15)]
