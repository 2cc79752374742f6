"""After the end of care, one test a door: by whichever somebody could come in, or could be reached, it is shut."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.care.contact_models import Kind
from companion.care.contacts import people_at
from companion.care.endings import Ending
from companion.care.invitations import InvitationPurpose, invite, use
from companion.care.people import Person
from companion.care.sign_in_links import make_link, use_link
from companion.compose.batch import contacts_of
from companion.db import reading, writing
from companion.ending.reopening import reopen
from companion.messages.models import Delivery, Message, Purpose
from companion.messages.sign_in_notices import ask_for_links
from companion.pushed_back import Button, answer_pushed
from companion.reminders.doses.models import Dose
from companion.web.door.closing import end_for_good
from companion.web.door.sessions import OpenedBy, find_session, open_session
from companion.web.door.sign_in import find_by_login
from tests.world import World

KEY = "k" * 40


def over(world: World) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        end_for_good(session, anna, Ending.DIED, world.today, by="command line", now=world.now, keep_years=15)


def back(world: World) -> None:
    with writing(world.engine) as session:
        reopen(session, session.get_one(Person, world.anna.id), by="command line", now=world.now)


@pytest.fixture(params=["ended", "taken up again"])
def story(request: pytest.FixtureRequest) -> str:
    """What opened before opens nothing, neither then nor after a mistake was undone."""
    return str(request.param)


def tell(world: World, story: str) -> None:
    over(world)
    if story == "taken up again":
        back(world)


def test_a_one_time_link(world: World, story: str) -> None:
    with writing(world.engine) as session:
        token = make_link(session, session.get_one(Person, world.anna.id), world.now)

    tell(world, story)

    with writing(world.engine) as session:
        assert use_link(session, token, world.now) is None


@pytest.mark.parametrize("purpose", list(InvitationPurpose))
def test_a_code(world: World, story: str, purpose: InvitationPurpose) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        code = invite(session, anna, key=KEY, valid_for=timedelta(days=7), by=None, now=world.now, purpose=purpose)

    tell(world, story)

    with writing(world.engine) as session:
        assert use(session, code, KEY, world.now) is None


def test_a_browser(world: World, story: str) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        token = open_session(session, anna, by=OpenedBy.LINK, address="", browser="", now=world.now)

    tell(world, story)

    assert find_session(world.engine, token, world.now) is None


def test_the_login(world: World) -> None:
    with writing(world.engine) as session:
        session.get_one(Person, world.anna.id).login = "anna"

    over(world)

    with reading(world.engine) as session:
        assert find_by_login(session, "anna") is None


def test_a_link_by_text(world: World) -> None:
    over(world)

    with writing(world.engine) as session:
        assert ask_for_links(session, world.anna.phone or "", world.now) == 0


def test_the_number_of_the_dead_is_nobodys(world: World) -> None:
    over(world)

    with reading(world.engine) as session:
        assert people_at(session, Kind.SMS, world.anna.phone or "") == []


def test_the_button_of_a_notification(world: World) -> None:
    world.clock.instant = world.local("2026-03-04 07:50")
    world.prescribe()
    world.beat_until(world.local("2026-03-04 08:05"))
    with reading(world.engine) as session:
        sent = session.scalars(
            select(Delivery.correlation_id).join(Message).where(Message.purpose == Purpose.REMINDER)
        ).one()

    over(world)
    told = answer_pushed(world.engine, sent, Button.TAKEN, contacts_of(world.settings), world.now)

    assert told is None
    assert {dose.state for dose in world.all(Dose)} == {"cancelled"}


def test_on_postgresql_care_ends_and_comes_back_as_on_a_file(world_on_postgresql: World) -> None:
    world = world_on_postgresql
    world.clock.instant = world.local("2026-03-04 07:50")
    world.prescribe(times=("08:00", "20:00"))
    world.beat_until(world.local("2026-03-04 08:05"))

    over(world)
    silent = world.beat_until(world.local("2026-03-04 12:05"), timedelta(hours=1))
    back(world)
    said = world.beat_until(world.local("2026-03-04 20:05"), timedelta(hours=2))

    assert silent == []
    assert [one.to for one in said] == [world.anna.phone]
