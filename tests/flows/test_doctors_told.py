"""Doctors hear of what waits: at once, a day, and before it expires; their covers while they are away; and nobody
twice, or of what was decided meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from companion.advice.deciding.told import SuggestionTold
from companion.advice.models import Suggestion
from companion.care import doctor_hearing
from companion.care.consent import Scope, end_link, find_link
from companion.care.contact_models import Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.covers import go_away
from companion.care.due_work import DueWork
from companion.care.people import Person, Role, set_quiet_hours
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.doctors_told import tell_doctors
from companion.messages.models import Message, Purpose
from tests.world import Said, World

DOCTOR, OTHER, ADMIN = "+491700000011", "+491700000012", "+491700000013"
OURS = {
    Purpose.SUGGESTION_WAITS, Purpose.WAITING_DIGEST, Purpose.SUGGESTION_ENDS, Purpose.SUGGESTION_ENDED,
}  # fmt: skip


@pytest.fixture
def clinic(world: World) -> World:
    """Anna's world, with telephones for the doctors and for an administrator, and all she needs for an increase."""
    equip(world)
    return world


def equip(world: World) -> None:
    with writing(world.engine) as session:
        admin = world.add(session, Role.ADMIN, "Office", None)
        for person_id, phone in ((world.doctor.id, DOCTOR), (world.other_doctor.id, OTHER), (admin.id, ADMIN)):
            person = session.get_one(Person, person_id)
            add_contact(session, person, Kind.SMS, phone, now=world.now, verified_by=VerifiedBy.CLINIC)
    world.titration()


def propose(world: World, hours: int = 72) -> Suggestion:
    """An increase that expires after so many hours."""
    world.fast(150, 155, 158)
    with writing(world.engine) as session:
        suggestion = session.get_one(Suggestion, world.all(Suggestion)[-1].id)
        suggestion.expires_at = world.now + timedelta(hours=hours)
    return suggestion


def propose_urgent(world: World) -> Suggestion:
    """A decrease after a serious low."""
    world.measure(50)
    return world.all(Suggestion)[-1]


def to_staff(said: list[Said]) -> list[tuple[str, str, str]]:
    """Of suggestions: to whom, when on Anna's wall, and how it begins. Urgent tasks are told apart from them."""
    staff = [text for text in said if text.to in (DOCTOR, OTHER, ADMIN) and "uggestions" in text.text]
    return [(text.to, f"{text.at.astimezone(WALL):%a %H:%M}", text.text.split(":")[0]) for text in staff]


WALL = datetime.fromisoformat("2026-03-04T10:30:00+01:00").tzinfo


def away(world: World, hours: float = 0, days: float = 7) -> None:
    """Dr. Roth is away so many hours from now, and Dr. Stern stands in."""
    begins = world.now + timedelta(hours=hours)
    with writing(world.engine) as session:
        roth, stern = (session.get_one(Person, person.id) for person in (world.doctor, world.other_doctor))
        go_away(session, roth, stern, begins, begins + timedelta(days=days), world.now)


def quiet(world: World, begins: str, ends: str) -> None:
    with writing(world.engine) as session:
        set_quiet_hours(session.get_one(Person, world.doctor.id), begins, ends)


def until(world: World, local: str) -> list[tuple[str, str, str]]:
    return to_staff(world.beat_until(world.local(local), step=timedelta(hours=1)))


def test_what_is_not_urgent_comes_once_a_day_with_a_warning_before_it_expires(clinic: World) -> None:
    propose(clinic, hours=26)

    told = until(clinic, "2026-03-05 14:00")

    assert told == [
        (DOCTOR, "Thu 00:30", "Suggestions that expire without a decision"),
        (DOCTOR, "Thu 08:30", "Suggestions that wait for your decision"),
        (ADMIN, "Thu 12:30", "Suggestions that expired without a decision"),
    ]


def test_messages_to_doctors_say_how_many_and_name_neither_patient_nor_medicine(clinic: World) -> None:
    propose(clinic, hours=26)

    said = clinic.beat_until(clinic.local("2026-03-05 14:00"), step=timedelta(hours=1))

    texts = [text.text for text in said if text.to in (DOCTOR, ADMIN)]
    assert texts[0].startswith("Suggestions that expire without a decision: 1, the first at 12:30.")
    assert texts[1] == "Suggestions that wait for your decision: 1, urgent: 0. You find them in companion."
    for secret in ("Anna", "Berg", "Glargine", "16", "18", "su_"):
        assert not any(secret in text for text in texts)


def test_a_digest_comes_each_day_while_anything_waits(clinic: World) -> None:
    propose(clinic)
    clinic.beat()
    clinic.clock.instant = clinic.local("2026-03-05 08:00")
    first = to_staff(clinic.beat())
    clinic.clock.instant = clinic.local("2026-03-05 20:00")
    clinic.fast(150, 155, 158)
    clinic.clock.instant = clinic.local("2026-03-06 08:00")

    second = to_staff(clinic.beat())

    assert (first, second) == (
        [(DOCTOR, "Thu 08:00", "Suggestions that wait for your decision")],
        [(DOCTOR, "Fri 08:00", "Suggestions that wait for your decision")],
    )


def test_what_is_urgent_is_told_at_once_also_at_night(clinic: World) -> None:
    quiet(clinic, "22:00", "07:00")
    clinic.clock.instant = clinic.local("2026-03-04 23:00")
    propose_urgent(clinic)

    told = to_staff(clinic.beat())

    assert told == [(DOCTOR, "Wed 23:00", "Urgent suggestions that wait for your decision")]


def test_who_wants_each_at_once_is_told_when_the_night_is_over(clinic: World) -> None:
    quiet(clinic, "10:00", "11:00")
    with writing(clinic.engine) as session:
        doctor_hearing.choose(session, clinic.doctor, digest_hour=18, every_at_once=True)
    propose(clinic)

    told = until(clinic, "2026-03-04 20:00")

    assert told == [
        (DOCTOR, "Wed 11:30", "New suggestions that wait for your decision"),
        (DOCTOR, "Wed 18:30", "Suggestions that wait for your decision"),
    ]


def test_the_hour_is_that_of_the_doctors_own_wall(clinic: World) -> None:
    with writing(clinic.engine) as session:
        session.get_one(Person, clinic.doctor.id).zone = "Asia/Shanghai"
    propose(clinic)

    told = until(clinic, "2026-03-05 12:00")

    assert told == [(DOCTOR, "Thu 01:30", "Suggestions that wait for your decision")]


def test_what_was_decided_on_before_the_message_left_is_not_told(clinic: World) -> None:
    suggestion = propose_urgent(clinic)
    tell_doctors(clinic.engine, clinic.now)
    clinic.decide(suggestion, clinic.act(suggestion))

    told = to_staff(clinic.beat())

    [message] = [message for message in clinic.all(Message) if message.purpose in OURS]
    assert told == []
    assert message.state == "cancelled"


def test_decided_on_nothing_more_is_said_and_nothing_more_is_due(clinic: World) -> None:
    suggestion = propose(clinic)
    clinic.clock.instant = clinic.local("2026-03-05 08:30")
    clinic.beat()
    clinic.decide(suggestion, clinic.act(suggestion))

    clinic.clock.instant = clinic.local("2026-03-06 08:30")
    told = to_staff(clinic.beat())

    assert told == []
    assert {due.kind for due in clinic.all(DueWork)} & {"tell_doctor", "work_digest"} == set()


def test_while_the_doctor_is_away_the_cover_hears_and_the_doctor_does_not(clinic: World) -> None:
    away(clinic)
    propose_urgent(clinic)

    told = until(clinic, "2026-03-05 09:00")

    assert {to for to, _, _ in told} == {OTHER}
    assert told[0] == (OTHER, "Wed 11:30", "Urgent suggestions that wait for your decision")
    assert (OTHER, "Thu 08:30", "Suggestions that wait for your decision") in told


def test_the_cover_reads_that_it_is_a_colleagues(clinic: World) -> None:
    away(clinic)
    propose_urgent(clinic)

    said = [text.text for text in clinic.beat() if text.to == OTHER and "uggestions" in text.text]

    assert [text.endswith("You stand in for a colleague.") for text in said] == [True]


def test_a_cover_is_told_of_what_is_urgent_when_the_absence_begins(clinic: World) -> None:
    propose_urgent(clinic)
    clinic.beat()
    away(clinic, hours=2)

    told = until(clinic, "2026-03-04 14:00")

    assert told == [(OTHER, "Wed 12:30", "Urgent suggestions that wait for your decision")]


def test_a_cover_whom_the_patient_left_hears_nothing_and_the_doctor_does(clinic: World) -> None:
    with writing(clinic.engine) as session:
        clinic.link(session, clinic.anna, clinic.other_doctor, Scope.CARE)
        link = find_link(session, clinic.anna.id, clinic.other_doctor.id, Scope.CARE, clinic.now)
        assert link is not None
        end_link(link, clinic.now)
    away(clinic)
    propose_urgent(clinic)

    told = to_staff(clinic.beat())

    assert [to for to, _, _ in told] == [DOCTOR]


def test_a_doctor_of_others_hears_nothing(clinic: World) -> None:
    propose_urgent(clinic)

    told = until(clinic, "2026-03-05 14:00")

    assert OTHER not in {to for to, _, _ in told}


def test_a_suggestion_that_took_anothers_place_is_told_anew_and_the_old_one_is_not_told_as_expired(
    clinic: World,
) -> None:
    propose(clinic)
    clinic.clock.advance(hours=1)

    propose_urgent(clinic)
    told = to_staff(clinic.beat())

    assert told == [(DOCTOR, "Wed 11:30", "Urgent suggestions that wait for your decision")]


def test_nothing_is_told_twice_however_often_it_is_looked_at(clinic: World) -> None:
    propose_urgent(clinic)

    until(clinic, "2026-03-05 12:00")

    keys = [(row.suggestion_id, row.person_id, row.kind) for row in clinic.all(SuggestionTold)]
    waits = [message for message in clinic.all(Message) if message.purpose == Purpose.SUGGESTION_WAITS]
    assert len(keys) == len(set(keys))
    assert len(waits) == 1


def test_a_beat_that_was_long_away_says_only_the_last_of_what_was_due(clinic: World) -> None:
    propose_urgent(clinic)
    clinic.clock.instant = clinic.all(Suggestion)[-1].expires_at - timedelta(hours=1)

    told = to_staff(clinic.beat())

    assert [text for _, _, text in told if "expire" in text] == ["Suggestions that expire without a decision"]
    assert not [text for _, _, text in told if text.startswith("Urgent")]


def test_a_doctor_whom_nothing_reaches_makes_no_task_that_nobody_would_see(world: World) -> None:
    world.titration()
    propose_urgent(world)

    world.beat()

    [message] = [message for message in world.all(Message) if message.purpose in OURS]
    assert (message.state, message.why) == ("failed", "no_address")
    assert [task.kind for task in world.all(Task)] == [TaskKind.URGENT_READING]


def test_on_postgresql_two_beats_at_once_tell_each_doctor_once(world_on_postgresql: World) -> None:
    world = world_on_postgresql
    equip(world)
    propose_urgent(world)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(world.services.beat, [world.now] * 4))

    told = [line["to"] for line in world.outbox_lines() if "uggestions" in line["text"]]
    assert told == [DOCTOR]
