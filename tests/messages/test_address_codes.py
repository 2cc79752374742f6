"""A code goes to the address it proves, and nowhere else."""

import re
from datetime import timedelta

import pytest

from companion.care.contact_codes import Proof, prove
from companion.care.contact_models import ContactPoint, Kind
from companion.care.contacts import add_contact, remove_contact
from companion.care.message_consent import opt_out
from companion.care.people import Person
from companion.care.tasks import Task
from companion.db import writing
from companion.errors import BadInput
from companion.messages.address_codes import AT_MOST, ask_for_code
from companion.messages.models import Message
from tests.world import World

NUMBER = "+491700000009"


@pytest.fixture
def point(world: World) -> ContactPoint:
    """Anna's second telephone, which nobody vouched for and by which she did not agree to hear of anything."""
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        return add_contact(session, anna, Kind.SMS, NUMBER, now=world.now, agree=False)


def ask(world: World, point: ContactPoint) -> None:
    with writing(world.engine) as session:
        ask_for_code(session, session.get_one(ContactPoint, point.id), world.now)


def test_it_reaches_an_address_that_nobody_vouched_for_and_proves_it(world: World, point: ContactPoint) -> None:
    ask(world, point)

    [said] = world.beat()
    [code] = re.findall(r"\b\d{6}\b", said.text)
    with writing(world.engine) as session:
        proof = prove(session, session.get_one(ContactPoint, point.id), code, world.now)

    assert said.to == NUMBER
    assert proof is Proof.PROVEN


def test_the_message_does_not_hold_the_code(world: World, point: ContactPoint) -> None:
    ask(world, point)

    world.beat()

    assert world.only(Message).params == {"only_point": point.id}


def test_one_that_did_not_leave_in_ten_minutes_never_leaves_and_is_nobodys_task(
    world: World, point: ContactPoint
) -> None:
    ask(world, point)

    world.clock.instant += timedelta(minutes=10)

    assert world.beat() == []
    assert world.all(Task) == []


def test_a_removed_address_gets_none(world: World, point: ContactPoint) -> None:
    ask(world, point)
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        remove_contact(session, anna, session.get_one(ContactPoint, point.id), world.now)

    assert world.beat() == []
    assert world.all(Task) == []


def test_who_said_stop_gets_none(world: World, point: ContactPoint) -> None:
    with writing(world.engine) as session:
        opt_out(session, Kind.SMS, NUMBER, "STOP", world.now)

    with pytest.raises(BadInput, match="answered STOP"):
        ask(world, point)


def test_a_button_pressed_twice_sends_one(world: World, point: ContactPoint) -> None:
    ask(world, point)
    ask(world, point)

    assert len(world.beat()) == 1


def test_a_device_takes_none(world: World) -> None:
    with writing(world.engine) as session:
        device = add_contact(session, session.get_one(Person, world.anna.id), Kind.PUSH, "{}", now=world.now)

    with pytest.raises(BadInput, match="takes no code"):
        ask(world, device)


def test_a_person_gets_five_a_day(world: World, point: ContactPoint) -> None:
    for _ in range(AT_MOST):
        ask(world, point)
        world.clock.advance(minutes=1)

    with pytest.raises(BadInput, match="enough codes"):
        ask(world, point)
    world.clock.advance(days=1)
    ask(world, point)

    assert len(world.all(Message)) == AT_MOST + 1
