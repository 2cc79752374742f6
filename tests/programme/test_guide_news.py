"""A new version of a guide: word of it goes to those who take the medicine and asked for such messages."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care.contact_models import Kind, Topic
from companion.care.facts import FactKind, note_fact
from companion.care.message_consent import say
from companion.care.people import Person, set_quiet_hours
from companion.care.regimens import Regimen
from companion.db import writing
from companion.messages.models import Message, Purpose
from companion.programme.guides.for_patient import known_of, note_read
from companion.programme.guides.kinds import About
from companion.programme.guides.models import Guide, GuideNews, GuideVersion
from companion.programme.guides.news import FOR, send_guide_news
from companion.programme.guides.publishing import withdraw
from companion.programme.guides.writing import Texts, new_version
from companion.programme.outreach.choosing import has_room
from tests.programme.guide_shelf import TEXTS, add_pharmacist, draft, publish
from tests.world import World


@pytest.fixture
def ready(world: World) -> World:
    """Anna takes insulin and agreed to tips; a first version of a guide about it is shown."""
    world.prescribe()
    agree(world)
    with writing(world.engine) as session:
        pharmacist = add_pharmacist(world)
        publish(session, draft(session, world.doctor, world), pharmacist, world)
    return world


def agree(world: World, *, agrees: bool = True) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        say(session, anna, Kind.SMS, [Topic.PROGRAMME], agrees=agrees, now=world.now)


def renew(world: World) -> GuideVersion:
    """The next version, by the doctor, reviewed by a new colleague."""
    colleague = add_pharmacist(world, "Pharmacist Moon")
    with writing(world.engine) as session:
        guide = session.scalars(select(Guide)).one()
        changed = {"changed_en": "Shake it longer.", "changed_zh": "摇久一点。"}
        version = new_version(session, guide, by=world.doctor, texts=Texts(**(TEXTS | changed)), now=world.now)
        publish(session, version, colleague, world)
        return version


def told(world: World) -> list[Message]:
    return [each for each in world.all(Message) if each.purpose == Purpose.PROGRAMME]


def test_who_takes_the_medicine_hears_once_that_its_guide_changed(ready: World) -> None:
    renew(ready)

    for _day in range(3):
        send_guide_news(ready.engine, ready.now)
        ready.clock.advance(days=1, minutes=1)

    (message,) = told(ready)
    assert (message.recipient_id, message.params["about"]) == (ready.anna.id, "guide")
    assert "Glargine" not in str(message.params)


def test_a_first_version_is_no_news(ready: World) -> None:
    assert send_guide_news(ready.engine, ready.now) == 0
    assert told(ready) == []


@pytest.mark.parametrize("why", ["not agreed", "stopped", "read already", "withdrawn"])
def test_nobody_hears_whom_it_does_not_concern(ready: World, why: str) -> None:
    version = renew(ready)
    if why == "not agreed":
        agree(ready, agrees=False)
    with writing(ready.engine) as session:
        found = session.get_one(GuideVersion, version.id)
        if why == "stopped":
            session.execute(update(Regimen).values(stopped_at=ready.now))
        if why == "read already":
            note_read(session, session.get_one(Person, ready.anna.id), found, ready.now)
        if why == "withdrawn":
            withdraw(found, by=ready.doctor, now=ready.now)

    send_guide_news(ready.engine, ready.now)

    assert told(ready) == []


@pytest.mark.parametrize(
    ("name", "said", "hears"),
    [
        ("hypertension", [(FactKind.CONDITION, "hypertension", "present")], True),
        ("hypertension", [], False),
        ("hypertension", [(FactKind.CONDITION, n, "present") for n in ("dialysis", "oedema")], False),
        ("hypertension", [(FactKind.CONDITION, "hypertension", said) for said in ("present", "over")], False),
        ("diabetes", [(FactKind.DIABETES_TYPE, "", "lada")], True),
        ("diabetes", [(FactKind.DIABETES_TYPE, "", "none")], False),
        ("type2", [(FactKind.DIABETES_TYPE, "", said) for said in ("type2", "type1")], False),
    ],
)
def test_who_has_the_condition_now_hears_that_its_guide_changed(
    world: World, name: str, said: list[tuple[FactKind, str, str]], hears: bool
) -> None:
    agree(world)
    with writing(world.engine) as session:
        pharmacist = add_pharmacist(world)
        publish(session, draft(session, world.doctor, world, about=About.CONDITION, name=name), pharmacist, world)
        for kind, what, value in said:
            note(session, world, kind, value, what)
        anna = session.get_one(Person, world.anna.id)
        concerned = name in known_of(session, anna).conditions
    renew(world)

    send_guide_news(world.engine, world.now)

    assert [bool(told(world)), concerned] == [hears, hears]


def note(session: Session, world: World, kind: FactKind, value: str, name: str) -> None:
    whose = {"patient": world.anna, "noted_by": world.doctor, "measured_on": world.now.date(), "now": world.now}
    note_fact(session, kind=kind, value=value, name=name, **whose)


def test_two_a_week_and_one_a_day_count_together_with_tips(ready: World) -> None:
    first = renew(ready)
    with writing(ready.engine) as session:
        session.add(GuideNews(patient_id=ready.anna.id, version_id=first.id - 1, sent_at=ready.now - timedelta(days=5)))
        session.add(GuideNews(patient_id=ready.anna.id, version_id=first.id, sent_at=ready.now - timedelta(days=3)))
        rooms = [
            session.scalar(select(Person.id).where(has_room(Person.id, at), Person.id == ready.anna.id)) is not None
            for at in (ready.now, ready.now + timedelta(days=2, seconds=1))
        ]

    assert rooms == [False, True]


def test_after_two_weeks_it_is_no_news_any_more(ready: World) -> None:
    renew(ready)

    send_guide_news(ready.engine, ready.now + FOR)

    assert told(ready) == []


def test_it_waits_for_the_end_of_quiet_hours_and_names_no_medicine(ready: World) -> None:
    with writing(ready.engine) as session:
        set_quiet_hours(session.get_one(Person, ready.anna.id), "10:00", "14:00")  # it is 10:30 in Berlin
    renew(ready)

    send_guide_news(ready.engine, ready.now)
    ready.beat()
    at_first = [said.text for said in ready.outbox if "guide" in said.text]
    ready.clock.advance(hours=4)
    ready.beat()
    later = [said.text for said in ready.outbox if "guide" in said.text]

    assert at_first == []
    assert len(later) == 1
    assert "Glargine" not in later[0]
