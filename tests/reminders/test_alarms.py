"""Unanswered reminders are repeated, caregivers told in their order, and hours without the service are one message."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from companion.benches.due_doses import copy, due_at_once
from companion.care import due_work
from companion.care.consent import CareLink, Hears, Misses, Scope, agree, link
from companion.care.due_work import DueWork, WorkKind
from companion.care.enrolling import add_person
from companion.care.people import Person, Role, set_quiet_hours
from companion.care.regimens import Regimen
from companion.care.tasks import Alert, Task, TaskKind, acknowledge
from companion.db import make_engine, writing
from companion.messages.models import Message, Purpose
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import DoseState, Taken
from companion.reminders.doses.models import Dose
from companion.reminders.supply.refills import recipients
from companion.reminders.telling import alarms, daily_digest
from companion.reminders.telling.sweep import sweep
from tests.keys import with_keys
from tests.world import START, Said, World

EIGHT, NINE = "2026-03-05 08:00", "2026-03-05 09:00"


def at(world: World, local: str, **more: float) -> list[Said]:
    """Moves the clock there and beats once."""
    world.clock.instant = world.local(local) + timedelta(**more)
    return world.beat()


def heard(world: World, said: list[Said]) -> list[tuple[str, str]]:
    """At what local time who heard something."""
    names = {person.phone: person.name.split()[0] for person in world.all(Person) if person.phone}
    return [(f"{one.at.astimezone(world.zone):%H:%M}", names[one.to]) for one in said]


def change_medicines(world: World, **changed: object) -> None:
    with writing(world.engine) as session:
        for regimen in session.query(Regimen):
            for name, value in changed.items():
                setattr(regimen, name, value)


def change_link(world: World, member: Person, **changed: object) -> int:
    """How the caregiver hears; gives the link's id."""
    with writing(world.engine) as session:
        link = session.query(CareLink).filter_by(member_id=member.id, scope=Scope.MISSED_DOSES.value).one()
        for name, value in changed.items():
            setattr(link, name, value)
        daily_digest.schedule(session, link, world.now)
        return link.id


def be_quiet(world: World, person: Person, begins: str, ends: str) -> None:
    with writing(world.engine) as session:
        set_quiet_hours(session.get_one(Person, person.id), begins, ends)


# Repeats


def test_an_unanswered_reminder_is_repeated_as_often_as_its_medicine_says(world: World) -> None:
    world.prescribe()
    change_medicines(world, nag_minutes=20, nag_times=2)
    world.beat()

    said = world.beat_until(world.local("2026-03-05 08:59"))

    assert heard(world, said) == [("08:00", "Anna"), ("08:20", "Anna"), ("08:40", "Anna")]
    assert len({one.text for one in said}) == 1


def test_an_answer_ends_the_repeats(world: World) -> None:
    world.prescribe()
    change_medicines(world, nag_minutes=20, nag_times=2)
    world.beat()
    at(world, EIGHT, minutes=25)
    world.text("1")

    said = world.beat_until(world.local("2026-03-05 12:00"))

    assert [one.text for one in said] == ["Noted: 08:00 taken."]


def test_medicines_of_one_time_are_repeated_in_one_message(world: World) -> None:
    world.prescribe()
    world.prescribe(public_id="rg_metformin", drug="Metformin", drug_class="metformin", unit="mg", amount="500")
    change_medicines(world, nag_minutes=20, nag_times=1)
    world.beat()

    said = world.beat_until(world.local("2026-03-05 08:59"))

    assert heard(world, said) == [("08:00", "Anna"), ("08:20", "Anna")]


@pytest.mark.parametrize(("is_critical", "expected"), [(False, 1), (True, 3)])
def test_in_quiet_hours_the_dose_itself_is_told_and_repeats_only_of_a_critical_medicine(
    world: World, is_critical: bool, expected: int
) -> None:
    world.prescribe(times=("23:00",))
    change_medicines(world, nag_minutes=20, nag_times=2, is_critical=is_critical)
    be_quiet(world, world.anna, "22:00", "07:00")
    world.clock.instant = world.local("2026-03-05 10:30")
    world.beat()

    said = world.beat_until(world.local("2026-03-05 23:59"))

    assert [one.to for one in said] == [world.anna.phone] * expected


def test_a_repeat_that_got_out_counts_as_reached(world: World) -> None:
    world.prescribe()
    change_medicines(world, nag_minutes=20, nag_times=1)
    world.beat()
    at(world, EIGHT)
    with writing(world.engine) as session:
        session.query(Message).one().state = "failed"
    at(world, EIGHT, minutes=20)

    at(world, NINE, seconds=10)

    assert world.all(Dose)[0].state == DoseState.MISSED


# In their order


def missed_at_nine(world: World) -> list[Said]:
    world.prescribe()
    world.beat()
    at(world, EIGHT)
    return at(world, NINE, seconds=10)


def test_the_next_caregiver_is_told_a_quarter_of_an_hour_after_the_first(world: World) -> None:
    change_link(world, world.cora, position=2)

    said = missed_at_nine(world) + world.beat_until(world.local("2026-03-05 12:00"))

    assert heard(world, said) == [("09:00", "Ben"), ("09:15", "Cora")]


def test_once_the_first_has_answered_nobody_else_is_told(world: World) -> None:
    change_link(world, world.cora, position=2)
    missed_at_nine(world)
    with writing(world.engine) as session:
        acknowledge(session, [world.only(Alert).id], world.ben.id, "called", world.now)

    said = world.beat_until(world.local("2026-03-05 12:00"))

    assert said == []
    assert world.all(DueWork, kind=WorkKind.ESCALATE.value) == []


def test_once_the_dose_is_answered_nobody_else_is_told_and_the_first_hears_so(world: World) -> None:
    change_link(world, world.cora, position=2)
    missed_at_nine(world)
    world.text("1")

    said = world.beat_until(world.local("2026-03-05 12:00"))

    assert Counter(one.to for one in said) == {world.anna.phone: 1, world.ben.phone: 1}


def test_the_end_of_an_alarm_waits_for_the_end_of_quiet_hours(world: World) -> None:
    change_link(world, world.cora, hears=Hears.NONE.value)
    missed_at_nine(world)
    be_quiet(world, world.ben, "09:05", "10:00")
    world.clock.advance(minutes=10)
    world.text("1")

    said = world.beat_until(world.local("2026-03-05 12:00"))

    assert [name for time, name in heard(world, said) if time < "09:59"] == ["Anna"]
    assert [one.text for one in said if one.to == world.ben.phone] == [
        "Anna has answered now: the 08:00 medicine was taken."
    ]


def test_without_a_word_from_the_link_only_a_pattern_alerts(world: World) -> None:
    for caregiver in (world.ben, world.cora):
        change_link(world, caregiver, misses=None)
    world.prescribe()

    said = world.beat_until(world.local("2026-03-08 12:00"), timedelta(minutes=30))

    days = [one.at.astimezone(world.zone).day for one in said if one.to == world.ben.phone]
    assert days == [7, 8]  # missed since the 5th: on the 7th yesterday and one of the two days before


def test_a_critical_medicine_alerts_at_the_first_miss(world: World) -> None:
    change_link(world, world.ben, misses=None)
    change_link(world, world.cora, hears=Hears.CRITICAL.value)
    world.prescribe()
    change_medicines(world, is_critical=True)
    world.beat()
    at(world, EIGHT)

    said = at(world, NINE, seconds=10)

    assert Counter(one.to for one in said) == {world.ben.phone: 1, world.cora.phone: 1}


# Once a day, and refills


def test_a_daily_digest_tells_how_the_day_went_at_the_caregivers_hour(world: World) -> None:
    change_link(world, world.cora, hears=Hears.NONE.value)
    world.prescribe(times=("08:00", "12:00"))
    change_link(world, world.ben, hears=Hears.DIGEST.value, digest_hour=18)
    world.beat()
    at(world, EIGHT)
    world.text("1")

    said = world.beat_until(world.local("2026-03-05 23:00"), timedelta(minutes=30))

    to_ben = [one for one in said if one.to == world.ben.phone]
    assert heard(world, to_ben) == [("18:00", "Ben")]
    assert to_ben[0].text == "Anna, last 24 hours: 1 taken, 0 skipped, 1 not confirmed. More on your page."


def test_a_day_without_doses_needs_no_digest(world: World) -> None:
    change_link(world, world.ben, hears=Hears.DIGEST.value)

    assert world.beat_until(world.local("2026-03-06 23:00"), timedelta(hours=1)) == []
    assert len(world.all(DueWork, kind=WorkKind.DIGEST.value)) == 1


def test_who_may_hear_of_refills_does(world: World) -> None:
    with writing(world.engine) as session:
        link = session.query(CareLink).filter_by(member_id=world.cora.id).one()
        agree(link, hears=Hears.NONE, hears_refills=True, misses=None, position=2, wait_minutes=15)

    with writing(world.engine) as session:
        assert recipients(session, world.anna.id, world.now) == [world.anna.id, world.cora.id]


# After hours without the service


def after_an_outage(world: World, hours: float) -> list[Said]:
    """Four medicines a day; the service is down from half past seven on, for so many hours."""
    world.prescribe(times=("08:00", "10:00", "12:00", "14:00"))
    world.beat()
    return at(world, "2026-03-05 07:30", hours=hours)


def test_after_six_hours_what_is_still_open_is_reminded_and_the_rest_is_one_message(world: World) -> None:
    said = after_an_outage(world, 6.6)  # 14:06

    assert Counter(one.to for one in said) == {world.anna.phone: 1, world.ben.phone: 1, world.cora.phone: 1}
    assert [one.text for one in said if one.to != world.anna.phone] == [
        "We could not reach Anna: 3 medicines, 08:00 to 12:00. Please ask. Never double a dose."
    ] * 2
    today = [dose for dose in world.all(Dose) if dose.local_on == world.today]
    assert [dose.state for dose in today] == ["missed_unreached"] * 3 + ["due"]
    assert len(world.all(Alert, recipient_id=world.ben.id)) == 3
    assert [task.kind for task in world.all(Task)] == [TaskKind.NOT_REACHED]


def test_whoever_heard_of_several_hears_when_one_of_them_is_answered(world: World) -> None:
    after_an_outage(world, 6.6)
    world.text("1")  # the dose of 14:00, which is open
    first = world.all(Alert, recipient_id=world.ben.id)[0]
    with writing(world.engine) as session:
        answer_dose(session, first.dose_id or 0, Taken(), actor_id=world.anna.id, via="page", now=world.now)

    said = world.beat()

    assert [one.text for one in said if one.to == world.ben.phone] == [
        "Anna has answered now: the 08:00 medicine was taken."
    ]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(minutes=st.integers(0, 40 * 60))
def test_however_long_it_was_away_nobody_is_told_twice_and_only_open_doses_are_reminded(minutes: int) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        said = after_an_outage(world, minutes / 60) + world.beat()

        over = [dose for dose in world.all(Dose) if dose.window_ends_at < world.now]
        is_open = [dose for dose in world.all(Dose) if dose.due_at <= world.now <= dose.window_ends_at]
        told = Counter(one.to for one in said)
        world.engine.dispose()

    assert {dose.state for dose in over} <= {"missed_unreached"}
    assert {dose.state for dose in is_open} <= {"due"}
    assert told[world.anna.phone or ""] == len(is_open)
    assert max(told[world.ben.phone or ""], told[world.cora.phone or ""]) <= 1


# Many at once


@pytest.fixture(params=["world", "world_on_postgresql"])
def either_world(request: pytest.FixtureRequest) -> World:
    """The world on each engine."""
    found: World = request.getfixturevalue(request.param)
    return found


def test_two_heartbeats_at_once_say_everything_once(either_world: World) -> None:
    world = either_world
    world.prescribe(times=("08:00", "10:00", "12:00", "14:00"))
    change_medicines(world, nag_minutes=20, nag_times=1)
    world.beat()
    world.clock.instant = world.local("2026-03-05 14:06")

    for _ in range(2):
        with ThreadPoolExecutor(2) as workers:
            list(workers.map(lambda _: sweep(world.engine, world.now, timedelta(hours=72)), range(2)))
        world.clock.advance(minutes=20)

    said = Counter((message.purpose, message.recipient_id) for message in world.all(Message))
    assert said == {
        (Purpose.REMINDER, world.anna.id): 2,
        (Purpose.MISSED_SEVERAL, world.ben.id): 1,
        (Purpose.MISSED_SEVERAL, world.cora.id): 1,
    }
    assert len(world.all(Alert)) == 6


def test_a_thousand_patients_who_miss_a_dose_at_once_take_a_few_statements(tmp_path: Path) -> None:
    engine, patients = with_keys(make_engine(f"sqlite:///{tmp_path / 'many.db'}")), 1_000
    due_at_once(engine, START, patients, medicines=1)
    with writing(engine) as session:
        caregiver = add_person(session, role=Role.CAREGIVER, name="Care Giver", now=START)
        patient, doctor = session.get_one(Person, 2), session.get_one(Person, 1)
        opened = link(session, patient=patient, member=caregiver, scope=Scope.MISSED_DOSES, noted_by=doctor, now=START)
        opened.misses = Misses.EVERY.value
        session.flush()
        copy(session.connection(), CareLink, opened.id, patients - 1, id=f"i + {opened.id}", patient_id="i + 2")
    sweep(engine, START, timedelta(hours=24))
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))

    sweep(engine, START + timedelta(hours=1, seconds=1), timedelta(hours=24))

    with writing(engine) as session:
        assert session.query(Alert).count() == patients
        assert session.query(Message).filter_by(purpose=Purpose.NOT_REACHED.value).count() == patients
    assert len(statements) < patients / 10


def test_a_day_of_misses_of_one_patient_is_one_message_a_caregiver(world: World) -> None:
    world.prescribe(times=tuple(f"{hour:02}:{minute:02}" for hour in (5, 6) for minute in range(0, 60, 5)))
    world.beat()

    at(world, "2026-03-05 08:30")

    assert len(world.all(Dose, state="missed_unreached")) == 24
    assert len(world.all(Message, purpose=Purpose.MISSED_SEVERAL.value)) == 2


def test_a_patient_whose_doses_are_still_being_marked_is_looked_at_later(world: World) -> None:
    missed_at_nine(world)
    with writing(world.engine) as session:
        dose = session.query(Dose).filter_by(state="missed").one()
        due_work.put_off(session, WorkKind.DOSE, dose.id, world.now, due_on=dose.local_on)
        due_work.put_off(session, WorkKind.ESCALATE, world.anna.id, world.now)

    alarms.look_at_missed(world.engine, world.now, lambda session: True)

    assert world.only(DueWork, kind=WorkKind.ESCALATE.value).next_check_at == world.now + alarms.STILL_SWEPT
