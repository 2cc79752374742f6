"""What people agreed to be told, in which words, and the word that ends it."""

import hashlib

import pytest

from companion.care.consent_texts import HOW, VERSION, WHAT, agreement
from companion.care.contact_models import TOPICS, ContactPoint, Kind, MessageConsent, Topic, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.message_consent import consents_of, is_stopped, opt_in, opt_out, say
from companion.care.people import Person, Role
from companion.care.tasks import Task, TaskKind
from companion.db import reading, writing
from companion.i18n import LANGUAGES
from tests.world import World


def stands(world: World, person: Person) -> set[tuple[str, str]]:
    with reading(world.engine) as session:
        return {(kind, topic) for _, kind, topic in consents_of(session, [person.id])}


def by_text(*topics: Topic) -> set[tuple[str, str]]:
    return {("sms", topic.value) for topic in topics}


def stop(world: World, number: str | None, said: str = "STOP") -> list[int]:
    with writing(world.engine) as session:
        return [person.id for person in opt_out(session, Kind.SMS, number or "", said, world.now)]


def start(world: World, number: str | None, said: str = "START") -> list[int]:
    with writing(world.engine) as session:
        return [person.id for person in opt_in(session, Kind.SMS, number or "", said, world.now)]


def rows(world: World, person: Person) -> list[MessageConsent]:
    return [row for row in world.all(MessageConsent) if row.person_id == person.id]


def test_what_was_agreed_to_is_kept_word_for_word(world: World) -> None:
    row = rows(world, world.anna)[0]

    assert row.text == (
        "I agree to get reminders of my medicines, and answers to what I write as text messages. Whoever holds the "
        "phone can read them. I can end it at any time by answering STOP."
    )
    assert (row.text_version, row.is_agreed) == (VERSION, True)


def test_each_role_agrees_to_what_it_may_be_told(world: World) -> None:
    assert stands(world, world.anna) == by_text(Topic.REMINDERS, Topic.CHANGES, Topic.ALARMS, Topic.SUPPLY)
    assert stands(world, world.ben) == by_text(Topic.CAREGIVING, Topic.ALARMS, Topic.SUPPLY, Topic.REMINDERS)


def test_every_role_has_its_topics() -> None:
    assert TOPICS.keys() == set(Role)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_a_version_stays_as_it_is(language: str) -> None:
    texts = "\n".join(agreement(language, kind, topic) for kind in sorted(HOW) for topic in sorted(WHAT))

    assert (VERSION, language, hashlib.sha256(texts.encode()).hexdigest()[:12]) in AS_AGREED, (
        "a text that people agree to has changed: give it a new VERSION, and write its hash down here"
    )


AS_AGREED = {
    ("2026-11", "en", "2af89d47bddb"),
    ("2026-11", "zh", "fde437f0522f"),
    ("2026-11.2", "en", "f0e2202c5e29"),
    ("2026-11.2", "zh", "8dab2371a749"),
    ("2026-11.3", "en", "83c87526bb30"),
    ("2026-11.3", "zh", "8c4ee2c109ef"),
}


def test_there_is_a_text_for_every_kind_and_topic() -> None:
    assert (set(HOW), set(WHAT)) == ({kind.value for kind in Kind}, {topic.value for topic in Topic})


def test_the_text_stands_there_in_the_language_it_was_shown_in(world: World) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        say(session, anna, Kind.EMAIL, [Topic.ALARMS], agrees=True, now=world.now, language="zh")

    assert rows(world, world.anna)[-1].text.startswith("我同意")


def test_saying_the_same_again_writes_nothing(world: World) -> None:
    before = len(rows(world, world.anna))

    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        say(session, anna, Kind.SMS, TOPICS[Role.PATIENT], agrees=True, now=world.now)

    assert len(rows(world, world.anna)) == before


def test_one_topic_ends_and_the_others_stay(world: World) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        say(session, anna, Kind.SMS, [Topic.SUPPLY], agrees=False, now=world.now)

    assert stands(world, world.anna) == by_text(Topic.REMINDERS, Topic.CHANGES, Topic.ALARMS)
    assert [row.topic for row in rows(world, world.anna) if row.is_agreed] == [
        "reminders", "changes", "alarms", "supply",
    ]  # fmt: skip


def test_who_noted_it_is_kept(world: World) -> None:
    with writing(world.engine) as session:
        anna, doctor = (session.get_one(Person, person.id) for person in (world.anna, world.doctor))
        add_contact(session, anna, Kind.EMAIL, "anna@example.org", now=world.now, noted_by=doctor)

    assert {row.noted_by for row in rows(world, world.anna) if row.kind == "email"} == {world.doctor.id}


def test_stop_ends_all_for_everybody_with_that_number(world: World) -> None:
    with writing(world.engine) as session:
        ben = session.get_one(Person, world.ben.id)
        add_contact(session, ben, Kind.SMS, world.anna.phone or "", now=world.now, verified_by=VerifiedBy.CLINIC)

    stopped = stop(world, world.anna.phone, "stop please")

    assert stopped == [world.anna.id, world.ben.id]
    assert (stands(world, world.anna), stands(world, world.ben)) == (set(), set())
    assert {row.text for row in world.all(MessageConsent) if not row.is_agreed} == {"stop please"}


def test_stop_ends_nothing_of_another_kind(world: World) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        add_contact(session, anna, Kind.EMAIL, "anna@example.org", now=world.now)

    stop(world, world.anna.phone)

    assert {kind for kind, _ in stands(world, world.anna)} == {"email"}


def test_the_clinic_has_to_call_who_said_stop_once(world: World) -> None:
    stop(world, world.anna.phone)
    stop(world, world.anna.phone)

    [task] = world.all(Task)

    assert (task.kind, task.patient_id) == (TaskKind.OPTED_OUT, world.anna.id)
    assert (world.anna.phone or "") not in str(task.details) + task.unique_key


def test_start_gives_back_what_stop_ended_and_nothing_else(world: World) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        say(session, anna, Kind.SMS, [Topic.SUPPLY], agrees=False, now=world.now)
    stop(world, world.anna.phone)

    started = start(world, world.anna.phone)

    assert started == [world.anna.id]
    assert stands(world, world.anna) == by_text(Topic.REMINDERS, Topic.CHANGES, Topic.ALARMS)
    assert world.all(ContactPoint)[0].state == "ok"
    assert [task.done_at for task in world.all(Task)] == [world.now]


def test_start_from_a_number_that_never_said_stop_changes_nothing(world: World) -> None:
    before = len(world.all(MessageConsent))

    started = start(world, world.anna.phone)

    assert started == []
    assert len(world.all(MessageConsent)) == before


def test_a_number_that_said_stop_stays_silent_whoever_writes_it_down_again(world: World) -> None:
    stop(world, world.anna.phone)

    with writing(world.engine) as session:
        cora = session.get_one(Person, world.cora.id)
        point = add_contact(session, cora, Kind.SMS, world.anna.phone or "", now=world.now)
        stopped = is_stopped(session, Kind.SMS, world.anna.phone or "")

    assert stopped
    assert point.state == "opted_out"


def test_a_long_word_is_not_kept_whole(world: World) -> None:
    stop(world, world.anna.phone, "x" * 500)

    assert {len(row.text) for row in rows(world, world.anna) if not row.is_agreed} == {40}
