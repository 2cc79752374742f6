"""What nobody answered by the first way is said once by each of the person's others, before the family hears of it."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from companion.care.contact_models import Kind, Topic, VerifiedBy
from companion.care.contacts import add_contact, contacts_of
from companion.care.message_consent import opt_out, say
from companion.care.people import Person, set_quiet_hours
from companion.care.regimens import Regimen
from companion.db import writing
from companion.messages.channel import Caps
from companion.messages.models import Message, Purpose
from companion.messages.ways_out import WaysOut
from companion.reminders.telling.sweep import sweep
from tests.messages.fake_channel import FakeChannel
from tests.world import World

NO_RECEIPTS = Caps(per_second=math.inf, at_once=1)
AHEAD = timedelta(hours=72)


class Mail(FakeChannel):
    name = "email"


class Calls(FakeChannel):
    name = "twilio_voice"


@pytest.fixture
def mail(world: World) -> Mail:
    return mail_of(world)


def mail_of(world: World) -> Mail:
    """Anna's medicine of 08:00 is repeated twice, ten minutes apart; she has an e-mail address beside her phone."""
    world.prescribe()
    with writing(world.engine) as session:
        regimen = session.query(Regimen).one()
        regimen.nag_minutes, regimen.nag_times = 10, 2
        anna = session.get_one(Person, world.anna.id)
        add_contact(session, anna, Kind.EMAIL, "anna@example.org", now=world.now, verified_by=VerifiedBy.CLINIC)
    channel = Mail(caps=NO_RECEIPTS)
    open_ways(world, {Kind.EMAIL: channel})
    return channel


def open_ways(world: World, more: dict[Kind, Any]) -> None:
    ways = WaysOut(dict(world.services.ways.by_kind) | more)
    world.services = replace(world.services, ways=ways)


def told(world: World, until: str = "2026-03-05 08:59") -> list[tuple[str, str]]:
    """At what local time Anna was reminded, and by which way it began."""
    world.beat()
    world.beat_until(world.local(until))
    reminders = [message for message in world.all(Message) if message.purpose == Purpose.REMINDER]
    return [(f"{one.created_at.astimezone(world.zone):%H:%M}", one.params.get("way", 0)) for one in reminders]


def test_after_the_repeats_the_other_way_is_tried_once(world: World, mail: Mail) -> None:
    reminded = told(world)

    assert reminded == [("08:00", 0), ("08:10", 0), ("08:20", 0), ("08:30", 1)]
    assert [one.to for one in mail.sent] == ["anna@example.org"]
    assert [one.text for one in world.outbox] == ["Time for your 08:00 medicine. Reply 1 taken, 2 later, 3 skip."] * 3
    assert mail.sent[0].text == "Time for your 08:00 medicine. Please answer: taken, later or skip."


def test_on_postgresql_it_is_the_same(world_on_postgresql: World) -> None:
    mail = mail_of(world_on_postgresql)

    reminded = told(world_on_postgresql)

    assert reminded == [("08:00", 0), ("08:10", 0), ("08:20", 0), ("08:30", 1)]
    assert len(mail.sent) == 1


def test_and_each_further_one_after_it(world: World, mail: Mail) -> None:
    calls = Calls(caps=NO_RECEIPTS)
    open_ways(world, {Kind.VOICE: calls})
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        add_contact(session, anna, Kind.VOICE, "+493055555", now=world.now, verified_by=VerifiedBy.CLINIC)

    reminded = told(world)

    assert reminded[3:] == [("08:30", 1), ("08:40", 2)]
    assert (len(mail.sent), len(calls.sent)) == (1, 1)
    assert calls.sent[0].spoken.startswith("Hello, this is companion. Time for your 8 AM medicine. Press 1")


def test_an_answer_ends_it(world: World, mail: Mail) -> None:
    world.beat()
    world.beat_until(world.local("2026-03-05 08:25"))
    world.text("1")

    told(world)

    assert mail.sent == []


@pytest.mark.parametrize("why", ["said_stop", "not_agreed", "no_channel", "unproven"])
def test_a_way_that_cannot_be_used_is_none(world: World, mail: Mail, why: str) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        if why == "said_stop":
            opt_out(session, Kind.EMAIL, "anna@example.org", "stop", world.now)
        if why == "not_agreed":
            say(session, anna, Kind.EMAIL, [Topic.REMINDERS], agrees=False, now=world.now)
        if why == "unproven":
            contacts_of(session, [anna.id])[anna.id][-1].verified_at = None
    if why == "no_channel":
        world.services = replace(world.services, ways=WaysOut({Kind.SMS: world.services.ways.by_kind[Kind.SMS]}))

    reminded = told(world)

    assert reminded == [("08:00", 0), ("08:10", 0), ("08:20", 0)]
    assert mail.sent == []


def test_a_medicine_that_is_not_repeated_is_not_said_by_another_way(world: World, mail: Mail) -> None:
    with writing(world.engine) as session:
        session.query(Regimen).one().nag_times = 0

    assert told(world) == [("08:00", 0)]


def test_the_other_way_minds_the_quiet_hours_as_repeats_do(world: World, mail: Mail) -> None:
    with writing(world.engine) as session:
        set_quiet_hours(session.get_one(Person, world.anna.id), "08:25", "08:45")

    reminded = told(world)

    assert reminded[3:] == [("08:45", 1)]


def test_a_call_after_later_counts_as_a_repeat_and_the_other_way_follows(world: World, mail: Mail) -> None:
    world.beat()
    world.beat_until(world.local("2026-03-05 08:15"))
    world.text("2")

    reminded = told(world)

    assert [way for _, way in reminded] == [0, 0, 0, 1]


def test_the_sweep_without_channels_tries_no_other_way(world: World, mail: Mail) -> None:
    world.beat()
    for minutes in (0, 10, 20, 30, 40):
        world.clock.instant = world.local("2026-03-05 08:00") + timedelta(minutes=minutes)
        sweep(world.engine, world.now, AHEAD)

    assert [one.params.get("way", 0) for one in world.all(Message)] == [0, 0, 0]
