"""Page, text, app and link at one instant, on PostgreSQL, with the sweep at work beside them: one answer stands."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from companion.db import writing
from companion.messages.models import Message, MessageState, Purpose
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import ANSWERED, Event, Refusal, Refused, Skipped, Snooze, Taken, Transition
from companion.reminders.doses.models import Dose, DoseEvent
from companion.reminders.telling.sweep import sweep
from tests.world import World

AHEAD = timedelta(hours=72)
ROUNDS = 6


@pytest.fixture
def world(world_on_postgresql: World) -> World:
    return world_on_postgresql


def due_at_eight(world: World, medicines: int = 1) -> list[Dose]:
    """Medicines of eight o'clock, whose reminder has not left."""
    for number in range(medicines):
        world.prescribe(public_id=f"rg_{number}")
    world.beat()
    world.clock.instant = world.local("2026-03-05 08:00")
    sweep(world.engine, world.now, AHEAD)
    return [dose for dose in world.all(Dose) if dose.due_at == world.now]


def answer(world: World, dose: Dose, event: Event, via: str) -> Transition | Refused:
    with writing(world.engine) as session:
        return answer_dose(session, dose.id, event, actor_id=world.anna.id, via=via, now=world.now)


def at_once(*deeds: Callable[[], object]) -> list[object]:
    with ThreadPoolExecutor(len(deeds)) as several:
        return [done.result(timeout=30) for done in [several.submit(deed) for deed in deeds]]


def test_of_answers_by_every_way_at_one_instant_one_stands(world: World) -> None:
    (dose,) = due_at_eight(world)
    said: list[tuple[Event, str]] = [
        (Taken(), "page"),
        (Skipped("unwell"), "api"),
        (Taken(), "sms"),
        (Skipped(), "link"),
    ]

    results = at_once(*[lambda e=event, v=via: answer(world, dose, e, v) for event, via in said])

    stands = world.only(Dose, id=dose.id)
    assert stands.state in ANSWERED
    assert len([r for r in results if isinstance(r, Transition) and r.changes]) == 1
    assert results.count(Refused(Refusal.ALREADY_ANSWERED)) == 2
    assert [event.event for event in world.all(DoseEvent, dose_id=dose.id)] == ["due", stands.state]


def test_the_last_of_two_medicines_calls_the_reminder_off_whichever_it_is(world: World) -> None:
    doses = due_at_eight(world, medicines=2)

    at_once(*[lambda d=dose: answer(world, d, Taken(), "page") for dose in doses])

    assert {world.only(Dose, id=dose.id).state for dose in doses} == {"taken"}
    assert world.only(Message, purpose=Purpose.REMINDER.value).state == MessageState.CANCELLED


def test_an_answer_and_the_sweep_at_one_instant_do_not_overwrite_each_other(world: World) -> None:
    doses = due_at_eight(world, medicines=ROUNDS)
    world.clock.instant = world.local("2026-03-05 09:00") + timedelta(seconds=1)

    at_once(
        lambda: sweep(world.engine, world.now, AHEAD),
        *[lambda d=dose: answer(world, d, Taken(), "page") for dose in doses],
        lambda: sweep(world.engine, world.now, AHEAD),
    )

    for dose in doses:
        events = [event.event for event in world.all(DoseEvent, dose_id=dose.id)]
        assert world.only(Dose, id=dose.id).state == "taken"
        assert events[-1] == "taken"
        assert events.count("missed") + events.count("missed_unreached") <= 1


def test_a_snooze_and_an_answer_at_one_instant_end_in_the_answer(world: World) -> None:
    (dose,) = due_at_eight(world)

    at_once(
        lambda: answer(world, dose, Snooze(timedelta(minutes=10)), "page"), lambda: answer(world, dose, Taken(), "sms")
    )

    assert world.only(Dose, id=dose.id).state == "taken"
    assert world.only(Dose, id=dose.id).snoozed_until is None
